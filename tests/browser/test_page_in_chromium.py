"""The page of results in a browser, by mouse and by keyboard, from file:// with no host to be reached."""

from __future__ import annotations

import io
import json
import re
import shutil
import time

import numpy as np
import pytest
from helpers.browser import look, shown_on, wait_for
from PIL import Image
from PIL.PngImagePlugin import PngInfo

from aiart.images import read_metadata
from aiart.params.merge import load_params
from aiart.params.recipes import COMMANDS, command_line, params_block
from aiart.params.sweeps import derive_seed

ActionChains = pytest.importorskip("selenium.webdriver", reason="needs `pip install -e .[browser]`").ActionChains
pytestmark = pytest.mark.slow


def find(page, css: str) -> list:
    return page.find_elements("css selector", css)


def button(page, text: str, within: str = "body"):
    (found,) = [one for one in find(page, f"{within} button") if one.text == text]
    return found


def pick(select, value: str) -> None:
    select.find_element("css selector", f"option[value='{value}']").click()


def scroll_to(page, css: str) -> None:
    page.execute_script("document.querySelector(arguments[0]).scrollIntoView({behavior: 'instant'})", css)


def pixels(page) -> np.ndarray:
    return np.asarray(Image.open(io.BytesIO(page.get_screenshot_as_png())).convert("RGB"), np.float32)


def settings_of(page, path: str) -> None:
    page.execute_script("details(PICTURES.find((picture) => picture.path === arguments[0]))", path)


def test_it_opens_with_all_pictures_and_asks_no_host(page):
    wait_for(lambda: page.execute_script("return document.images.length > 10 && document.images[0].naturalWidth > 0"))
    events = [json.loads(entry["message"])["message"] for entry in page.get_log("performance")]
    asked = [e["params"]["request"]["url"] for e in events if e["method"] == "Network.requestWillBeSent"]
    assert asked
    assert [url for url in asked if not url.startswith(("file:", "data:"))] == []
    assert len(find(page, ".matrix .cell")) == 6


def test_arrow_keys_move_a_sweeps_sliders_to_another_picture(page):
    figure = find(page, ".big")[0]
    image = figure.find_element("css selector", "img")
    columns, rows = figure.find_elements("css selector", "input[type=range]")
    before = wait_for(lambda: image.get_attribute("src"))
    columns.send_keys("\ue014")
    columns.send_keys("\ue014")
    rows.send_keys("\ue014")
    after = image.get_attribute("src")
    assert before != after
    assert "learning_rate%3D20_style_weight%3D1e7" in after
    assert (columns.get_attribute("aria-valuetext"), rows.get_attribute("aria-valuetext")) == ("1e7", "20")


def test_two_cells_are_compared_by_slider_blink_difference_and_side_by_side(page):
    first, second = find(page, ".matrix .cell")[:2]
    first.send_keys("\ue007")
    assert first.get_attribute("aria-pressed") == "true"
    assert find(page, "#tray")[0].text.split("\n")[1:] == ["Compare with input", "Settings", "Clear"]
    second.click()
    slider = wait_for(lambda: find(page, "dialog[open] img-comparison-slider.rendered"))[0]
    assert "style_weight" in find(page, "dialog tbody")[0].text
    before = slider.get_attribute("aria-valuenow")
    page.execute_script("arguments[0].focus()", slider)
    ActionChains(page).key_down("\ue014").pause(0.5).key_up("\ue014").perform()
    wait_for(lambda: slider.get_attribute("aria-valuenow") != before)
    button(page, "Difference", "dialog").click()
    (two,) = find(page, "dialog img.two")
    assert two.value_of_css_property("mix-blend-mode") == "difference"
    button(page, "Blink", "dialog").click()
    (two,) = find(page, "dialog img.two")
    shown = two.get_attribute("hidden")
    wait_for(lambda: two.get_attribute("hidden") != shown)
    button(page, "Side by side", "dialog").click()
    find(page, "dialog [aria-label='Zoom in']")[0].click()
    transforms = {pan.value_of_css_property("transform") for pan in find(page, "dialog .pan")}
    assert len(find(page, "dialog .pan")) == 2
    assert len(transforms) == 1 and "1.5" in transforms.pop()


def test_whoever_wants_no_motion_swaps_by_hand(page):
    look(page, 1280, still=True)
    page.execute_script("compare(PICTURES[0], PICTURES[1])")
    button(page, "Blink", "dialog").click()
    (two,) = find(page, "dialog img.two")
    before = two.get_attribute("hidden")
    time.sleep(1)
    assert two.get_attribute("hidden") == before
    button(page, "Swap by hand", "dialog").click()
    assert two.get_attribute("hidden") != before


def test_a_picture_is_compared_with_its_input(page):
    settings_of(page, "pictures/alone")
    wait_for(lambda: find(page, "dialog img-comparison-slider.rendered"))
    sources = [image.get_attribute("src") for image in find(page, "dialog img-comparison-slider img")]
    assert "data/photographs/astronaut.png" in sources[0]
    assert "pictures/alone.png" in sources[1]
    assert len(find(page, "dialog .chart .curve")) == 1


def drawn(element) -> float:
    """How much a picture on the screen varies; 0 where it is blank."""
    return np.asarray(Image.open(io.BytesIO(element.screenshot_as_png)).convert("L"), np.float32).std()


def test_a_range_reads_the_values_of_a_curve(page):
    settings_of(page, "pictures/alone")
    (curve,) = find(page, "dialog .chart input")
    assert curve.get_attribute("aria-valuetext") == "10 at step 100"
    for _ in range(17):
        curve.send_keys("\ue012")
    assert curve.get_attribute("aria-valuetext") == "1000 at step 1"
    assert find(page, "dialog .chart .mark")[0].get_attribute("points").startswith("0,0 ")


def test_each_translation_is_compared_with_its_input(page):
    settings_of(page, "runs/houses")
    first, second = wait_for(lambda: find(page, "dialog img-comparison-slider.rendered canvas"))
    assert (first.get_attribute("aria-label"), second.get_attribute("aria-label")) == (
        "Input 1 of houses",
        "Translation 1 of houses",
    )
    button(page, "Side by side", "dialog").click()
    wait_for(lambda: min(map(drawn, find(page, "dialog .pan canvas"))) > 10)
    find(page, "dialog input[aria-label='held-out picture']")[0].send_keys("\ue014")
    # In the way that was chosen last.
    labels = [canvas.get_attribute("aria-label") for canvas in find(page, "dialog .pan canvas")]
    assert labels[:2] == ["Input 2 of houses", "Translation 2 of houses"]
    button(page, "Difference", "dialog").click()
    assert find(page, "dialog canvas.two")[0].value_of_css_property("mix-blend-mode") == "difference"


def test_samples_of_a_training_are_a_slider_over_its_steps(page):
    settings_of(page, "runs/houses")
    (steps,) = find(page, "dialog input[aria-label=steps]")
    assert steps.get_attribute("aria-valuetext") == "2,000"
    steps.send_keys("\ue012")
    find(page, "dialog input[aria-label='held-out picture']")[-1].send_keys("\ue014")
    shown = find(page, "dialog .course canvas")
    assert [canvas.get_attribute("aria-label") for canvas in shown] == ["b: input", "b: after 1,000 steps"]
    page.execute_script("arguments[0].scrollIntoView()", shown[0])
    wait_for(lambda: min(map(drawn, find(page, "dialog .course canvas"))) > 10)


def test_a_film_is_a_slider_over_time(page):
    settings_of(page, "animations/zoom")
    (film,), (slider,) = find(page, "dialog .film"), find(page, "dialog input[aria-label=Time]")
    slider.send_keys("\ue014")
    assert film.get_attribute("aria-label").startswith("Frame 2 of 5")
    assert film.value_of_css_property("background-position").startswith("25%")


@pytest.mark.parametrize(
    "path", ["pictures/alone", "animations/zoom", "sweeps/weights/learning_rate=20_style_weight=1e7"]
)
def test_recipes_are_those_of_the_package(page, results, path):
    room = "deep_dream" if path.startswith("animations") else "style_transfer"
    record = json.loads(read_metadata(results / room / f"{path}.png")["aiart"])
    name = path.split("/")[-1]
    settings_of(page, path)
    button(page, "Copy as aiart command", "dialog").click()
    places = {
        file.name: file.relative_to(results.parent).as_posix() for file in (results.parent / "data").rglob("*.png")
    }
    (text,) = find(page, "dialog pre")
    assert text.text == command_line(record, f"{name}.png", lambda named: places[named["name"]])
    button(page, "Copy as block of params.yaml", "dialog").click()
    block = text.get_attribute("textContent")
    assert block == params_block(record, "".join(c if c.isalnum() or c in "_-" else "_" for c in name))
    assert find(page, "dialog [role=status]")[0].get_attribute("textContent") == "The block of params.yaml is copied"
    assert "Copied" in [one.text for one in find(page, "dialog button")]
    wait_for(lambda: [one for one in find(page, "dialog button") if one.text == "Copy as block of params.yaml"])


def test_a_training_can_be_copied_too(page, results):
    """With the dataset and the seed of the workflow."""
    settings_of(page, "runs/houses")
    button(page, "Copy as aiart command", "dialog").click()
    (text,) = find(page, "dialog pre")
    item = load_params(results.parent / "params.yaml").pix2pix.item("runs", "houses")
    made = {
        "train pix2pix": item.model_dump(),
        "made_with": {"seed": derive_seed(1, "pix2pix", "runs", "houses")},
        "made_of": {"dataset": {"name": "synthetic_facades"}},
    }
    assert text.text == command_line(made, "houses.npz", lambda named: f"data/prepared/{named['name']}")
    button(page, "Copy as block of params.yaml", "dialog").click()
    assert text.get_attribute("textContent") == params_block(made, "houses")


def drop(page, path) -> None:
    """Drop a file from the file manager."""
    page.execute_script("document.querySelector('#open').value = ''")
    script = """
        const transfer = new DataTransfer();
        transfer.items.add(document.querySelector('#carrier').files[0]);
        dispatchEvent(new DragEvent('dragover', {dataTransfer: transfer}));
        document.body.dispatchEvent(new DragEvent('drop', {dataTransfer: transfer, bubbles: true, cancelable: true}));
    """
    carrier = "document.body.append(Object.assign(document.createElement('input'), {type: 'file', id: 'carrier'}))"
    page.execute_script(carrier)
    find(page, "#carrier")[0].send_keys(str(path))
    page.execute_script(script)


@pytest.mark.parametrize("kind", ["tEXt", "zTXt", "iTXt", "jpeg"])
def test_a_dropped_picture_says_what_made_it(page, results, tmp_path, kind):
    source = results / "style_transfer/pictures/alone.png"
    text = read_metadata(source)["aiart"]
    file = tmp_path / ("dropped.jpg" if kind == "jpeg" else "dropped.png")
    with Image.open(source) as image:
        if kind == "jpeg":
            image.save(file, comment=json.dumps({"aiart": text}).encode())
        else:
            info = PngInfo()
            if kind == "iTXt":
                info.add_itxt("aiart", text, zip=True)
            else:
                info.add_text("aiart", text, zip=kind == "zTXt")
            image.save(file, pnginfo=info)
    drop(page, file)
    (command,) = wait_for(lambda: find(page, "dialog[open] pre"))
    assert command.text.startswith("aiart stylize data/photographs/astronaut.png data/paintings/ink_wash.png ")
    assert "--style-weight 200000" in command.text
    assert not find(page, "#drop")[0].is_displayed()


def test_a_picture_of_another_program_is_refused_in_a_sentence(page, tmp_path):
    Image.new("RGB", (8, 8)).save(tmp_path / "other.png")
    drop(page, tmp_path / "other.png")
    wait_for(lambda: find(page, "dialog[open] [role=alert]"))
    assert "other.png holds no settings of aiart" in find(page, "dialog [role=alert]")[0].text


def test_filters_filter_and_columns_sort(page):
    scroll_to(page, "#figures")
    wait_for(lambda: find(page, "#figures tbody tr"))

    def rows():
        return [row.text for row in find(page, "#figures tbody tr")]

    assert len(rows()) == 11
    (method,) = [one for one in find(page, "#figures select") if one.get_attribute("value") == ""][:1]
    method.send_keys("Style")
    assert len(rows()) == 7
    labels = find(page, "#figures .filters label")
    (style,) = [label.find_element("css selector", "select") for label in labels if label.text.startswith("style\n")]
    style.send_keys("ink_wash +")
    assert len(rows()) == 1
    button(page, "Show all", "#figures").click()
    scroll_to(page, "#figures thead")
    settings = find(page, "#figures .filters")[0]
    assert settings.text.endswith("Show all") and "false" not in settings.text
    (head,) = find(page, "#figures [data-sort=best_total]")
    head.click()
    assert "100.5" in rows()[0]
    find(page, "#figures [data-sort=best_total]")[0].click()
    assert find(page, "#figures th[aria-sort]")[0].get_attribute("aria-sort") == "descending"
    assert "100.5" in rows()[-1]


def test_everything_is_reached_by_keyboard(page):
    seen = set()
    for _ in range(40):
        ActionChains(page).send_keys("\ue004").perform()
        name, label, ring = page.execute_script(
            "const e = document.activeElement, ring = getComputedStyle(e).outlineStyle;"
            "return [e.tagName, e.ariaLabel || e.textContent, ring]"
        )
        seen.add((name, label.strip()))
        # The label of the file's field has the ring instead of the field.
        assert ring != "none" or name in ("BODY", "INPUT"), (name, label)
    assert {("A", "Style transfer"), ("BUTTON", "Settings"), ("BUTTON", "Choose to compare")} <= seen
    assert ("INPUT", "style_weight") in seen
    page.execute_script("details(PICTURES[0])")
    ActionChains(page).send_keys("\ue00c").perform()
    wait_for(lambda: not find(page, "dialog[open]"))


@pytest.mark.parametrize("dark", [False, True])
@pytest.mark.parametrize("width", [360, 1280, 2560])
def test_axe_finds_nothing_at_any_width_light_or_dark(page, width, dark):
    axe = pytest.importorskip("axe_selenium_python").Axe(page)
    look(page, width, dark=dark)
    axe.inject()
    dialogs = ("details(PICTURES[0])", "details(PICTURES.at(-1))", "compare(PICTURES[0], PICTURES[1])")
    for state in ("", "choose(PICTURES[1])", *dialogs):
        page.execute_script(state)
        scroll_to(page, "#figures")
        wait_for(lambda: find(page, "#figures tbody tr"))
        # What lies behind a dialog is out of reach, which axe does not know.
        violations = axe.run("#dialog" if find(page, "dialog[open]") else None)["violations"]
        found = [(one["id"], [node["html"][:200] for node in one["nodes"]]) for one in violations]
        assert found == [], (state, found)
    assert page.execute_script("return document.documentElement.scrollWidth") <= width


@pytest.mark.parametrize("dark", [False, True])
@pytest.mark.parametrize("width", [360, 1280, 2560])
def test_pictures_are_on_the_screen(page, width, dark):
    look(page, width, dark=dark)
    wait_for(lambda: page.execute_script("return document.images[0].complete"))
    time.sleep(0.3)
    shot = pixels(page)
    assert shot.std(axis=(0, 1)).min() > 10
    assert (shot[5, 5].mean() < 60) == dark


def test_an_album_is_the_page_in_one_file(chromium, results, tmp_path):
    """Wherever it lies, without anything beside it."""
    shutil.copy(results / "album.html", tmp_path)
    chromium.get_log("performance")
    look(chromium, 1280)
    chromium.get((tmp_path / "album.html").as_uri())
    assert "small copies" in find(chromium, ".note")[0].text
    wait_for(lambda: shown_on(chromium, ".matrix .cell img") and shown_on(chromium, ".big img"))
    settings_of(chromium, "pictures/alone")
    assert wait_for(lambda: shown_on(chromium, "dialog img-comparison-slider img[slot=first]"))
    assert find(chromium, "dialog a") == []  # to no file
    settings_of(chromium, "runs/houses")
    assert wait_for(lambda: shown_on(chromium, "dialog .stage img"))
    events = [json.loads(entry["message"])["message"] for entry in chromium.get_log("performance")]
    asked = {e["params"]["request"]["url"] for e in events if e["method"] == "Network.requestWillBeSent"}
    assert {url for url in asked if not url.startswith("data:")} == {(tmp_path / "album.html").as_uri()}
    assert chromium.get_log("browser") == []


def test_a_painting_is_compared_with_the_map_of_its_regions(page):
    settings_of(page, "pictures/alone")
    (choice,) = [one for one in find(page, "dialog select") if "its regions" in one.text]
    assert choice.text.split("\n") == ["astronaut.png", "ink_wash.png", "starry_flow.png", "its regions"]
    choice.send_keys("its")
    first = wait_for(lambda: shown_on(page, "dialog img-comparison-slider img[slot=first]"))
    assert first.get_attribute("src").endswith("results/style_transfer/pictures/alone.regions.png")
    assert first.get_attribute("alt").startswith("Map of the regions of alone")


def test_two_figures_are_set_against_each_other(page):
    scroll_to(page, "#figures")
    points = wait_for(lambda: find(page, "#figures .point"))
    assert len(points) == 11
    up, across = find(page, "#figures [aria-label='Axes of the plot'] select")
    assert (up.get_attribute("value"), across.get_attribute("value")) == (
        "effectiveness_googlenet_slim",
        "cfsd_googlenet_slim",
    )
    pick(up, "best_total")
    # The seventh painting has most, also of what is better fewer: it is where the arrow keys end, on the left.
    (style,) = [one for one in find(page, "#figures .filters select") if "Style transfer" in one.text][:1]
    style.send_keys("Style")
    points = find(page, "#figures .point")
    assert [point.get_attribute("tabindex") for point in points] == ["0"] + ["-1"] * 6
    page.execute_script("arguments[0].focus()", points[-1])
    for _ in range(8):
        ActionChains(page).send_keys("\ue013").perform()
    focused = page.switch_to.active_element
    assert focused == points[0]
    assert "best total 703.5" in focused.get_attribute("aria-label")
    assert "best total 703.5" in find(page, "#figures figcaption")[0].text
    lefts = [float(re.search(r"left: ([\d.]+)%", point.get_attribute("style"))[1]) for point in points]
    assert lefts == sorted(lefts) and lefts[0] == 0 and lefts[-1] == 100
    ActionChains(page).send_keys("\ue007").perform()
    assert wait_for(lambda: find(page, "dialog[open] h2"))[0].text.startswith("Style transfer: ")


def test_a_command_is_copied_for_another_photograph(page):
    # Its photograph is that of other pictures, too.
    settings_of(page, "sweeps/weights/learning_rate=1_style_weight=10000")
    (choice,) = [one for one in find(page, "dialog select") if "as it is" in one.text]
    assert choice.text.split("\n") == ["chelsea.png, as it is", "astronaut.png", "a photograph of yours"]
    settings_of(page, "pictures/alone")
    (text,) = find(page, "dialog pre")
    was = text.text
    (choice,) = [one for one in find(page, "dialog select") if "as it is" in one.text]
    assert choice.text.split("\n") == ["astronaut.png, as it is", "chelsea.png", "a photograph of yours"]
    pick(choice, "yours")
    ours, output = "data/photographs/astronaut.png", "-o alone.png"
    yours = was.replace(ours, "PATH/TO/photograph.jpg").replace(output, "-o photograph_alone.png")
    assert text.text == yours
    button(page, "Copy as block of params.yaml", "dialog").click()
    assert "photograph_alone:\n      content: photograph\n" in text.get_attribute("textContent")
    choice.find_elements("css selector", "option")[1].click()
    assert "chelsea_alone:\n      content: chelsea\n" in text.get_attribute("textContent")
    choice.find_elements("css selector", "option")[0].click()
    button(page, "Copy as aiart command", "dialog").click()
    assert text.text == was


def test_the_figures_of_one_sweep_are_a_click_away(page):
    button(page, "Figures", "#style_transfer .big").click()
    rows = wait_for(lambda: find(page, "#figures tbody tr"))
    assert len(rows) == len(find(page, "#figures .point")) == 6
    assert find(page, "#figures [role=status]")[0].text == "6 of 11 results"
    time.sleep(0.3)  # whatever is drawn when it comes near
    assert page.switch_to.active_element.tag_name == "select" and find(page, "#figures tbody tr") == rows
    (folder,) = [one for one in find(page, "#figures .filters select") if "sweeps/weights" in one.text]
    assert folder.get_attribute("value") == "style_transfer/sweeps/weights"


NUMBERS = [0, -0.0, 1, 1.0, 2.5, 1e-4, 1e-5, 1.5e-7, 5e-324, 0.1 + 0.2, 1e6, 123456.75, 2**53 - 1, 1e16, 1.5e18, 1e22]
TEXTS = [
    "adam",
    "null",
    "True",
    "on",
    "1e3",
    "a b",
    "it's",
    "ä",
    "名",
    "x-y",
    "",
    "#0072b2",
    "\u2028",
    "\x7f",
    "\U0001f600",
]
OTHERS = [None, True, False, [], {}, [1, 2.0, "x"], {"b": 1e-6, "a": [None, "y"]}, {"Z": 4, "ä": 3, "z": [[]]}]


def test_the_pages_recipes_are_those_of_the_command_line(page):
    """Whatever a record of a picture from elsewhere holds."""
    records = []
    for command, known in COMMANDS.items():
        names = [name for name in known.settings.model_fields if name != known.frames]
        for number, value in enumerate([*NUMBERS, *TEXTS, *OTHERS]):
            settings = {
                names[number % len(names)]: value,
                names[(number + 3) % len(names)]: "x",
                known.frames: number % 3,
            }
            made_of = {part: {"name": f"{part} {number}.png", "sha256": "0"} for part in known.inputs}
            records.append({command: settings, "made_with": {"seed": number, "threads": 2}, "made_of": made_of})
    script = "return JSON.parse(arguments[0]).map((one) => [commandLine(one, 'a.b.png'), paramsBlock(one, 'x')])"
    ours = page.execute_script(script, json.dumps(records))
    assert ours == [[command_line(record, "a.b.png"), params_block(record, "x")] for record in records]
