"""What a command's pictures say of their origin, for other programs (aiart.images.xmp)."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from aiart.datasets.catalogue import PICTURES
from aiart.datasets.files import file_digest
from aiart.errors import UserError
from aiart.images import COMPOSITE, TRAINED, read_metadata, read_source, xmp_packet
from aiart.translation.methods import METHODS


def mark(source: str | None, inputs: Iterable[str | Path | None] = ()) -> str:
    """The XMP packet of a picture of this source type that is made of `inputs`. Whose they are is said by the
    catalogue, of what was downloaded, and by built-in pictures themselves."""
    return xmp_packet(source, [owner for path in inputs if path for owner in _owner(path)])


def mark_of_page(pictures: Iterable[str | Path]) -> str:
    """The XMP packet of a page of pictures: their source type where all have one, and where some are of a trained
    network, a composite."""
    found = set(map(read_source, pictures))
    if len(found) == 1:
        return xmp_packet(found.pop())
    trained = any(source and "rained" in source for source in found)
    return xmp_packet(COMPOSITE if trained else None)


def source_of_method(method: str) -> str:
    """The source type of what a trained method makes: of pairs, as of label maps, a picture that is new altogether;
    without pairs, the picture that went in, changed."""
    return TRAINED if METHODS[method].dataset_kind == "paired" else COMPOSITE


def _owner(path: str | Path) -> list[tuple[str, str]]:
    digest = None
    for picture in PICTURES.values():
        size = picture.file.size
        if size is not None and Path(path).stat().st_size != size:
            continue
        digest = digest or file_digest(path)
        if picture.file.sha256 == digest:
            return [(picture.file.credit or "", picture.file.licence or "")]
    try:
        said = read_metadata(path)
    except UserError:  # what cannot be read as a picture is refused by who works with it
        return []
    return [(said.get("credit", ""), said.get("licence", ""))]
