import json
import os
import signal
from hashlib import sha256
from pathlib import Path

import numpy as np
import pytest
from helpers.profiles import swapped_profile
from PIL import Image

from aiart.cli import main, translate
from aiart.cli.many import output_files, picture_files
from aiart.errors import UserError
from aiart.images import kept_profile, read_image, read_metadata, read_photograph, write_image
from aiart.params.pix2pix import Pix2Pix


def picture(height, width, seed=0):
    return np.random.default_rng(seed).uniform(0, 255, (height, width, 3)).astype(np.float32)


@pytest.fixture
def stub(monkeypatch, tmp_path):
    """`stub(*directions)`: the model file m.npz of the working directory now holds generators that add noise, if any,
    and turn black to white."""
    import tensorflow as tf

    from aiart.translation import model_file

    class Network:
        multiple, reach, rate = 16, None, 0.5

        def __call__(self, pictures, noise=None, borrowed=None):
            if noise is None:
                return -pictures
            return -pictures + 0.2 * tf.random.stateless_uniform(pictures.shape, noise[0])

    monkeypatch.chdir(tmp_path)
    (tmp_path / "m.npz").write_text("a model")

    def make(*directions):
        model = model_file.Model("pix2pix", Pix2Pix(), {}, dict.fromkeys(directions, Network()))
        monkeypatch.setattr(model_file, "load_model", lambda path: model)

    return make


def aiart(*arguments):
    """Exit status of the command."""
    with pytest.raises(SystemExit) as stopped:
        main([str(argument) for argument in arguments])
    return stopped.value.code


def test_a_cut_out_keeps_its_opacity_and_lies_on_its_own_colours(tmp_path, stub):
    stub("b_to_a")
    alpha = np.zeros((20, 30), np.float32)
    alpha[5:15, 5:25] = 1
    write_image(tmp_path / "cut.png", np.full((20, 30, 3), [200, 50, 10], np.float32), alpha=alpha)
    out = tmp_path / "out"
    assert aiart("translate", "m.npz", tmp_path / "cut.png", "-o", out, "--no-dropout") == 0
    with Image.open(out / "cut.png") as made:
        assert made.mode == "RGBA"
        np.testing.assert_array_equal(np.asarray(made)[..., 3], 255 * alpha)
        # Turned from black to white everywhere: on white, what is transparent would have become black.
        assert abs(np.asarray(made)[..., :3].astype(int) - [55, 205, 245]).max() <= 1
    assert aiart("translate", "m.npz", tmp_path / "cut.png", "-o", out, "--no-dropout", "--side", 60) == 0
    with Image.open(out / "cut.png") as made:
        assert made.size == (60, 40)
        assert made.getpixel((30, 20))[3] == 255
        assert made.getpixel((1, 1))[3] == 0


def test_a_pipe_is_no_picture(tmp_path):
    os.mkfifo(tmp_path / "pipe.png")
    with pytest.raises(UserError, match="is a pipe or a device, not a file; check the path"):
        picture_files([str(tmp_path / "pipe.png")], "translated")


def test_pictures_and_folders_are_translated(tmp_path, stub, capsys):
    stub("b_to_a")
    write_image(tmp_path / "one.jpg", picture(20, 33))
    write_image(tmp_path / "more" / "two.png", picture(8, 8, 1))
    (tmp_path / "more" / "notes.txt").write_text("no picture")
    out = tmp_path / "out"
    assert aiart("translate", "m.npz", tmp_path / "one.jpg", tmp_path / "more", "-o", out, "--no-dropout") == 0
    assert sorted(path.name for path in out.iterdir()) == ["one.png", "two.png"]
    for source in (tmp_path / "one.jpg", tmp_path / "more" / "two.png"):
        np.testing.assert_array_equal(read_image(out / f"{source.stem}.png"), 255 - read_image(source))
    made = json.loads(read_metadata(out / "one.png")["aiart"])
    asked = {"direction": "b_to_a", "dropout": False, "method": "pix2pix", "side": None}
    assert made["translate"] == {**asked, "tile": None, "bits": 8, "keep_profile": False}
    assert "2 pictures, b_to_a" in capsys.readouterr().out


def test_dropout_derives_from_seed_and_name(tmp_path, stub):
    stub("b_to_a")
    for name in ("one", "two"):
        write_image(tmp_path / f"{name}.png", picture(16, 16))

    def made(folder, *arguments):
        assert aiart("translate", "m.npz", *arguments, "-o", tmp_path / folder) == 0
        return {path.stem: path.read_bytes() for path in (tmp_path / folder).iterdir()}

    one, two = tmp_path / "one.png", tmp_path / "two.png"
    first = made("first", one, two)
    assert first["one"] != first["two"]
    assert made("again", two, one) == first
    assert made("alone", two) == {"two": first["two"]}
    assert made("other", one, "--seed", 2)["one"] != first["one"]


def test_a_cyclegan_from_its_file_translates_both_ways(tmp_path):
    from aiart.params.cyclegan import CycleGAN
    from aiart.translation.cyclegan.learner import build_generator
    from aiart.translation.model_file import save_model

    settings = CycleGAN(image_side=32, generator_width=4, blocks=1)
    generators = {way: build_generator(settings, seed) for seed, way in enumerate(("a_to_b", "b_to_a"))}
    save_model(tmp_path / "m.npz", "cyclegan", generators, settings.model_dump())
    write_image(tmp_path / "one.png", picture(21, 40))
    made = []
    for way in generators:
        out = tmp_path / way
        assert aiart("translate", tmp_path / "m.npz", tmp_path / "one.png", "-o", out, "--direction", way) == 0
        made.append(read_image(out / "one.png"))
    assert made[0].shape == made[1].shape == (21, 40, 3)
    assert not np.array_equal(*made)


def test_side_resizes(tmp_path, stub):
    stub("b_to_a")
    write_image(tmp_path / "one.png", picture(30, 60))
    assert aiart("translate", "m.npz", tmp_path / "one.png", "-o", tmp_path / "out", "--side", 20) == 0
    assert read_image(tmp_path / "out" / "one.png").shape == (10, 20, 3)


@pytest.mark.parametrize(
    ("directions", "asked", "message"),
    [
        (["a_to_b", "b_to_a"], [], "m.npz: translates both ways; add --direction a_to_b or b_to_a."),
        (["b_to_a"], ["--direction", "a_to_b"], "m.npz: translates only b_to_a, not a_to_b; leave out --direction."),
    ],
)
def test_wrong_options_are_one_sentence(tmp_path, stub, capsys, directions, asked, message):
    stub(*directions)
    write_image(tmp_path / "one.png", picture(8, 8))
    assert aiart("translate", "m.npz", tmp_path / "one.png", "-o", tmp_path / "out", *asked) == 1
    assert capsys.readouterr().err == f"aiart translate: {message}\n"
    assert not (tmp_path / "out").exists()


def test_a_broken_picture_is_named(tmp_path, stub, capsys):
    stub("b_to_a")
    write_image(tmp_path / "good.png", picture(8, 8))
    (tmp_path / "worse.png").write_bytes(b"no picture")
    assert aiart("translate", "m.npz", tmp_path / "good.png", tmp_path / "worse.png", "-o", tmp_path / "out") == 1
    assert f"{tmp_path / 'worse.png'}: is not a picture that can be read" in capsys.readouterr().err
    assert [path.name for path in (tmp_path / "out").iterdir()] == ["good.png"]


def test_one_bad_picture_does_not_lose_the_others(tmp_path, stub, capsys):
    stub("b_to_a")
    folder = tmp_path / "in"
    for name in ("a.png", "c.png", "e.png"):
        write_image(folder / name, picture(8, 8))
    (folder / "b.png").write_bytes(b"no picture")
    (folder / "d.png").write_bytes(b"")
    assert aiart("translate", "m.npz", folder, "-o", tmp_path / "out") == 1
    out, err = capsys.readouterr()
    assert sorted(path.name for path in (tmp_path / "out").iterdir()) == ["a.png", "c.png", "e.png"]
    assert err == "aiart translate: 2 of 5 pictures could not be translated, as listed; mend or leave out those.\n"
    assert [line.partition(": ")[0] for line in out.splitlines()[1:]] == [str(folder / "b.png"), str(folder / "d.png")]


def test_what_is_passed_over_is_said(tmp_path, stub, capsys):
    stub("b_to_a")
    folder = tmp_path / "in"
    write_image(folder / "a.png", picture(8, 8))
    write_image(folder / "old.png" / "older" / "b.png", picture(8, 8))
    write_image(folder / "more" / "c.png", picture(8, 8))
    (folder / "notes.txt").write_text("no picture")
    (folder / "broken.png").symlink_to("gone.png")
    (folder / "linked.png").symlink_to("a.png")
    os.mkfifo(folder / "pipe.png")
    assert aiart("translate", "m.npz", folder, "-o", tmp_path / "out") == 0
    assert capsys.readouterr().out.splitlines()[1:] == [
        f"{folder}: passed over folders with 2 pictures, which are translated when the folder is named (2: more, "
        "old.png), files that are no pictures (1: notes.txt), links or devices that lead to no file (2: broken.png, "
        "pipe.png).",
        f"{tmp_path / 'out'}: 2 pictures, b_to_a",
    ]
    assert sorted(path.name for path in (tmp_path / "out").iterdir()) == ["a.png", "linked.png"]


def test_a_folder_of_folders_says_what_to_name(tmp_path, stub, capsys):
    stub("b_to_a")
    write_image(tmp_path / "in" / "more" / "c.png", picture(8, 8))
    assert aiart("translate", "m.npz", tmp_path / "in", "-o", tmp_path / "out") == 1
    assert "in: holds no pictures but folders with 1 pictures, which are translated" in capsys.readouterr().err


def test_a_translation_that_is_stopped_keeps_what_it_made(tmp_path, stub, capsys, monkeypatch):
    stub("b_to_a")
    for name in "abcd":
        write_image(tmp_path / "in" / f"{name}.png", picture(8, 8))
    read = []

    def reading(path, **options):
        read.append(path)
        if len(read) == 2:
            os.kill(os.getpid(), signal.SIGTERM)
        return read_photograph(path, **options)

    monkeypatch.setattr(translate, "read_photograph", reading)
    assert aiart("translate", "m.npz", tmp_path / "in", "-o", tmp_path / "out") == 143
    assert sorted(path.name for path in (tmp_path / "out").iterdir()) == ["a.png", "b.png"]
    sentence = "stopped by SIGTERM; 2 of 4 pictures were looked at, the rest is left out.\n"
    assert capsys.readouterr().err == f"aiart translate: {sentence}"


def test_outputs_are_looked_at_before_the_first_picture(tmp_path, stub, capsys):
    stub("b_to_a")
    write_image(tmp_path / "one.png", picture(8, 8))
    (tmp_path / "out" / "one.png").mkdir(parents=True)
    assert aiart("translate", "m.npz", tmp_path / "one.png", "-o", tmp_path / "out") == 1
    out, err = capsys.readouterr()
    assert out == ""
    assert "one.png: is a folder" in err


def test_a_translation_says_what_it_was_made_of(tmp_path, stub):
    stub("b_to_a")
    write_image(tmp_path / "one.png", picture(8, 8))
    assert aiart("translate", tmp_path / "m.npz", tmp_path / "one.png", "-o", tmp_path / "out") == 0
    made = json.loads(read_metadata(tmp_path / "out" / "one.png")["aiart"])["made_of"]
    assert made == {
        part: {"name": name, "sha256": sha256((tmp_path / name).read_bytes()).hexdigest()}
        for part, name in (("model", "m.npz"), ("picture", "one.png"))
    }


def test_pictures_are_found_sorted_and_once(tmp_path):
    for name in ("b.png", "a.JPG", ".hidden.png", "c.txt"):
        (tmp_path / name).touch()
    found, passed_over = picture_files([str(tmp_path / "b.png"), str(tmp_path)], "translated")
    assert passed_over == [f"{tmp_path}: passed over files that are no pictures (1: c.txt)."]
    assert [path.name for path in found] == ["b.png", "a.JPG"]
    with pytest.raises(UserError, match=r"none\.png: no such file"):
        picture_files([str(tmp_path / "none.png")], "translated")
    (tmp_path / "empty").mkdir()
    with pytest.raises(UserError, match=r"empty: holds no pictures"):
        picture_files([str(tmp_path / "empty")], "translated")


def test_outputs_collide_with_nothing(tmp_path):
    one, other = Path("x/house.jpg"), Path("y/House.png")
    with pytest.raises(UserError, match=r"x/house\.jpg and y/House\.png: would both be written to"):
        output_files([one, other], tmp_path)
    source = tmp_path / "photo.png"
    source.touch()
    with pytest.raises(UserError, match=r"photo\.png: would overwrite a picture that is read"):
        output_files([source], tmp_path)
    # Not even one that is translated later, through another spelling of the folder.
    with pytest.raises(UserError, match="would overwrite"):
        output_files([Path("x/photo.jpg"), tmp_path / "out" / ".." / "photo.png"], tmp_path)
    with pytest.raises(UserError, match=r"photo\.png: is a file, but pictures are written into a folder"):
        output_files([one], source)
    with pytest.raises(UserError, match=r"out\.png: is the name of a picture, but pictures are written into a folder"):
        output_files([one], tmp_path / "out.png")
    assert output_files([one], tmp_path) == {one: tmp_path / "house.png"}


def test_a_translation_is_repeated_with_the_noise_of_its_own_name(stub, monkeypatch):
    stub("b_to_a")
    monkeypatch.setattr("sys.argv", ["aiart"])
    write_image("photo.png", picture(20, 30))
    assert aiart("translate", "m.npz", "photo.png", "-o", "out", "--side", 40, "--seed", 3) == 0
    Path("photo.png").rename("renamed.png")
    assert aiart("repeat", "out/photo.png", "--check", "-o", "again.png") == 0
    assert Path("again.png").read_bytes() == Path("out/photo.png").read_bytes()
    assert aiart("repeat", "out/photo.png", "--no-dropout", "--side", 20, "-o", "smooth.png") == 0
    with Image.open("smooth.png") as made:
        assert max(made.size) == 20
    assert json.loads(read_metadata("smooth.png")["aiart"])["translate"]["dropout"] is False
    assert aiart("repeat", "smooth.png", "--dropout", "--side", 40, "-o", "rough.png") == 0
    np.testing.assert_array_equal(read_image("rough.png"), read_image("out/photo.png"))


def test_a_translation_is_not_repeated_by_another_model(stub, capsys):
    stub("b_to_a")
    write_image("photo.png", picture(20, 30))
    assert aiart("translate", "m.npz", "photo.png", "-o", "out") == 0
    Path("m.npz").write_text("another model")
    assert aiart("repeat", "out/photo.png", "--check") == 1
    assert "only another version of it, m.npz; put it there, or name a file by --model." in capsys.readouterr().err


def test_a_picture_in_tiles_says_so_and_is_repeated(stub, capsys):
    stub("b_to_a")
    write_image("photo.png", picture(150, 210))
    whole = ["translate", "m.npz", "photo.png", "--no-dropout", "-o"]
    assert aiart(*whole, "whole") == 0
    assert aiart(*whole, "out", "--tile", 100, "--bits", 16) == 0
    done = "6 tiles of 96 pixels, by the statistics of a copy of 96 pixels"
    assert f"out/photo.png: an approximation in {done}." in capsys.readouterr().out
    said = json.loads(read_metadata("out/photo.png")["aiart"])["translate"]
    assert (said["tile"], said["bits"], said["approximation"]) == (96, 16, done)
    np.testing.assert_allclose(read_image("out/photo.png"), read_image("whole/photo.png"), atol=1)
    assert aiart("repeat", "out/photo.png", "--check") == 0
    assert aiart("repeat", "whole/photo.png", "--tile", 96, "--bits", 16, "-o", "again.png") == 0
    assert Path("again.png").read_bytes() == Path("out/photo.png").read_bytes()


def test_records_of_before_there_were_tiles_are_repeated(stub):
    stub("b_to_a")
    write_image("photo.png", picture(20, 30))
    assert aiart("translate", "m.npz", "photo.png", "-o", "out") == 0
    record = json.loads(read_metadata("out/photo.png")["aiart"])
    for name in ("tile", "bits", "keep_profile"):
        del record["translate"][name]
    write_image("old.png", read_image("out/photo.png"), metadata={"aiart": json.dumps(record)})
    assert aiart("repeat", "old.png", "-o", "new.png") == 0
    assert Path("new.png").read_bytes() == Path("out/photo.png").read_bytes()


def test_a_translation_keeps_the_profile(tmp_path, stub):
    stub("b_to_a")
    Image.fromarray(picture(20, 30).astype(np.uint8)).save("wide.png", icc_profile=swapped_profile())
    assert aiart("translate", "m.npz", "wide.png", "-o", "out", "--keep-profile", "true", "--no-dropout") == 0
    assert kept_profile("out/wide.png") == swapped_profile()
    np.testing.assert_allclose(np.asarray(Image.open("out/wide.png")), 255 - np.asarray(Image.open("wide.png")), atol=1)
    assert aiart("repeat", "out/wide.png", "--check") == 0


def test_tiles_of_a_model_with_dropout_are_refused(stub, capsys):
    stub("b_to_a")
    write_image("photo.png", picture(150, 210))
    assert aiart("translate", "m.npz", "photo.png", "-o", "out", "--tile", 96) == 1
    assert capsys.readouterr().err.endswith(
        "photo.png: tiles: the dropout of this model would differ from tile to tile; add --no-dropout.\n"
    )


@pytest.mark.parametrize("tile", ["63", "16385", "all"])
def test_a_side_of_tiles_has_bounds_or_is_auto(stub, capsys, tile):
    assert aiart("translate", "m.npz", "photo.png", "-o", "out", "--tile", tile) == 2
    assert f"{tile} is no whole number from 64 to 16,384; give one or auto" in capsys.readouterr().err
