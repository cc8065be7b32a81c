"""What pictures say of their origin in XMP: IPTC's digital source type, credit and rights, read by other parsers."""

import io
import re
import sys
from dataclasses import replace
from xml.etree import ElementTree

import numpy as np
import pytest
from PIL import Image

from aiart.cli import main, marks
from aiart.datasets.files import file_digest
from aiart.gallery import write_animation
from aiart.images import ALGORITHMIC, COMPOSITE, TRAINED, read_metadata, read_source, write_image, xmp_packet

RDF = "{http://www.w3.org/1999/02/22-rdf-syntax-ns#}"
TYPE = "{http://iptc.org/std/Iptc4xmpExt/2008-02-29/}DigitalSourceType"
CREDIT = "{http://ns.adobe.com/photoshop/1.0/}Credit"
RIGHTS = f"{{http://purl.org/dc/elements/1.1/}}rights/{RDF}Alt/{RDF}li"
FEW = ["--iterations", "1", "--seed", "3"]


@pytest.fixture(autouse=True)
def files(tmp_path, monkeypatch, scene):
    """A folder with a photograph and a painting, which is the working directory."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "argv", ["aiart"])
    write_image("photo.png", scene(36, 48, 1), metadata={"credit": "A. Body", "licence": "CC BY 4.0"})
    write_image("painting.png", scene(40, 40, 2), metadata={"credit": "B & <C>"})
    return tmp_path


def aiart(*arguments):
    with pytest.raises(SystemExit) as ended:
        main([str(argument) for argument in arguments])
    assert not ended.value.code


def said(path):
    """Source type, credit and rights as an XML parser finds them in what Pillow calls the picture's XMP."""
    with Image.open(path) as image:
        packet = image.info.get("xmp")
    if packet is None:
        return None, None, None
    description = ElementTree.fromstring(packet).find(f"{RDF}RDF/{RDF}Description")
    source = description.findtext(TYPE)
    return source and source.rpartition("/")[2], description.findtext(CREDIT), description.findtext(RIGHTS)


def test_a_painting_is_a_composite_and_names_whose_its_pictures_are():
    for output in ("out.png", "out.jpg"):
        aiart("stylize", "photo.png", "painting.png", "-o", output, *FEW)
        rights = "A. Body (CC BY 4.0); B & <C>"
        assert said(output) == (COMPOSITE, "A. Body; B & <C>", rights)
        # Beside the record, which it leaves alone.
        assert set(read_metadata(output)) == {"aiart"}


def test_texture_from_noise_holds_nothing_of_the_photograph():
    aiart("stylize", "photo.png", "painting.png", "-o", "out.png", *FEW, "--init", "noise", "--content-weight", "0")
    assert said("out.png") == (TRAINED, "B & <C>", "B & <C>")


@pytest.mark.parametrize(("start", "source"), [("picture", COMPOSITE), ("noise", TRAINED)])
def test_a_dream_says_what_it_started_from(start, source):
    few = ["--layers", "conv2_1", "--octaves", "1", "--start", start, *FEW]
    aiart("dream", "photo.png", "-o", "out.png", *few)
    assert said("out.png")[0] == source
    assert said("out.png")[1] == ("A. Body" if start == "picture" else None)


def test_built_in_pictures_say_whose_they_are_and_that_paintings_follow_rules():
    aiart("picture", "painting", "ink_wash", "-o", "painted.png", "--side", "64")
    aiart("picture", "photograph", "chelsea", "-o", "chelsea.jpg")
    assert said("painted.png") == (ALGORITHMIC, "painted by aiart", "painted by aiart")
    assert said("chelsea.jpg") == (None, "Stefan van der Walt", "Stefan van der Walt (CC0)")


def test_a_download_is_credited_as_the_catalogue_says(monkeypatch):
    file = replace(marks.PICTURES["turtle"].file, size=None, sha256=file_digest("photo.png"))
    monkeypatch.setitem(marks.PICTURES, "turtle", replace(marks.PICTURES["turtle"], file=file))
    credit = "P. Lindgren, Wikimedia Commons (CC BY-SA 3.0)"
    assert credit in marks.mark(COMPOSITE, ["photo.png"]) and "A. Body" not in marks.mark(COMPOSITE, ["photo.png"])


@pytest.mark.parametrize(
    ("cells", "source"),
    [
        ((TRAINED, TRAINED), TRAINED),
        ((COMPOSITE, TRAINED), COMPOSITE),
        ((None, TRAINED), COMPOSITE),
        ((ALGORITHMIC, None), None),
        ((None, None), None),
    ],
)
def test_a_grid_is_of_the_kind_of_its_cells(cells, source):
    names = [f"{number}.png" for number in range(len(cells))]
    for name, of in zip(names, cells, strict=True):
        write_image(name, np.zeros((8, 8, 3), np.uint8), xmp=xmp_packet(of))
    aiart("grid", *names, "-o", "grid.png")
    assert said("grid.png")[0] == source


def test_methods_of_pairs_make_new_pictures_and_others_change_them():
    assert marks.source_of_method("pix2pix") == TRAINED
    assert marks.source_of_method("cyclegan") == COMPOSITE


def test_animations_say_it_too():
    frames = [np.full((8, 8, 3), level, np.float32) for level in (0, 200)]
    for name in ("a.webp", "b.webp", "a.gif"):
        write_animation(name, frames, xmp=xmp_packet(COMPOSITE))
    assert said("a.webp")[0] == COMPOSITE
    with open("a.webp", "rb") as one, open("b.webp", "rb") as two:
        assert one.read() == two.read()
    with Image.open("a.gif") as film:
        assert film.n_frames == 2 and film.info["comment"].endswith(f"digitalsourcetype/{COMPOSITE}".encode())


def test_the_packet_is_well_formed_and_short_whatever_a_credit_holds():
    write_image("out.jpg", np.zeros((8, 8, 3), np.uint8), xmp=xmp_packet(COMPOSITE, [("\0]]>\ud800<b>" * 5000, "ö")]))
    assert said("out.jpg")[1].startswith("]]><b>]]>")
    assert xmp_packet(None) == "" and xmp_packet(None, [("", "")]) == ""


def test_the_xmp_of_an_input_is_not_taken_for_ours_and_the_file_is_left_alone(scene):
    buffer = io.BytesIO()
    foreign = xmp_packet("digitalCapture", [("Somebody else", "")]).encode()
    Image.fromarray(scene(36, 48, 1).astype(np.uint8)).save(buffer, "JPEG", xmp=foreign)
    with open("other.jpg", "wb") as file:
        file.write(buffer.getvalue())
    assert read_source("other.jpg") == "digitalCapture"
    aiart("stylize", "other.jpg", "painting.png", "-o", "out.png", *FEW)
    assert said("out.png") == (COMPOSITE, "B & <C>", "B & <C>")
    with open("other.jpg", "rb") as file:
        assert file.read() == buffer.getvalue()


@pytest.mark.parametrize("name", ["out.png", "out.jpg", "out.webp"])
def test_programs_that_scan_a_file_for_packets_find_it(name):
    """As the XMP Specification has them do, part 3, 2.1, which know nothing of the format: Pillow wrote the file, and
    nothing of Pillow reads it here."""
    write = (
        write_animation if name.endswith("webp") else lambda path, frames, xmp: write_image(path, frames[0], xmp=xmp)
    )
    write(name, [np.full((8, 8, 3), level, np.float32) for level in (0, 200)], xmp=xmp_packet(TRAINED, [("Ö", "CC0")]))
    with open(name, "rb") as file:
        (packet,) = re.findall(rb"<\?xpacket begin=.+?\?>(.+?)<\?xpacket end=.w.\?>", file.read(), re.DOTALL)
    description = ElementTree.fromstring(packet).find(f"{RDF}RDF/{RDF}Description")
    assert description.findtext(TYPE).endswith(f"/{TRAINED}")
    assert (description.findtext(CREDIT), description.findtext(RIGHTS)) == ("Ö", "Ö (CC0)")
