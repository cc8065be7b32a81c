"""Snakemake's report in a browser, as one file and as an archive, with the album of all results in it."""

from __future__ import annotations

import json
import re
import shutil
import zipfile
from pathlib import Path

import pytest
from helpers.browser import look, shown_on, wait_for
from helpers.checkout import TINY_PARAMS, copy_checkout

pytestmark = pytest.mark.slow
# Without trainings, and two pictures that are told apart.
PARAMS = re.sub(r"pix2pix:\n.*?(?=^style_transfer)", "pix2pix: {}\n", TINY_PARAMS, flags=re.DOTALL | re.MULTILINE)
PARAMS = PARAMS.replace("[0, 2e-05]", "[0, 1e9]")


@pytest.fixture(scope="module")
def reports(webdriver, tmp_path_factory) -> dict[str, Path]:
    """Both kinds, of a painted gallery that has been removed since."""
    checkout = copy_checkout(tmp_path_factory.mktemp("checkout"), PARAMS)
    checkout.snakemake()
    folder = tmp_path_factory.mktemp("reports")
    for name in ("report.html", "report.zip"):
        checkout.run("snakemake", "--report", str(folder / name))
    shutil.rmtree(checkout.folder)
    with zipfile.ZipFile(folder / "report.zip") as archive:
        archive.extractall(folder)
    return {"html": folder / "report.html", "zip": folder / "report/report.html"}


@pytest.mark.parametrize("kind", ["html", "zip"])
def test_a_report_shows_the_album_of_all_results(chromium, reports, kind):
    chromium.get_log("performance")
    look(chromium, 1280)
    chromium.get(reports[kind].as_uri())

    def click(css: str, text: str = "") -> None:
        found = wait_for(lambda: [e for e in chromium.find_elements("css selector", css) if text in e.text])
        found[0].click()

    click("a, button", "All results")
    click("main a[href='#'], td a, button")
    frame = wait_for(lambda: chromium.find_elements("css selector", "iframe"))[0]
    chromium.switch_to.frame(frame)
    try:
        wait_for(lambda: len(chromium.find_elements("css selector", ".lines .cell")) == 2)
        image = wait_for(lambda: shown_on(chromium, ".big img"))
        before = image.get_attribute("src")
        chromium.find_element("css selector", ".big input[type=range]").send_keys("\ue014")
        assert image.get_attribute("src") != before
        assert wait_for(lambda: shown_on(chromium, ".lines .cell img"))
    finally:
        chromium.switch_to.default_content()
    events = [json.loads(entry["message"])["message"] for entry in chromium.get_log("performance")]
    asked = [e["params"]["request"]["url"] for e in events if e["method"] == "Network.requestWillBeSent"]
    assert [url for url in asked if not url.startswith(("file:", "data:", "blob:"))] == []
