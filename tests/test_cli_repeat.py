"""`aiart repeat`: pictures made again from what they say of themselves, and what it says of those it cannot repeat."""

import json
import os
import shutil
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from PIL.PngImagePlugin import PngInfo

from aiart.datasets import find
from aiart.datasets.files import file_digest
from aiart.images import read_metadata, write_image

STYLIZE = ["stylize", "photo.png", "painting.jpg", "--iterations", "3", "--seed", "5"]
DREAM = ["dream", "photo.png", "--layers", "conv2_1", "--octaves", "1", "--iterations", "2"]


@pytest.fixture(autouse=True)
def files(tmp_path, monkeypatch, scene):
    """A folder with a photograph and paintings, which is the working directory."""
    monkeypatch.chdir(tmp_path)
    write_image("photo.png", scene(36, 48, 1))
    write_image("other.png", scene(30, 40, 3))
    write_image("painting.jpg", scene(40, 40, 2))
    return tmp_path


def record_of(path):
    return json.loads(read_metadata(path)["aiart"])


def said_to_be(record, path="out.png", key="aiart"):
    """A picture that says this of itself."""
    text = PngInfo()
    text.add_text(key, record if isinstance(record, str) else json.dumps(record))
    Image.fromarray(np.zeros((20, 20, 3), np.uint8)).save(path, pnginfo=text)


def stylized():
    """The least record of a painting."""
    part = {"name": "photo.png", "sha256": "0" * 64}
    made_of = {"content": part, "styles": [part], "weights": part}
    return {"stylize": {}, "made_of": made_of, "made_with": {"seed": 1, "threads": 1, "aiart": "0.1.0"}}


def refused(aiart, *arguments):
    """The one sentence that the command ends with."""
    status, _, err = aiart("repeat", *arguments)
    assert status == 1
    assert err.startswith("aiart repeat: ") and err.count("\n") == 1, err
    return err


@pytest.mark.parametrize("suffix", ["png", "jpg"])
def test_a_painting_is_repeated_to_the_byte(aiart, suffix):
    picture = f"out.{suffix}"
    assert aiart(*STYLIZE, "-o", picture)[0] == 0
    before = Path(picture).read_bytes()
    status, out, _ = aiart("repeat", picture, "--check")
    assert status == 0
    assert out.endswith(f"{picture}: repeated, and all {len(before):,} bytes agree.\n")
    assert Path(picture).read_bytes() == before
    assert sorted(os.listdir()) == sorted(["other.png", picture, "painting.jpg", "photo.png"])


def test_a_dream_is_repeated_with_a_guide_that_was_renamed_and_moved(aiart):
    shutil.copy("painting.jpg", "guide.jpg")
    assert aiart(*DREAM, "--guide", "guide.jpg", "-o", "out.png")[0] == 0
    Path("elsewhere").mkdir()
    Path("guide.jpg").rename("elsewhere/another name.jpg")
    Path("painting.jpg").unlink()
    assert aiart("repeat", "out.png", "--check", "-o", "new.png")[0] == 0
    assert Path("new.png").read_bytes() == Path("out.png").read_bytes()


def test_a_picture_is_repeated_with_changed_settings_and_another_photograph(aiart):
    assert aiart(*STYLIZE, "-o", "out.png")[0] == 0
    assert aiart("repeat", "--style-weight", "1e7", "out.png", "-o", "new.png", "--content", "other.png")[0] == 0
    old, new = record_of("out.png"), record_of("new.png")
    assert new["stylize"] == {**old["stylize"], "style_weight": 10**7}
    assert new["made_with"] == old["made_with"]
    assert new["made_of"] == {**old["made_of"], "content": {"name": "other.png", "sha256": file_digest("other.png")}}


def test_a_picture_that_differs_fails_the_check_and_says_by_how_much(aiart):
    assert aiart(*STYLIZE, "-o", "out.png")[0] == 0
    said = read_metadata("out.png")
    record = json.loads(said["aiart"])
    record["made_with"] |= {"tensorflow": "1.0", "instructions": "abacus"}
    with Image.open("out.png") as picture:
        pixels = np.array(picture)
    pixels[0, 0] = np.where(pixels[0, 0] > 100, pixels[0, 0] - 3, pixels[0, 0] + 3)
    write_image("out.png", pixels, metadata={"aiart": json.dumps(record)})
    status, out, err = aiart("repeat", "out.png", "--check")
    assert status == 1
    assert "was made with tensorflow 1.0, here 2." in out
    assert "bytes differ: 0.058 % of the pixels, by 3 of 255 levels at most; that was to be expected" in err
    assert "instructions abacus, here " in err and "tensorflow 1.0, here " in err
    assert aiart("repeat", "out.png")[0] == 0


def test_the_picture_itself_is_replaced_only_when_that_is_asked_for(aiart):
    assert aiart(*STYLIZE, "-o", "out.png")[0] == 0
    before = Path("out.png").read_bytes()
    assert "is the picture that is repeated" in refused(aiart, "out.png", "-o", "./out.png", "--iterations", "2")
    assert Path("out.png").read_bytes() == before
    assert aiart("repeat", "out.png", "-o", "out.png", "--iterations", "2", "--overwrite")[0] == 0
    assert record_of("out.png")["stylize"]["iterations"] == 2


def test_settings_come_from_the_json_beside_a_picture_that_lost_its_own(aiart):
    assert aiart(*STYLIZE, "-o", "out.png", "--metrics", "out.json")[0] == 0
    with Image.open("out.png") as picture:
        Image.fromarray(np.array(picture)).save("out.png")
    status, out, _ = aiart("repeat", "out.png")
    assert (status, "bytes differ: all pixels agree, but not what the file says" in out) == (0, True)


def test_a_missing_input_is_named_with_its_hash_and_the_option_that_gives_another(aiart, scene):
    assert aiart(*STYLIZE, "-o", "out.png")[0] == 0
    digest = file_digest("photo.png")
    write_image("photo.png", scene(36, 48, 9))
    sentence = refused(aiart, "out.png", "--check")
    assert f"photo.png (sha256 {digest[:12]}…)" in sentence
    assert "only another version of it, photo.png; put it there, or name a file by --content." in sentence
    assert "-o is missing" in refused(aiart, "out.png", "--content", "photo.png")
    assert "--check repeats it with its own inputs" in refused(aiart, "out.png", "--check", "--content", "photo.png")


def test_a_picture_that_was_stopped_fails_the_check_before_any_work(aiart):
    said_to_be({**stylized(), "stopped_after": 3})
    assert "was stopped before its end" in refused(aiart, "out.png", "--check")


@pytest.mark.parametrize(
    ("record", "sentence"),
    [
        ({"frame": 3}, "is a frame of another picture's making"),
        ({"made_of": {"model": {}, "dataset": {}}}, "shows how a model was judged"),
        ({"sculpt": {}}, "is made by no command that this version can repeat"),
        ("{", "is not JSON"),
        ("[1]", "is no object"),
        ('{"stylize": 1, "stylize": 2}', "stands there twice"),
        ("[" * 10_000, "is nested more than"),
        (f'{{"stylize": "{"x" * 300_000}"}}', "says more than 256 kB"),
        ({**stylized(), "stylize": {"style_weigth": 1}}, "does not know its settings"),
        ({**stylized(), "stylize": {"iterations": -1}}, "does not know its settings"),
        ({**stylized(), "stylize": 7}, "does not know its settings"),
        ({**stylized(), "made_with": {"aiart": "9.0", "seed": 1, "threads": 1}, "stylize": {"x": 1}}, "made by 9.0"),
        ({**stylized(), "made_with": {"seed": "1; rm", "threads": 1}}, "seed of made_with is no whole number"),
        ({**stylized(), "made_with": {"seed": True, "threads": 1}}, "seed of made_with is no whole number"),
        ({**stylized(), "made_with": None}, "made_with is missing"),
        ({**stylized(), "made_of": {}}, "made_of names no content"),
        ({**stylized(), "made_of": stylized()["made_of"] | {"styles": []}}, "styles of made_of is not name"),
        (
            {**stylized(), "made_of": stylized()["made_of"] | {"content": {"name": "../a", "sha256": "0" * 64}}},
            "content of made_of is not name and sha256",
        ),
        ({**stylized(), "dream": {}, "stylize": None}, "does not know its settings"),
        ({"translate": {"method": "x"}, "made_of": {}}, "made_of names no model"),
    ],
)
def test_a_record_that_cannot_be_repeated_is_told_in_one_sentence(aiart, record, sentence):
    said_to_be(record)
    assert sentence in refused(aiart, "out.png", "--check")


def test_pictures_that_say_nothing_are_told_apart(aiart):
    assert "says nothing of how it was made" in refused(aiart, "photo.png")
    assert "says nothing of how it was made" in refused(aiart, "painting.jpg")
    said_to_be("A grid", key="title")
    assert "says nothing of how it was made" in refused(aiart, "out.png")
    write_image("grid.png", np.zeros((9, 9, 3), np.uint8), metadata={"title": "", "caption": ""})
    assert "is a grid of other pictures" in refused(aiart, "grid.png")
    assert "no such file" in refused(aiart, "absent.png")
    whole = Path("photo.png").read_bytes()
    Path("cut.png").write_bytes(whole[: len(whole) // 2])
    assert "is damaged or incomplete" in refused(aiart, "cut.png")


def test_options_of_another_command_and_those_without_a_file_are_refused(aiart):
    said_to_be(stylized())
    assert "--octaves: is no option of aiart stylize" in refused(aiart, "out.png", "--octaves", "2", "-o", "new.png")
    assert "--model: is no option of aiart stylize" in refused(aiart, "out.png", "--model", "a.npz")
    assert "-o is missing" in refused(aiart, "out.png", "--iterations", "2")
    assert "with other settings the bytes are others" in refused(aiart, "out.png", "--check", "--seed", "2")


def test_the_search_looks_at_bounded_many_files(files, monkeypatch):
    (files / "data").mkdir()
    (files / "data" / "moved.png").write_bytes(b"wanted")
    (files / ".hidden").mkdir()
    (files / ".hidden" / "hidden.png").write_bytes(b"hidden")
    digest = file_digest(files / "data" / "moved.png")
    hidden = file_digest(files / ".hidden" / "hidden.png")
    assert find.find_file("name.png", digest, [files]) == (files / "data" / "moved.png", None)
    assert find.find_file("name.png", hidden, [files]) == (None, None)
    assert find.find_file("photo.png", digest[::-1], [files]) == (None, files / "photo.png")
    monkeypatch.setattr(find, "MOST_BYTES", 5)
    assert find.find_file("name.png", digest, [files])[0] is None
    monkeypatch.undo()
    monkeypatch.setattr(find, "MOST_FILES", 1)
    assert find.find_file("name.png", digest, [files])[0] is None


def test_the_palette_of_a_painting_is_found_again_or_changed(aiart):
    write_image("warm.png", np.full((20, 20, 3), [200.0, 120, 40]) + np.arange(20)[:, None, None])
    assert aiart(*STYLIZE, "-o", "out.png", "--preserve-colours", "palette", "--palette", "warm.png")[0] == 0
    assert record_of("out.png")["made_of"]["palette"] == {"name": "warm.png", "sha256": file_digest("warm.png")}
    Path("warm.png").rename("renamed.png")
    assert aiart("repeat", "out.png", "--check")[0] == 0
    assert aiart("repeat", "out.png", "--palette", "other.png", "--colour-strength", "0.5", "-o", "new.png")[0] == 0
    assert record_of("new.png")["made_of"]["palette"]["name"] == "other.png"
    assert aiart("repeat", "out.png", "--preserve-colours", "luminance", "-o", "plain.png")[0] == 0
    assert "palette" not in record_of("plain.png")["made_of"]


def test_a_painting_with_regions_is_repeated_with_their_map(aiart):
    halves = np.zeros((36, 48, 3))
    halves[:, :24] = 255
    write_image("left.png", halves)
    regions = ["--mask", "left.png", "--regions", "[{}]"]
    assert aiart(*STYLIZE, "-o", "out.png", *regions, "--region-map", "map.png")[0] == 0
    before = Path("map.png").read_bytes()
    assert aiart("repeat", "out.png", "--region-map", "again.png")[0] == 0
    assert Path("again.png").read_bytes() == before
    assert aiart(*DREAM, "-o", "dream.png")[0] == 0
    assert "--region-map: is no option of aiart dream" in refused(aiart, "dream.png", "--region-map", "map.png")
