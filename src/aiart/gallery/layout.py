"""Where everything in a comparison grid stands: pure arithmetic, no drawing."""

from collections.abc import Sequence
from dataclasses import dataclass

from aiart.gallery.typesetting import Text, fit_labels, fit_text

INK = (38, 38, 38)
QUIET_INK = (96, 96, 96)


@dataclass(frozen=True)
class Box:
    """A rectangle in whole pixels; `right` and `bottom` are the first pixels outside it."""

    left: int
    top: int
    width: int
    height: int

    @property
    def right(self) -> int:
        return self.left + self.width

    @property
    def bottom(self) -> int:
        return self.top + self.height

    def overlaps(self, other: "Box") -> bool:
        """Whether the two share a pixel."""
        across = self.left < other.right and other.left < self.right
        return across and self.top < other.bottom and other.top < self.bottom


@dataclass(frozen=True)
class PlacedText:
    """A text, the box it fills, how its lines stand in it (left, centre or right) and its colour."""

    text: Text
    box: Box
    align: str
    colour: tuple[int, int, int]


@dataclass(frozen=True)
class Line:
    """One line of pictures. `sizes` are (height, width) in pixels as drawn, None for an empty place;
    `labels` stand over the pictures, `notes` under them, `row_label` to their left."""

    sizes: Sequence[tuple[int, int] | None]
    labels: Sequence[str] = ()
    notes: Sequence[str] = ()
    row_label: str = ""


@dataclass(frozen=True)
class Layout:
    """The paper's size, a box for each picture by (line, place in the line), the texts, and thin rules."""

    width: int
    height: int
    pictures: dict[tuple[int, int], Box]
    texts: list[PlacedText]
    rules: list[Box]


@dataclass(frozen=True)
class Texts:
    """What is written around the pictures as a whole; empty means absent."""

    title: str = ""
    row_title: str = ""
    column_title: str = ""
    caption: str = ""


def lay_out(lines: Sequence[Line], texts: Texts, cell_long_side: int) -> Layout:
    """Place pictures and texts on the paper.

    Every measure follows from `cell_long_side` (pixels) and the number of columns, so a grid looks the
    same at any resolution. Lines are as tall as they need to be, columns are all equally wide.
    """
    page = _Page(lines, texts.row_title, cell_long_side)
    page.put_head(texts)
    for number in range(len(lines)):
        page.put_labels(number)
        page.put_pictures(number)
        page.put_notes(number)
        page.leave_gap(number)
    page.put_caption(texts.caption)
    return page.layout()


class _Page:
    """The paper as it fills from top to bottom; `y` is the first pixel still free."""

    def __init__(self, lines: Sequence[Line], row_title: str, cell_long_side: int):
        columns = max(len(line.sizes) for line in lines)
        self.lines = lines
        self.size = _label_size(cell_long_side, columns)
        self.margin = round(cell_long_side * 0.12)
        self.gutter = round(cell_long_side * 0.04)
        self.gap = round(self.size * 0.4)
        self.cell_width = max(size[1] for line in lines for size in line.sizes if size is not None)

        widest = round(cell_long_side * 0.8)
        self.row_labels = fit_labels([line.row_label for line in lines], widest, self.size)
        self.row_title = fit_text(row_title, widest, self.size, bold=True)
        self.side = max(text.width for text in [*self.row_labels, self.row_title])
        self.left = self.margin + (self.side + round(self.size * 0.8) if self.side else 0)
        self.grid_width = columns * self.cell_width + (columns - 1) * self.gutter
        self.text_width = self.left + self.grid_width - self.margin

        # Full-width labels of neighbours stay about a letter apart, or they would read as one.
        label_width = min(self.cell_width, self.cell_width + self.gutter - round(self.size * 0.8))
        self.labels = _fit_places([line.labels for line in lines], label_width, self.size)
        self.notes = _fit_places([line.notes for line in lines], label_width, round(self.size * 0.85))

        self.y = self.margin
        self.pictures: dict[tuple[int, int], Box] = {}
        self.texts: list[PlacedText] = []
        self.rules: list[Box] = []

    def layout(self) -> Layout:
        width, height = self.left + self.grid_width + self.margin, self.y + self.margin
        return Layout(width, height, self.pictures, self.texts, self.rules)

    def put_head(self, texts: Texts) -> None:
        """The title, then the column title with a rule over the columns that it names."""
        if texts.title:
            title = fit_text(texts.title, self.text_width, round(self.size * 1.4), bold=True)
            self._put(title, self.margin, self.y, title.width, "left")
            self.y += title.height + round(self.size * 0.9)
        if texts.column_title:
            title = fit_text(texts.column_title, self.grid_width, self.size, bold=True)
            self._put(title, self.left, self.y, self.grid_width, "centre")
            self.y += title.height + self.gap // 2
            self.rules.append(Box(self.left, self.y, self.grid_width, max(1, self.size // 14)))
            self.y += self.gap

    def put_labels(self, number: int) -> None:
        """The labels over a line, standing on one bottom edge; on the first also the row title."""
        labels = self.labels[number]
        corner = [self.row_title] if number == 0 else []
        strip = max((text.height for text in [*labels, *corner]), default=0)
        for text in corner:
            self._put(text, self.margin, self.y + strip - text.height, self.side, "right")
        for place, text in enumerate(labels):
            self._put(text, self._cell_left(place), self.y + strip - text.height, self.cell_width, "centre")
        self.y += strip + (self.gap if strip else 0)

    def put_pictures(self, number: int) -> None:
        """A line's pictures and its row label, all centred on one horizontal axis."""
        sizes, row_label = self.lines[number].sizes, self.row_labels[number]
        heights = [size[0] for size in sizes if size is not None]
        # A line with nothing in it still takes its place.
        tallest = max([*(heights or [self.cell_width]), row_label.height])
        self._put(row_label, self.margin, self.y + (tallest - row_label.height) // 2, self.side, "right")
        for place, size in enumerate(sizes):
            if size is not None:
                height, width = size
                left = self._cell_left(place) + (self.cell_width - width) // 2
                self.pictures[number, place] = Box(left, self.y + (tallest - height) // 2, width, height)
        self.y += tallest

    def put_notes(self, number: int) -> None:
        """The notes under a line's pictures."""
        tallest = max((text.height for text in self.notes[number]), default=0)
        if tallest:
            self.y += self.gap // 2
            for place, text in enumerate(self.notes[number]):
                self._put(text, self._cell_left(place), self.y, self.cell_width, "centre", QUIET_INK)
            self.y += tallest

    def leave_gap(self, number: int) -> None:
        """The room to the next line: more where a text stands between, so that it has one picture."""
        if number < len(self.lines) - 1:
            text_between = any(self.lines[number].notes) or any(self.lines[number + 1].labels)
            self.y += max(self.gutter, self.size) if text_between else self.gutter

    def put_caption(self, caption: str) -> None:
        if caption:
            self.y += self.size
            text = fit_text(caption, self.text_width, round(self.size * 0.9))
            self._put(text, self.margin, self.y, self.text_width, "left", QUIET_INK)
            self.y += text.height

    def _cell_left(self, place: int) -> int:
        return self.left + place * (self.cell_width + self.gutter)

    def _put(self, text: Text, left: int, top: int, width: int, align: str, colour=INK) -> None:
        """Put `text` in the strip of `width` pixels that starts at (left, top)."""
        slack = width - text.width
        shift = {"left": 0, "centre": slack // 2, "right": slack}[align]
        if text.lines:
            self.texts.append(PlacedText(text, Box(left + shift, top, text.width, text.height), align, colour))


def _label_size(cell_long_side: int, columns: int) -> int:
    """Type size in pixels: about 7 points when the grid is printed as wide as a page's text (17 cm).

    A grid of many columns is printed smaller and so needs larger type, up to what its cells can hold.
    """
    for_print = columns * cell_long_side / 70
    return max(11, round(min(max(for_print, cell_long_side * 0.06), cell_long_side * 0.1)))


def _fit_places(labels: Sequence[Sequence[str]], width: int, size: int) -> list[list[Text]]:
    """All labels of all lines in one size, in the same nesting."""
    fitted = iter(fit_labels([label for line in labels for label in line], width, size))
    return [[next(fitted) for _ in line] for line in labels]
