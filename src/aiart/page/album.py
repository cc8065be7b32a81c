"""All small copies of a page within it, so that it is one file: to be sent, and for Snakemake's report."""

from __future__ import annotations

import base64
import io
import math
from pathlib import Path

from PIL import Image

MOST_BYTES = 1_500_000
"""Of the file, with its scripts and data. Snakemake's report.html holds a page as an address, in which three bytes are
four letters, and Chromium opens no address of more than 2 MB."""
LEAST = 0.2
"""Of a thumbnail's sides, copies have so much at least; of too many pictures for that, report.zip shows the page."""


def album_of(thumbnails: Path, without: int) -> dict[str, str]:
    """By its path, as the page names it, each thumbnail as an address that holds it; smaller where together with the
    page, of so many bytes without them, they would have more than `MOST_BYTES`."""
    files = {f"thumbnails/{path.relative_to(thumbnails).as_posix()}": path for path in thumbnails.rglob("*.webp")}
    whole = {name: path.read_bytes() for name, path in sorted(files.items())}
    part, copies = 1.0, {name: _address(content) for name, content in whole.items()}
    room = max(1, MOST_BYTES - without)
    while (size := sum(len(name) + len(copy) + 6 for name, copy in copies.items())) > room and part > LEAST:
        # Their bytes shrink a little slower than their pixels.
        part = max(LEAST, part * min(0.95, math.sqrt(room / size)))
        copies = {name: _address(_smaller(content, part)) for name, content in whole.items()}
    return copies


def _smaller(content: bytes, part: float) -> bytes:
    with Image.open(io.BytesIO(content)) as image:
        size = [max(1, round(side * part)) for side in image.size]
        small = image.convert("RGB").resize(size, Image.Resampling.LANCZOS)
    file = io.BytesIO()
    small.save(file, "WEBP", quality=72, method=4)
    return file.getvalue()


def _address(content: bytes) -> str:
    return f"data:image/webp;base64,{base64.b64encode(content).decode()}"
