import json
import re
import shlex
import subprocess
import sys
from dataclasses import astuple
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from helpers.names import VGG_LAYERS
from PIL import Image

from aiart import __version__
from aiart.cli import COMMANDS
from aiart.images import read_image, read_metadata, write_image
from aiart.params.feature_networks import NETWORKS
from aiart.params.merge import load_params
from aiart.params.root import ROOMS
from aiart.params.schema import params_schema
from aiart.translation.methods import METHODS


@pytest.fixture
def files(tmp_path, monkeypatch, scene):
    """A folder with a photograph and a painting, which is the working directory."""
    monkeypatch.chdir(tmp_path)
    write_image("photo.png", scene(36, 48, 1))
    write_image("painting.jpg", scene(40, 40, 2))
    return tmp_path


# The command line itself


def test_help_names_every_command_with_what_it_does(aiart):
    status, out, _ = aiart("--help")
    assert status == 0
    words = " ".join(out.split())
    for name, summary in COMMANDS.items():
        assert f"{name} {summary}" in words
    assert aiart("--version")[:2] == (0, f"aiart {__version__}\n")


@pytest.mark.parametrize("command", ["stylize", "picture", "grid", "curves", "networks", "distill", "params"])
def test_every_command_explains_itself(aiart, command):
    status, out, err = aiart(command, "--help")
    assert status == 0
    assert err == ""
    assert COMMANDS[command] in " ".join(out.split())


def test_help_of_stylize_says_what_every_setting_means(aiart):
    from aiart.params.style_transfer import StyleTransfer

    words = " ".join(aiart("stylize", "--help")[1].split()).replace("- ", "-")
    for name, field in StyleTransfer.model_fields.items():
        assert f"--{name.replace('_', '-')} VALUE" in words
        first_words = " ".join(field.description.split()[:2])
        assert first_words in words, name


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ([], "the following arguments are required: COMMAND"),
        (["stylise"], "invalid choice: 'stylise'"),
        (["stylize", "photo.png", "-o", "out.png"], "the following arguments are required: style"),
        (["stylize", "a.png", "b.png", "-o", "c.png", "--seed", "-1"], "argument --seed: -1 is no whole number from 0"),
        (["stylize", "a.png", "b.png", "-o", "c.png", "--iteration-count", "3"], "unrecognized arguments: --iteration"),
        (["networks", "--layers", "vgg16"], "argument --layers: invalid choice: 'vgg16'"),
    ],
)
def test_wrong_usage_exits_with_2(aiart, arguments, message):
    status, out, err = aiart(*arguments)
    assert status == 2
    assert out == ""
    assert message in err


# stylize


def test_stylize_from_end_to_end(files):
    command = [
        "stylize", "photo.png", "painting.jpg", "-o", "made/out.png", "--animation", "made/out.gif",
        "--history", "made/out.csv", "--metrics", "made/out.json", "--timings", "made/timings.json",
        "--iterations", "5", "--snapshot-every", "3", "--style-weight", "1e5", "--gram-normalization", "relative",
        "--style-layers", "[conv1_1, conv2_1]", "--seed", "7", "--threads", "1", "--gpus", "0",
        "--settings", '{"init_noise": 0.25, "style_weight": 3}',
    ]  # fmt: skip

    def run(arguments):
        done = subprocess.run(
            [sys.executable, "-m", "aiart", *arguments], cwd=files, capture_output=True, text=True, timeout=300
        )
        assert done.returncode == 0, done.stderr
        # Not even TensorFlow's own start-up lines.
        assert done.stderr == ""
        return done.stdout.splitlines()

    first, last = run(command)
    assert shlex.split(first) == ["aiart", *command]
    assert last.startswith("made/out.png: ")
    assert last.endswith(" MB, vgg19_slim in float32")

    from aiart.networks.precision import instructions

    content, painted = read_image("photo.png"), read_image("made/out.png")
    assert painted.shape == content.shape == (36, 48, 3)
    assert np.abs(painted - content).mean() > 5
    said = json.loads(read_metadata("made/out.png")["aiart"])
    assert said["stylize"]["style_layers"] == ["conv1_1", "conv2_1"]
    assert said["stylize"]["style_weight"] == 100000  # the option wins over --settings
    assert said["stylize"]["init_noise"] == 0.25
    assert said["made_with"] == {
        "aiart": __version__,
        "instructions": instructions("float32"),
        "lbfgs_pairs": 20,
        "precision": "float32",
        "seed": 7,
        "tensorflow": said["made_with"]["tensorflow"],
        "threads": 1,
    }
    assert said["made_with"]["tensorflow"][0].isdigit()

    history = pd.read_csv("made/out.csv")
    assert list(history.columns) == ["level", "evaluation", "total", "content", "style", "tv"]
    assert history.evaluation.tolist() == [1, 2, 3, 4, 5]
    assert history.total.min() < history.total[0]
    metrics = json.loads((files / "made" / "out.json").read_text())
    assert metrics["measured"]["best_total"] == pytest.approx(history.total.min())
    assert {"effectiveness", "effectiveness_googlenet_slim", "cfsd", "colour_distance"} <= set(metrics["measured"])
    assert set(metrics["measured"]["layers"]) >= {"conv1_1", "conv1_googlenet_slim"}
    assert metrics["settings"]["iterations"] == 5
    assert metrics["made_with"] == said["made_with"]
    timings = json.loads((files / "made" / "timings.json").read_text())
    assert len(timings["seconds"]) == 5
    with Image.open("made/out.gif") as film:
        assert (film.n_frames, film.size) == (3, (48, 36))

    names = ("out.png", "out.gif", "out.csv", "out.json")
    before = {name: (files / "made" / name).read_bytes() for name in names}
    for name in names:
        (files / "made" / name).unlink()
    run(shlex.split(first)[1:])
    for name in names:
        assert (files / "made" / name).read_bytes() == before[name], name


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (["--content-layers", "mixed4"], f"settings: content_layers: mixed4 is no layer; layers are {VGG_LAYERS}."),
        (
            ["--style-layers", "[conv1_1, conv31]"],
            f"settings: style_layers: conv31 is no layer; did you mean conv3_1? layers are {VGG_LAYERS}.",
        ),
        (["--optimizer", "sgd"], "settings: optimizer is 'sgd', but: input should be 'lbfgs' or 'adam'."),
        (
            ["--iterations", "many"],
            "settings: iterations is 'many', but: input should be a valid integer, unable to parse string as an "
            "integer.",
        ),
        (["--style-layers", "[conv1_1"], "--style-layers: '[conv1_1' is not a value; write it as in params.yaml."),
        (
            ["--settings", "{no"],
            "--settings: is not JSON (Expecting property name enclosed in double quotes: line 1 column 2 (char 1)); "
            "quote it as one argument.",
        ),
        (["--settings", "[1]"], "--settings: holds list, not an object of settings; write {…}."),
        (
            ["--animation", "film.gif"],
            "settings: snapshot_every is 0, so that there are no frames; set it to the evaluations between two.",
        ),
        (
            ["--animation", "film.mp4", "--snapshot-every", "2"],
            "film.mp4: cannot be written; use a name that ends in .gif or .webp.",
        ),
        (
            ["--init", "picture"],
            "settings: init picture and a file to start from (--init-picture) go together; give both or neither.",
        ),
        (
            ["--init-picture", "photo.png"],
            "settings: init picture and a file to start from (--init-picture) go together; give both or neither.",
        ),
        (["--init", "picture", "--init-picture", "none.png"], "none.png: no such file; check the path."),
        (
            ["-o", "out.bmp"],
            "out.bmp: cannot be written; use a name that ends in .png or .jpg or .jpeg or .tif or .tiff.",
        ),
        (
            ["--style-weight", "0", "--content-weight", "0", "--tv-weight", "0"],
            "settings: content_weight, style_weight and tv_weight are all zero; make at least one larger.",
        ),
    ],
)
def test_bad_options_of_stylize(aiart, files, options, message):
    before = sorted(path.name for path in files.iterdir())
    assert aiart("stylize", "photo.png", "painting.jpg", "-o", "out.png", *options) == (
        1,
        "",
        f"aiart stylize: {message}\n",
    )
    assert sorted(path.name for path in files.iterdir()) == before


def test_bad_files_of_stylize(aiart, files):
    (files / "empty.png").write_bytes(b"")
    (files / "words.jpg").write_text("no picture")
    for arguments, message in (
        (("none.png", "painting.jpg"), "none.png: no such file; check the path."),
        (("photo.png", "painting.jpg", "none.png"), "none.png: no such file; check the path."),
        (("empty.png", "painting.jpg"), "empty.png: is empty (0 bytes); copy or download the picture again."),
        (
            (".", "painting.jpg"),
            "out.png: is the name of a picture, but pictures are written into a folder; name a folder.",
        ),
        (
            ("photo.png", "words.jpg"),
            "words.jpg: is not a picture that can be read; give a JPEG, PNG, GIF, BMP, PPM, TIFF or WebP file.",
        ),
    ):
        assert aiart("stylize", *arguments, "-o", "out.png") == (1, "", f"aiart stylize: {message}\n")


def test_what_only_the_network_can_tell(aiart, files, scene):
    command = ["stylize", "photo.png", "painting.jpg", "-o", "out.png"]
    status, out, err = aiart(*command, "--network", "vgg19", "--weights", "none.h5")
    assert (status, out) == (1, shlex.join(["aiart", *command, "--network", "vgg19", "--weights", "none.h5"]) + "\n")
    assert err == "aiart stylize: none.h5: no such weights file; give the path of an .h5, .npz or .safetensors file.\n"
    write_image("strip.png", scene(10, 48, 1))
    status, _, err = aiart("stylize", "strip.png", "painting.jpg", "-o", "out.png", "--iterations", "1")
    assert status == 1
    assert err.splitlines()[-1] == (
        "aiart stylize: A picture is 48×10 pixels at its size in the network, which needs at least 16 on the shorter "
        "side; raise long_side or style_scale, or use a larger picture."
    )
    assert not (files / "out.png").exists()


def test_an_estimate_paints_nothing(aiart, files):
    status, out, _ = aiart("stylize", "photo.png", "painting.jpg", "-o", "out.png", "--estimate")
    assert status == 0
    assert out.splitlines()[-1].startswith("48×36 pixels: about ")
    assert not (files / "out.png").exists()


def test_distill_refuses_file_names_before_it_trains(aiart):
    for output, state, said in (
        ("w.h5", "s.npz", "w.h5: cannot be written; use a name that ends in .npz or .safetensors."),
        ("w.npz", "state", "state: cannot be written; use a name that ends in .npz."),
    ):
        status, _, err = aiart("distill", "-o", output, "--state", state)
        assert (status, err) == (1, f"aiart distill: {said}\n")


# networks and params


def test_networks_are_listed_with_their_weights(aiart, files):
    status, out, _ = aiart("networks")
    assert status == 0
    lines = out.splitlines()
    assert [line.split(":")[0] for line in lines if not line.startswith((" ", "aiart"))] == list(NETWORKS)
    assert lines[1].startswith("  16 layers, conv1_1 … conv5_4; weights: ")
    assert re.search(r"vgg19_slim\.npz \([12]\.\d MB\)$", lines[1])
    assert lines[5] == (
        "  layers by default: Deep Dream inception_4c; losses of trainings conv1 conv2 inception_3a; "
        "KID and FID inception_4e"
    )
    assert lines[7] == (
        "  16 layers, conv1_1 … conv5_4; weights: absent; "
        "`aiart fetch weights vgg19 -o data/weights/vgg19.h5` downloads them"
    )
    assert lines[8] == (
        "  layers by default: style transfer conv3_2 and conv1_1 conv2_1 conv3_1 conv4_1 conv5_1; Deep Dream conv4_3; "
        "losses of trainings conv1_2 conv2_2 conv3_2; KID and FID conv4_3"
    )
    assert lines[11] == "  layers by default: Deep Dream mixed4; KID and FID mixed10"
    (files / "data" / "weights").mkdir(parents=True)
    (files / "data" / "weights" / "vgg19.h5").write_bytes(bytes(1_500_000))
    assert aiart("networks")[1].splitlines()[7].endswith("weights: data/weights/vgg19.h5 (1.5 MB)")


@pytest.mark.parametrize("network", ["vgg19", "vgg19_slim"])
def test_the_layers_of_a_network_are_listed(aiart, network):
    status, out, _ = aiart("networks", "--layers", network)
    assert status == 0
    lines = [line.split(maxsplit=4) for line in out.splitlines()[1:]]
    assert [line[4] for line in lines if len(line) == 5] == list(NETWORKS[network].learned_from)
    rows = [(name, *map(int, numbers[:3])) for name, *numbers in lines]
    assert rows == [astuple(layer) for layer in NETWORKS[network].layers]
    assert rows[4] == ("conv3_1", {"vgg19": 256, "vgg19_slim": 64}[network], 4, 24)


def test_params_are_checked(aiart, root, tmp_path):
    path = root / "params.yaml"
    status, out, err = aiart("params", path)
    params = load_params(path)
    assert (status, err) == (0, "")
    assert {"style_transfer", "deep_dream", "pix2pix", "cyclegan"} <= set(params.rooms)
    for (key, room), line in zip(params.rooms.items(), out.splitlines(), strict=True):
        cells = sum(len(s.column_labels) * max(len(s.row_labels), 1) for s in room.sweeps.values())
        single = [f"{len(getattr(room, kind))} {kind}" for kind in room.kinds]
        assert line == f"{path}: {key}: {', '.join([*single, f'{len(room.sweeps)} sweeps of {cells} cells'])}"


def test_the_schema_is_printed(aiart):
    status, out, _ = aiart("params", "--schema")
    assert status == 0
    assert json.loads(out) == params_schema()


def test_without_a_params_file_the_path_is_named(aiart, files):
    assert aiart("params") == (
        1,
        "",
        "aiart params: params.yaml: no such file; give the path of a params file.\n",
    )


# grid


COLOURS = {"red": (200, 0, 0), "green": (0, 200, 0), "blue": (0, 0, 200), "olive": (200, 200, 0), "pink": (255, 0, 200)}


@pytest.fixture
def cells(files):
    """One flat picture and one metrics file for each of COLOURS."""
    for index, (name, colour) in enumerate(COLOURS.items()):
        write_image(f"{name}.png", np.full((40, 40, 3), colour, np.float32))
        (files / f"{name}.json").write_text(json.dumps({"measured": {"best_total": index + 0.5, "evaluations": 3}}))
    return files


def place(grid, name):
    """Centre (row, column) of the pixels of one colour, and how many there are."""
    rows, columns = np.nonzero((np.abs(grid - COLOURS[name]) < 2).all(axis=-1))
    assert len(rows) > 0, name
    return rows.mean(), columns.mean(), len(rows)


def test_grid_puts_the_cells_where_they_belong(aiart, cells):
    command = [
        "grid", "red.png", "green.png", "blue.png", "olive.png", "-o", "grid.png", "--cell-side", "40",
        "--columns", "[low, high]", "--rows", "[first, second]", "--column-title", "tv_weight",
        "--row-title", "style", "--metrics", "red.json", "green.json", "blue.json", "olive.json",
        "--table", "grid.csv", "--title", "Weights", "--first", "pink.png", "--first-label", "the photograph",
    ]  # fmt: skip
    status, out, err = aiart(*command)
    assert (status, err) == (0, "")
    assert shlex.split(out.splitlines()[0]) == ["aiart", *command]
    grid = read_image("grid.png")
    red, green, blue, olive, pink = (place(grid, name) for name in COLOURS)
    assert red[0] == green[0] == pink[0] < blue[0] == olive[0]
    assert pink[1] < red[1] == blue[1] < green[1] == olive[1]
    assert len({cell[2] for cell in (red, green, blue, olive, pink)}) == 1
    assert red[2] >= 40 * 40
    table = pd.read_csv("grid.csv")
    assert table.to_dict("list") == {
        "style": ["first", "first", "second", "second"],
        "tv_weight": ["low", "high", "low", "high"],
        "best_total": [0.5, 1.5, 2.5, 3.5],
        "evaluations": [3, 3, 3, 3],
    }
    assert read_metadata("grid.png") == {"caption": "", "title": "Weights"}
    before = (cells / "grid.png").read_bytes()
    aiart(*command)
    assert (cells / "grid.png").read_bytes() == before


def test_a_table_keeps_the_setting_when_a_figure_has_its_name(aiart, cells):
    measured = {"layers": {"conv1_1": {"gain": 2.0}}, "gain": 2.0, "octaves": 3}
    (cells / "red.json").write_text(json.dumps({"measured": measured}))
    command = ["grid", "red.png", "-o", "grid.png", "--cell-side", "40", "--columns", "[conv1_1]", "--table", "t.csv"]
    assert aiart(*command, "--metrics", "red.json", "--column-title", "layers")[0] == 0
    assert pd.read_csv("t.csv").to_dict("list") == {"layers": ["conv1_1"], "gain": [2.0], "octaves": [3]}


def test_figures_are_printed_under_the_cells_of_a_grid(aiart, cells):
    names = ["red", "green"]
    (cells / "red.json").write_text(json.dumps({"measured": {"gain": 2.5, "a_to_b": {"kid": 0.25}}}))
    (cells / "green.json").write_text(json.dumps({"measured": {"gain": 1, "a_to_b": {"kid": 0.5}}}))
    command = ["grid", *(f"{name}.png" for name in names), "-o", "grid.png", "--cell-side", "60", "--first", "blue.png"]
    metrics = ["--metrics", *(f"{name}.json" for name in names)]
    assert aiart(*command)[0] == 0
    without = read_image("grid.png")
    assert aiart(*command, *metrics, "--notes", "[gain, a_to_b.kid]")[::2] == (0, "")
    assert len(read_image("grid.png")) > len(without)
    status, _, err = aiart(*command, *metrics, "--notes", "a_to_b.fid")
    assert (status, err) == (
        1,
        "aiart grid: red.json: has no figure a_to_b.fid; choose another (gain), or make it again.\n",
    )
    status, _, err = aiart(*command, "--notes", "gain")
    assert (status, err) == (1, "aiart grid: notes: 0 metrics files for 2 cells; give one for each cell.\n")


def test_a_grid_of_one_axis_is_broken_into_lines(aiart, cells):
    names = list(COLOURS)
    status, _, _ = aiart("grid", *(f"{n}.png" for n in names), "-o", "grid.png", "--cells-per-line", "3",
                         "--cell-side", "40")  # fmt: skip
    assert status == 0
    rows, columns, _ = zip(*(place(read_image("grid.png"), name) for name in names), strict=True)
    assert rows[0] == rows[1] == rows[2] < rows[3] == rows[4]
    assert columns[0] == columns[3] < columns[1] == columns[4] < columns[2]


def test_a_wrong_number_of_pictures_or_metrics_is_told(aiart, cells):
    pictures = ["red.png", "green.png", "blue.png"]
    labels = ["--columns", "[a, b]", "--rows", "[c, d]"]
    status, _, err = aiart("grid", *pictures, "-o", "grid.png", *labels)
    assert (status, err) == (
        1,
        "aiart grid: grid.png: 3 pictures do not fill 2 rows of 2; give one picture for each cell.\n",
    )
    status, _, err = aiart("grid", *pictures, "-o", "grid.png", "--table", "t.csv", "--metrics", "red.json")
    assert (status, err) == (
        1,
        "aiart grid: t.csv: 1 metrics files for 3 cells; give one for each cell.\n",
    )
    assert not (cells / "grid.png").exists()
    assert not (cells / "t.csv").exists()


# curves


@pytest.fixture
def histories(files):
    for name, totals in (("a", [100.0, 10.0, 1.0]), ("b", [50.0, 40.0, 30.0])):
        pd.DataFrame({"evaluation": [1, 2, 3], "total": totals}).to_csv(files / f"{name}.csv", index=False)
        (files / f"{name}.timings.json").write_text(json.dumps({"seconds": [0.5, 1.0, 1.5]}))
    return files


def drawn(path, colour):
    """Number of pixels of one line colour, and the rows they are in."""
    rows = np.nonzero((np.abs(read_image(path) - colour) < 3).all(axis=-1))[0]
    return len(rows), rows


FIRST, SECOND = (0x00, 0x72, 0xB2), (0xD5, 0x5E, 0x00)


def test_curves_draw_one_line_for_each_history(aiart, histories):
    assert aiart("curves", "a.csv", "b.csv", "-o", "both.png", "--labels", "[Adam, L-BFGS]")[::2] == (0, "")
    assert aiart("curves", "a.csv", "-o", "one.png")[::2] == (0, "")
    assert drawn("both.png", FIRST)[0] > 100
    assert drawn("both.png", SECOND)[0] > 100
    assert drawn("one.png", FIRST)[0] > 100
    assert drawn("one.png", SECOND)[0] == 0
    # From 100 to 1 the first falls over the whole plot, the second over an eighth of it on a log axis.
    assert np.ptp(drawn("one.png", FIRST)[1]) > 5 * np.ptp(drawn("both.png", SECOND)[1][-50:])
    before = (histories / "both.png").read_bytes()
    aiart("curves", "a.csv", "b.csv", "-o", "both.png", "--labels", "[Adam, L-BFGS]")
    assert (histories / "both.png").read_bytes() == before


def test_curves_over_time_only_where_there_are_timings(aiart, histories):
    command = ["curves", "a.csv", "b.csv", "-o", "both.png", "--time-output", "time.png", "--timings-folder"]
    status, out, _ = aiart(*command, "elsewhere")
    assert status == 0
    absent = "elsewhere/a.timings.json is absent, so the losses are not plotted over seconds."
    assert out.splitlines()[1:] == [absent]
    assert not (histories / "time.png").exists()
    assert aiart(*command, ".")[0] == 0
    assert drawn("time.png", FIRST)[0] > 100
    assert drawn("time.png", SECOND)[0] > 100


# What the histories of each room hold; a dream's starting picture is timed as well.
COLUMNS = {
    "style_transfer": (["level", "evaluation", "total", "content"], 3),
    "deep_dream": (["octave", "iteration", "objective"], 4),
}
for method, room in METHODS.items():
    COLUMNS[method] = (["step", "epoch", *room.settings_model.loss_names, "validation"], None)


@pytest.mark.parametrize("key", ROOMS)
def test_the_curves_of_every_room_are_drawn(aiart, files, key):
    columns, times = COLUMNS[key]
    values = {column: [1, 2, 3] for column in columns}
    pd.DataFrame(values).to_csv("one.csv", index=False)
    pd.DataFrame({**values, ROOMS[key].curve[1]: [30, 20, 10]}).to_csv("two.csv", index=False)
    if times:
        for name in ("one", "two"):
            Path(f"{name}.timings.json").write_text(json.dumps({"seconds": [0.5 * i for i in range(times)]}))
    names = {"style_transfer": {"content": "cat", "style": "waves"}, "deep_dream": {"picture": "cat"}}
    swept = {"title": "T", "columns": {"long_side": [32, 48]}, "base": names.get(key), "curves": True}
    if key not in names:
        swept |= {"columns": {"epochs": [100, 120]}, "base": {"dataset": "facades"}}
    settings = ROOMS[key](sweeps={"sizes": swept}).curve_settings("sizes")
    over_time = ["--time-output", "time.png", "--timings-folder", "."]
    command = ["curves", "one.csv", "two.csv", "-o", "c.png", *over_time, "--settings", json.dumps(settings)]
    status, _, err = aiart(*command)
    assert (status, err) == (0, "")
    for path in ["c.png", "time.png"] if times else ["c.png"]:
        assert drawn(path, FIRST)[0] > 50 and drawn(path, SECOND)[0] > 50


def test_losses_below_zero_are_drawn_too(aiart, histories):
    assert aiart("curves", "a.csv", "-o", "all.png")[0] == 0
    pd.DataFrame({"evaluation": [1, 2, 3], "total": [-100.0, -10.0, 1.0]}).to_csv("a.csv", index=False)
    assert aiart("curves", "a.csv", "-o", "below.png")[0] == 0
    assert drawn("below.png", FIRST)[0] > 0.8 * drawn("all.png", FIRST)[0]


def test_the_plot_over_time_has_the_column_that_was_asked_for(aiart, histories):
    pd.DataFrame({"evaluation": [1, 2, 3], "total": [1.0, 1.0, 1.0], "tv": [9.0, 3.0, 1.0]}).to_csv(
        "a.csv", index=False
    )
    command = ["curves", "a.csv", "-o", "c.png", "--y", "tv", "--time-output", "time.png", "--timings-folder", "."]
    assert aiart(*command)[0] == 0
    assert np.ptp(drawn("time.png", FIRST)[1]) == pytest.approx(np.ptp(drawn("c.png", FIRST)[1]), abs=3)
    (histories / "a.timings.json").write_text(json.dumps({"seconds": [0.5]}))
    status, _, err = aiart(*command)
    assert (status, err) == (1, "aiart curves: a.timings.json: has 1 times for 3 rows; make both files in one run.\n")


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (["--labels", "[a]"], "labels: 1 for 2 histories; give one for each."),
        (["b.csv"], "labels: b stands for two histories; give --labels, one name for each."),
        (["--time-output", "t.png"], "--time-output needs --timings-folder, where the seconds are; add it."),
        (["--y", "loss"], "a.csv: has no column loss; it has evaluation, total."),
        (["--x", "step"], "a.csv: has no column step; it has evaluation, total."),
        (["none.csv"], "none.csv: there is no such table; make it first."),
    ],
)
def test_bad_curves(aiart, histories, options, message):
    status, _, err = aiart("curves", "a.csv", "b.csv", *options, "-o", "curves.png")
    assert (status, err) == (1, f"aiart curves: {message}\n")
    assert not (histories / "curves.png").exists()
