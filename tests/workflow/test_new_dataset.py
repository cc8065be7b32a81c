"""A new dataset of the catalogue: its table there, and nothing else."""

from __future__ import annotations

import hashlib
import io
import tarfile
import zipfile

import numpy as np
import pytest
from helpers.checkout import TINY_PARAMS, Checkout, copy_checkout
from PIL import Image

from aiart.datasets.manifest import read_manifest

TABLE = """
[datasets.toy]
kind = "paired"
name = "toy{suffix}"
urls = ["https://example.org/toy{suffix}"]
size = {size}
sha256 = "{sha256}"
licence = "public domain"
counts = {{ train = 3, test = 1 }}
"""
PICTURES = [*(f"toy/train/{number}.png" for number in range(3)), "toy/test/0.png"]


def picture(number: int) -> bytes:
    stream = io.BytesIO()
    Image.fromarray(np.random.default_rng(number).integers(0, 256, (32, 64, 3), np.uint8)).save(stream, "png")
    return stream.getvalue()


def zipped() -> bytes:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as archive:
        for number, name in enumerate(PICTURES):
            archive.writestr(name, picture(number))
    return stream.getvalue()


def tarred() -> bytes:
    stream = io.BytesIO()
    with tarfile.open(fileobj=stream, mode="w:gz") as archive:
        for number, name in enumerate(PICTURES):
            member = tarfile.TarInfo(name)
            member.size = len(picture(number))
            archive.addfile(member, io.BytesIO(picture(number)))
    return stream.getvalue()


@pytest.mark.parametrize(("suffix", "pack"), [(".zip", zipped), (".tar.gz", tarred)])
def test_a_table_in_the_catalogue_is_all_that_a_new_dataset_needs(tmp_path, suffix, pack):
    archive = pack()
    checkout: Checkout = copy_checkout(tmp_path, TINY_PARAMS.replace("dataset: synthetic_facades", "dataset: toy"))
    with (checkout.folder / "src/aiart/datasets/catalogue.toml").open("a", encoding="utf-8") as catalogue:
        catalogue.write(TABLE.format(suffix=suffix, size=len(archive), sha256=hashlib.sha256(archive).hexdigest()))
    # Where a copy lies that was fetched before, or brought for want of a server.
    downloads = checkout.folder / "data/downloads"
    downloads.mkdir(parents=True)
    (downloads / f"toy{suffix}").write_bytes(archive)
    assert checkout.jobs("pix2pix") == {"download_dataset": 1, "train": 1, "evaluate": 1}
    checkout.snakemake("data/prepared/toy.tsv")
    listed = {entry.path for entry in read_manifest(checkout.folder / "data/prepared/toy.tsv")}
    assert listed == {name.removeprefix("toy/") for name in PICTURES}
    assert (checkout.folder / "data/prepared/toy/test/0.png").read_bytes() == picture(3)
