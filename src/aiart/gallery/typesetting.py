"""Text for figures: one font that is the same everywhere, and lines that fit the width they are given."""

import functools
import importlib.util
import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from PIL import ImageFont

SMALLEST_SIZE = 8  # pixels; below this DejaVu Sans can no longer be read
LINE_SPACING = 1.25

# After these a word may go on in the next line. A hyphen counts only between letters: 1e-05 stays whole.
_BREAKS = re.compile(r"(?<=[_/+,;=×])(?=[^\s\d])|(?<=[A-Za-z]-)(?=[A-Za-z])")


@dataclass(frozen=True)
class Text:
    """Lines of one size and weight. `width` and `height` are whole pixels and hold all the ink."""

    lines: tuple[str, ...]
    size: int
    bold: bool
    width: int
    height: int


@functools.cache
def load_font(size: int, bold: bool = False) -> ImageFont.FreeTypeFont:
    """DejaVu Sans, `size` pixels to the em, from matplotlib's own data.

    The font comes with a dependency and not from the system, so a figure is the same on every machine;
    it has the signs that figures need (× · – α β γ λ). For the same reason the text is laid out by
    Pillow itself and not by Raqm, which not every Pillow has.
    """
    fonts = Path(importlib.util.find_spec("matplotlib").origin).parent / "mpl-data" / "fonts" / "ttf"
    name = "DejaVuSans-Bold.ttf" if bold else "DejaVuSans.ttf"
    return ImageFont.truetype(fonts / name, size, layout_engine=ImageFont.Layout.BASIC)


def fit_text(text: str, width: int, size: int, *, bold: bool = False) -> Text:
    """`text` in at most `width` pixels: wrapped, then in smaller type, and only then broken inside words.

    Type shrinks from `size` pixels to 70 % of it, but never below `SMALLEST_SIZE`. A newline in `text`
    always ends a line.
    """
    return fit_labels([text], width, size, bold=bold)[0]


def fit_labels(labels: Sequence[str], width: int, size: int, *, bold: bool = False) -> list[Text]:
    """`fit_text` for labels that stand side by side: all get the size that the most difficult one needs."""
    smallest = min(size, max(SMALLEST_SIZE, round(size * 0.7)))
    for smaller in range(size, smallest - 1, -1):
        wrapped = [_wrap(label, width, smaller, bold) for label in labels]
        if all(_fits(lines, width, smaller, bold) for lines in wrapped):
            return [_measured(lines, smaller, bold) for lines in wrapped]
    forced = [_break_words(lines, width, smallest, bold) for lines in wrapped]
    return [_measured(lines, smallest, bold) for lines in forced]


def line_height(size: int) -> int:
    """Pixels from one baseline to the next."""
    return round(size * LINE_SPACING)


def _text_width(text: str, size: int, bold: bool) -> int:
    left, _, right, _ = load_font(size, bold).getbbox(text)
    return int(right - min(left, 0)) + 1


def _fits(lines: Sequence[str], width: int, size: int, bold: bool) -> bool:
    return all(_text_width(line, size, bold) <= width for line in lines)


def _measured(lines: Sequence[str], size: int, bold: bool) -> Text:
    width = max((_text_width(line, size, bold) for line in lines), default=0)
    return Text(tuple(lines), size, bold, width, line_height(size) * len(lines))


def _wrap(text: str, width: int, size: int, bold: bool) -> list[str]:
    """Lines broken at spaces, and inside a word only where the whole word is wider than `width`."""
    lines = []
    for paragraph in text.splitlines():
        line = ""
        for word in paragraph.split():
            if line and _text_width(f"{line} {word}", size, bold) <= width:
                line = f"{line} {word}"
                continue
            if line:
                lines.append(line)
            line = ""
            pieces = _BREAKS.split(word) if _text_width(word, size, bold) > width else [word]
            for piece in pieces:
                if line and _text_width(line + piece, size, bold) > width:
                    lines.append(line)
                    line = ""
                line += piece
        if line:
            lines.append(line)
    return lines


def _break_words(lines: Sequence[str], width: int, size: int, bold: bool) -> list[str]:
    """The last resort: lines broken between any two letters, so that nothing is cut off."""
    broken = []
    for line in lines:
        part = ""
        for letter in line:
            if part and _text_width(part + letter, size, bold) > width:
                broken.append(part)
                part = ""
            part += letter
        broken.append(part)
    return broken
