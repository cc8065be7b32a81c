"""A real Chromium, of Debian, that can reach no host."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from helpers.browser import look
from helpers.results import make_page


@pytest.fixture(scope="session")
def webdriver():
    found = pytest.importorskip("selenium.webdriver", reason="needs `pip install -e .[browser]`")
    for program in ("chromium", "chromedriver"):
        if not shutil.which(program):
            pytest.skip(f"needs {program}: apt-get install chromium chromium-driver")
    return found


@pytest.fixture(scope="session")
def results(tmp_path_factory) -> Path:
    return make_page(tmp_path_factory.mktemp("gallery"))


@pytest.fixture(scope="session")
def chromium(webdriver):
    options = webdriver.ChromeOptions()
    options.binary_location = shutil.which("chromium")
    for argument in ("headless=new", "no-sandbox", "disable-gpu", "force-device-scale-factor=1"):
        options.add_argument(f"--{argument}")
    options.add_argument("--host-resolver-rules=MAP * ~NOTFOUND")
    options.set_capability("goog:loggingPrefs", {"browser": "ALL", "performance": "ALL"})
    service = webdriver.ChromeService(shutil.which("chromedriver"))
    driver = webdriver.Chrome(options=options, service=service)
    yield driver
    driver.quit()


@pytest.fixture
def page(chromium, results):
    """The page, opened anew, 1,280 pixels wide. Whatever it did, it wrote no error."""
    chromium.get_log("performance")
    look(chromium, 1280)
    chromium.get((results / "index.html").as_uri())
    yield chromium
    assert chromium.get_log("browser") == []
