"""Datasets as folders of pictures: what lies where, and which pictures are held out of training.

Paired, one of
  train/ and test/ or val/             each file a pair side by side: its left half is a, its right half is b
  pictures in the dataset's folder     the same
  trainA/, trainB/ and testA/, testB/  a and b in two files of equal name, whatever their suffixes
  A/train, B/train and A/test, B/test  the same, as the pix2pix authors' combine_A_and_B.py has it
  A/, B/                               the same
Unpaired: one of the last three, where names and numbers of A and B need not agree. There truthA/ (or A/truth beside
A/train) can show what each held-out picture of A would be in B, under its name, and truthB/ the reverse; judging alone
looks at them. `val` does for `test` everywhere; where a dataset has both (the pix2pix facades), `test` is for the
evaluation alone, and a training is validated on `val`.

Without a folder for it, every tenth picture in the order of names is held out, the first one included.
Links are followed, to files and to folders. Files whose names begin with a dot, files of other suffixes and deeper
folders are not looked at; `aiart dataset check` lists what is passed over.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Literal, TypeVar

import numpy as np
from PIL import Image

from aiart.datasets.tree import check_link, existing_folder, files_below, listed
from aiart.errors import UserError
from aiart.images import read_image

Split = Literal["train", "validation", "test"]
Domain = Literal["A", "B"]
Item = TypeVar("Item")

# Of the formats that read_image knows.
SUFFIXES = (".bmp", ".gif", ".jpeg", ".jpg", ".pgm", ".png", ".pnm", ".ppm", ".tif", ".tiff", ".webp")
# Every so many pictures one is held out, where the dataset does not say which.
HELD_OUT_EVERY = 10


def pictures_below(folder: str | Path) -> Iterator[Path]:
    """Every picture below a folder, at any depth; none where it cannot be gone through, which its readers explain."""
    with suppress(UserError):
        yield from (path for path in files_below(folder) if path.suffix.lower() in SUFFIXES)


@dataclass(frozen=True)
class Pictures:
    """Pictures of one domain, in the order of their names."""

    files: tuple[Path, ...]

    def __len__(self) -> int:
        return len(self.files)

    @property
    def names(self) -> list[str]:
        """File names without suffix."""
        return [file.stem for file in self.files]

    def read(self, index: int) -> np.ndarray:
        """The picture as it is: uint8 (height, width, 3). Raises UserError when it cannot be read."""
        return _read(self.files[index])

    def load(self, index: int, side: int) -> np.ndarray:
        """The picture stretched to a square: uint8 (side, side, 3). Raises UserError when it cannot be read."""
        return _square(self.read(index), side)


@dataclass(frozen=True)
class Pairs:
    """Pairs in the order of their names: of each, one file (a | b) or two (a, b)."""

    files: tuple[tuple[Path, ...], ...]

    def __len__(self) -> int:
        return len(self.files)

    @property
    def names(self) -> list[str]:
        """File names without suffix."""
        return [files[0].stem for files in self.files]

    def read(self, index: int) -> tuple[np.ndarray, np.ndarray]:
        """a and b as they are: uint8 (height, width, 3), each of its own size.

        Raises UserError when a file cannot be read, or has an odd width where it should hold both.
        """
        files = self.files[index]
        if len(files) == 2:
            return _read(files[0]), _read(files[1])
        both = _read(files[0])
        width = both.shape[1]
        if width % 2:
            raise UserError(
                f"{files[0]}: is {width} pixels wide, an odd number, so it is no two pictures of equal width side by "
                "side; crop it or take it out."
            )
        return both[:, : width // 2], both[:, width // 2 :]

    def load(self, index: int, side: int) -> tuple[np.ndarray, np.ndarray]:
        """a and b, each stretched to a square: uint8 (side, side, 3). Raises UserError as `read` does."""
        a, b = self.read(index)
        return _square(a, side), _square(b, side)


Held = TypeVar("Held", Pairs, Pictures)


def open_pairs(folder: str | Path, split: Split) -> Pairs:
    """The pairs of a dataset that are trained on, those that a training is validated on (none where the dataset has
    no folder of its own for them), or those held out; no file is opened yet.

    Raises UserError when there is no such folder, no pictures in it, fewer than two where some must be held out,
    two layouts at once, or names in one of two folders that the other lacks.
    """
    folder = existing_folder(folder)
    side_by_side = _is_folder(folder / "train")
    domains = [_domain_folders(folder, "A"), _domain_folders(folder, "B")]
    if side_by_side and any(domains):
        train = next(found for found in domains if found)["train"]
        raise UserError(
            f"{folder}: holds both {folder / 'train'} for pairs side by side and {train} for pairs in two files; "
            "move one of them away."
        )
    if not any(domains):
        if not side_by_side and not _listed(folder):
            raise UserError(
                f"{folder}: holds neither pictures nor folders of pairs; put pairs side by side into "
                f"{folder / 'train'}, or their halves into {folder / 'trainA'} and {folder / 'trainB'}."
            )
        found = _splits(folder / "train" if side_by_side else folder, folder / "test", folder / "val")
        return Pairs(_split([(file,) for file in _listed_in(found, split)], found, split, folder))
    if not all(domains):
        there = next(found for found in domains if found)["train"]
        raise UserError(f"{folder}: holds {there}, but no such folder of the other halves; put them beside it.")
    of_a, of_b = domains
    for here, there in ((of_a, of_b), (of_b, of_a)):
        if lacking := next((found for name, found in here.items() if found and not there[name]), None):
            raise UserError(f"{folder}: holds {lacking}, but no such folder of the other halves; put them there.")
    return Pairs(_split(_matched(_listed_in(of_a, split), _listed_in(of_b, split)), of_a, split, folder))


def open_pictures(folder: str | Path, domain: Domain, split: Split) -> Pictures:
    """The pictures of one domain, as `open_pairs` has pairs; no file is opened yet.

    Raises UserError when there is no such folder, none for the domain in it, no pictures in that, or fewer than
    two where some must be held out.
    """
    folder = existing_folder(folder)
    found = _domain_folders(folder, domain)
    if found is None:
        raise UserError(
            f"{folder}: holds no folder train{domain}, {domain}/train or {domain}; put the pictures of domain "
            f"{domain} into {folder / f'train{domain}'}."
        )
    return Pictures(_split(_listed_in(found, split), found, split, found["train"]))


def open_truth(folder: str | Path, domain: Domain) -> Pictures | None:
    """What each held-out picture of a domain looks like in the other one, in the order of these; None where the dataset
    does not say. No file is opened yet.

    Raises UserError as `open_pictures` does, and when the names are not those of the held-out pictures.
    """
    held_out = open_pictures(folder, domain, "test").files
    truth = _truth_folder(Path(folder), domain)
    if not _is_folder(truth):
        return None
    of_held_out, of_truth = _by_stem(list(held_out)), _by_stem(_listed(truth))
    if lacking := [file.name for stem, file in of_held_out.items() if stem not in of_truth]:
        raise UserError(
            f"{truth}: lacks what {_some(lacking)} of {held_out[0].parent} would be in the other domain; put pictures "
            "of the same names there, or move the folder away."
        )
    if needless := [file.name for stem, file in of_truth.items() if stem not in of_held_out]:
        raise UserError(
            f"{truth}: holds {_some(needless)}, but {held_out[0].parent} holds nothing of the same name out of "
            "training; move what is too many away."
        )
    return Pictures(tuple(of_truth[stem] for stem in of_held_out))


def set_aside(items: Held, count: int, seed: int) -> tuple[Held, Held]:
    """All but `count` of the pairs or pictures, and those, which `seed` chooses; both in the order of names."""
    chosen = set(np.random.default_rng(seed).permutation(len(items))[:count].tolist())
    kept, aside = (
        tuple(file for number, file in enumerate(items.files) if (number in chosen) == wanted)
        for wanted in (False, True)
    )
    return replace(items, files=kept), replace(items, files=aside)


def _domain_folders(folder: Path, domain: Domain) -> dict[Split, Path | None] | None:
    """Where a domain's pictures of each split lie; None where there is no such domain."""
    for train, test, val in (
        (f"train{domain}", f"test{domain}", f"val{domain}"),
        (f"{domain}/train", f"{domain}/test", f"{domain}/val"),
    ):
        if _is_folder(folder / train):
            return _splits(folder / train, folder / test, folder / val)
    return {"train": folder / domain, "validation": None, "test": None} if _is_folder(folder / domain) else None


def _truth_folder(folder: Path, domain: Domain) -> Path:
    """Where the truth of a domain's held-out pictures lies, if the dataset has any."""
    nested = _is_folder(folder / domain / "train") and not _is_folder(folder / f"train{domain}")
    return folder / domain / "truth" if nested else folder / f"truth{domain}"


def _splits(train: Path, test: Path, val: Path) -> dict[Split, Path | None]:
    """The folder of each split, where it has one."""
    tests = [folder for folder in (test, val) if _is_folder(folder)]
    return {"train": train, "test": tests[0] if tests else None, "validation": tests[1] if len(tests) > 1 else None}


def _is_folder(path: Path) -> bool:
    """Also of a link to one; UserError at one that leads nowhere."""
    check_link(path)
    return os.path.isdir(path)


def _listed_in(found: dict[Split, Path | None], split: Split) -> list[Path]:
    """The pictures among which those of the split are, in the order of names."""
    folder = found[split] or found["train"]
    files = _listed(folder)
    if not files:
        raise UserError(f"{folder}: holds no pictures; put files that end in {', '.join(SUFFIXES)} there.")
    return files


def _listed(folder: Path) -> list[Path]:
    # Links that lead nowhere stay in, so that they are missed and not passed over.
    return [
        file
        for file in listed(folder)
        if file.suffix.lower() in SUFFIXES and not file.name.startswith(".") and not os.path.isdir(file)
    ]


def _split(items: list[Item], found: dict[Split, Path | None], split: Split, folder: Path) -> tuple[Item, ...]:
    """All items where the held-out ones have a folder of their own, else the split's share of them."""
    if split == "validation":
        return tuple(items) if found[split] else ()
    if found["test"] is not None:
        return tuple(items)
    if len(items) < 2:
        raise UserError(f"{folder}: holds a single picture, and one more is held out of training; add some.")
    return tuple(item for number, item in enumerate(items) if (number % HELD_OUT_EVERY == 0) == (split == "test"))


def _matched(of_a: list[Path], of_b: list[Path]) -> list[tuple[Path, Path]]:
    by_stem_a, by_stem_b = _by_stem(of_a), _by_stem(of_b)
    for here, there, folder in ((by_stem_a, by_stem_b, of_b[0].parent), (by_stem_b, by_stem_a, of_a[0].parent)):
        if lacking := [file.name for stem, file in here.items() if stem not in there]:
            raise UserError(
                f"{folder}: lacks the other halves of {_some(lacking)}; give both halves of a pair the same name."
            )
    return [(file, by_stem_b[stem]) for stem, file in by_stem_a.items()]


def _some(names: list[str]) -> str:
    return ", ".join(names[:3]) + (f" and {len(names) - 3} more" if len(names) > 3 else "")


def _by_stem(files: list[Path]) -> dict[str, Path]:
    found: dict[str, Path] = {}
    for file in files:
        if (first := found.setdefault(file.stem, file)) is not file:
            raise UserError(f"{file.parent}: holds {first.name} and {file.name}, of which one is too many; remove it.")
    return found


def _read(file: Path) -> np.ndarray:
    check_link(file)
    return np.rint(read_image(file)).astype(np.uint8)


def _square(picture: np.ndarray, side: int) -> np.ndarray:
    """Bicubic as in both papers' code: Lanczos would put more of a halo round the edges of a label map. Pillow's
    filter widens with the reduction, so nothing aliases."""
    if picture.shape[:2] == (side, side):
        return picture
    resized = Image.fromarray(np.ascontiguousarray(picture)).resize((side, side), Image.Resampling.BICUBIC)
    return np.asarray(resized)
