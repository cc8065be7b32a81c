"""The page of results: its data and its bytes. tests/browser tries it in a browser."""

import json
import re
import shutil
from base64 import b64decode, b64encode
from io import BytesIO

import numpy as np
import pytest
from helpers.results import make_page, picture
from PIL import Image

from aiart.cli import main
from aiart.cli.show import run as show
from aiart.errors import UserError
from aiart.images import write_image
from aiart.page.album import MOST_BYTES, album_of
from aiart.page.write import write_page
from aiart.params.merge import load_params
from aiart.params.root import Params


@pytest.fixture(scope="module")
def results(tmp_path_factory):
    return make_page(tmp_path_factory.mktemp("gallery"))


@pytest.fixture
def here(results, monkeypatch):
    monkeypatch.chdir(results.parent)


def data_of(results, name="index.html"):
    text = (results / name).read_text(encoding="utf-8")
    return json.loads(re.search(r'id="data">(.*?)</script>', text, re.DOTALL)[1])


def pictures_of(room):
    """Every picture of a room by its path, with what its folder and its room share."""
    return {
        f"{folder['folder']}/{picture['name']}": {**picture, "settings": {**settings, **picture.get("settings", {})}}
        for folder in room["folders"]
        for settings in [{**room["shared"].get("settings", {}), **folder["shared"].get("settings", {})}]
        for picture in folder["pictures"]
    }


def test_every_result_and_every_sweep_is_on_the_page(results):
    rooms = {room["key"]: room for room in data_of(results)["rooms"]}
    assert {key: len(pictures_of(room)) for key, room in rooms.items()} == {
        "style_transfer": 7,
        "deep_dream": 3,
        "pix2pix": 1,
    }
    (sweep,) = rooms["style_transfer"]["sweeps"]
    assert (sweep["columns"], sweep["rows"]) == (["10000", "100000", "1e7"], ["1", "20"])
    listed = list(pictures_of(rooms["style_transfer"]))
    paths = [listed[place] for place in sweep["cells"]]
    assert paths[:2] == [
        "sweeps/weights/learning_rate=1_style_weight=10000",
        "sweeps/weights/learning_rate=1_style_weight=100000",
    ]


def test_shared_settings_and_a_pictures_own_are_those_of_params(results, here):
    params, data = load_params("params.yaml"), data_of(results)
    for room in data["rooms"]:
        defaults = data["commands"][room["command"]]["defaults"]
        for path, shown in pictures_of(room).items():
            item = params.rooms[room["key"]].items()[path]
            assert {**defaults, **shown["settings"]} == json.loads(item.model_dump_json())


def test_what_pictures_share_is_said_once(results):
    (style,) = [room for room in data_of(results)["rooms"] if room["key"] == "style_transfer"]
    same = {"long_side": 48, "iterations": 9, "optimizer": "adam", "style": "ink_wash", "content": "chelsea"}
    assert same.items() <= style["shared"]["settings"].items()
    (sweep,) = [folder for folder in style["folders"] if folder["folder"] == "sweeps/weights"]
    for cell in sweep["pictures"]:
        assert cell.get("settings", {}).keys() <= {"style_weight", "learning_rate"}
        assert "made_of" not in cell
        assert len(json.dumps(cell, separators=(",", ":"))) < 600


def test_thumbnails_are_there_and_small(results):
    files = list((results / "thumbnails").rglob("*.webp"))
    assert len(files) == 11 + 4 + 1 + 1  # results, inputs, the film of an animation, a map of regions
    for file in files:
        with Image.open(file) as image:
            assert "film" in file.name or max(image.size) <= 224


def test_a_film_has_all_frames_of_its_animation(results):
    (dream,) = [room for room in data_of(results)["rooms"] if room["key"] == "deep_dream"]
    ((path, film),) = [(path, picture["film"]) for path, picture in pictures_of(dream).items() if "film" in picture]
    with Image.open(results / f"thumbnails/deep_dream/{path}.film.webp") as image:
        assert film == [5, 8, 48, 32]
        assert image.size == (5 * 48, 32)


def test_the_tiles_of_a_trainings_course_are_known_where_it_says_them(results, tmp_path, monkeypatch):
    shutil.copytree(results.parent, tmp_path / "copy")
    monkeypatch.chdir(tmp_path / "copy")
    here, file = tmp_path / "copy/results", tmp_path / "copy/results/pix2pix/runs/houses.progress.png"

    def course():
        write_page(here / "index.html", load_params("params.yaml"))
        (room,) = [room for room in data_of(here)["rooms"] if room["key"] == "pix2pix"]
        return pictures_of(room)["runs/houses"]["progress"]

    assert course()["rows"] == ["input", "1,000", "2,000"]
    write_image(file, picture(8, 104, 76))  # as another version drew it
    assert course() == {}
    write_image(file, picture(8, 104, 76), metadata={"tiles": "{"})
    with pytest.raises(UserError, match=r"houses\.progress\.png: does not say where its tiles stand"):
        course()


def test_an_album_is_the_page_with_its_thumbnails_in_it(results):
    page, album = data_of(results), data_of(results, "album.html")
    copies = album.pop("album")
    assert album == page
    assert set(copies) == {path.relative_to(results).as_posix() for path in (results / "thumbnails").rglob("*.webp")}
    path = "thumbnails/deep_dream/animations/zoom.film.webp"
    assert copies[path] == f"data:image/webp;base64,{b64encode((results / path).read_bytes()).decode()}"


def test_an_album_of_many_pictures_has_smaller_ones(results):
    """For Snakemake's report.html, in which browsers show so much and no more."""
    thumbnails, page = results / "thumbnails", len((results / "index.html").read_bytes())
    whole = album_of(thumbnails, page)
    room = sum(map(len, whole.values())) // 2
    smaller = album_of(thumbnails, MOST_BYTES - room)
    assert 0.6 * room < sum(map(len, smaller.values())) < room
    least = album_of(thumbnails, MOST_BYTES)
    sides = [width_of(copies["thumbnails/deep_dream/animations/zoom.webp"]) for copies in (least, smaller, whole)]
    assert sides == [10, sorted(sides)[1], 48] and len(set(sides)) == 3


def width_of(address):
    with Image.open(BytesIO(b64decode(address.split(",")[1]))) as image:
        return image.width


def test_the_same_results_give_the_same_bytes(results, here):
    def everything():
        made = [*results.glob("*.html"), *(results / "thumbnails").rglob("*.webp")]
        return {path.name: path.read_bytes() for path in made}

    before = everything()
    (results / "thumbnails/stale.webp").write_bytes(b"")
    write_page(results / "index.html", load_params("params.yaml"), results / "album.html")
    assert everything() == before


def test_the_page_names_no_host_and_no_folder_of_this_machine(results):
    text = (results / "index.html").read_text(encoding="utf-8")
    found = set(re.findall(r"https?://[^\s\"'()]+", text)) - {"http://www.w3.org/2000/svg"}
    assert found == set()
    assert str(results.parent) not in text


def test_a_page_of_what_there_is_leaves_out_what_is_not(results, tmp_path, monkeypatch, capsys):
    shutil.copytree(results.parent, tmp_path / "copy")
    monkeypatch.chdir(tmp_path / "copy")
    shutil.rmtree("results/deep_dream")
    for file in (tmp_path / "copy/results/style_transfer/sweeps/weights").glob("learning_rate=20_style_weight=1e7.*"):
        file.unlink()
    with pytest.raises(SystemExit) as ended:
        main(["page"])
    assert ended.value.code == 0
    assert "results/index.html: 7 pictures" in capsys.readouterr().out
    (style, _) = data_of(tmp_path / "copy/results")["rooms"]
    assert style["sweeps"][0]["cells"][-1] is None


def test_what_was_asked_for_may_be_longer_than_a_command_line(results, here, tmp_path, capsys):
    """Linux takes no word of more than 128 kB. `aiart page` reads a file of any length."""
    asked = load_params("params.yaml").model_dump()
    asked["style_transfer"]["pictures"] |= {f"cat{i}": asked["style_transfer"]["pictures"]["alone"] for i in range(900)}
    (tmp_path / "asked.json").write_text(json.dumps(asked) + " " * 100_000)
    with pytest.raises(SystemExit) as ended:
        main(["page", "--settings-file", str(tmp_path / "asked.json")])
    assert ended.value.code == 0 and "results/index.html: 11 pictures" in capsys.readouterr().out
    (tmp_path / "asked.json").write_text("{")
    with pytest.raises(SystemExit):
        main(["page", "--settings-file", str(tmp_path / "asked.json")])
    assert capsys.readouterr().err.count("\n") == 1


def test_nothing_made_is_said_in_a_sentence(tmp_path, here):
    params = load_params("params.yaml")
    with pytest.raises(
        UserError, match=r"holds nothing of what params\.yaml asks for; run snakemake --cores all first"
    ):
        write_page(tmp_path / "index.html", params)
    assert not (tmp_path / "index.html").exists()


def test_a_gallery_of_nothing_has_a_page(tmp_path):
    assert write_page(tmp_path / "index.html", Params()) == 0
    assert (tmp_path / "thumbnails").is_dir()


def test_a_damaged_record_is_named(results, tmp_path, monkeypatch):
    shutil.copytree(results.parent, tmp_path / "copy")
    monkeypatch.chdir(tmp_path / "copy")
    (tmp_path / "copy/results/style_transfer/pictures/alone.json").write_text("{")
    with pytest.raises(UserError, match=r"alone\.json: cannot be read as a record"):
        write_page(tmp_path / "copy/results/index.html", load_params("params.yaml"))


def test_show_prints_the_address_and_opens_a_browser_where_there_is_a_display(results, here, monkeypatch, capsys):
    opened = []
    monkeypatch.setattr("webbrowser.open", opened.append)
    for name in ("DISPLAY", "WAYLAND_DISPLAY"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setattr("sys.platform", "linux")

    class Options:
        page = "results/index.html"

    show(Options)
    assert (capsys.readouterr().out, opened) == (f"{(results / 'index.html').as_uri()}\n", [])
    monkeypatch.setenv("DISPLAY", ":0")
    show(Options)
    assert opened == [(results / "index.html").as_uri()]
    Options.page = "nowhere.html"
    with pytest.raises(UserError, match="is not there; make it by"):
        show(Options)


def test_a_poster_has_a_page_to_be_zoomed_into(tmp_path, monkeypatch):
    results = make_page(tmp_path)
    monkeypatch.chdir(tmp_path)
    assert not list(results.rglob("*.zoom.html"))
    poster = results / "style_transfer/pictures/alone.png"
    write_image(poster, np.full((16, 4096, 3), 90, np.uint8))
    write_page(results / "index.html", load_params("params.yaml"))
    zoomed = {
        path: picture["zoom"]
        for room in data_of(results)["rooms"]
        for path, picture in pictures_of(room).items()
        if "zoom" in picture
    }
    assert zoomed == {f"pictures/{poster.stem}": 1}
    page = results / f"thumbnails/style_transfer/pictures/{poster.stem}.zoom.html"
    assert f"<title>Style transfer: pictures/{poster.stem}</title>" in page.read_text()
    assert len(list(page.with_name(f"{poster.stem}.zoom_files").glob("12/*.jpg"))) == 9
