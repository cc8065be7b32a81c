"""`dvc plots` without the internet: the page that it writes has all that draws it inside (workflow/plots)."""

import re
import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from aiart.images import write_image

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
SAMPLES = "logs/pix2pix/runs/facades/samples"
PLOTS = "plots:\n  - losses.csv:\n      x: step\n      y: value\n"


@pytest.fixture(scope="module")
def page(root, tmp_path_factory) -> str:
    """What `dvc plots show`, called in a folder of a repository with this project's configuration, writes of a curve
    and of the samples of a training."""
    folder = tmp_path_factory.mktemp("repository")
    for name in (".dvc/config", ".dvcignore", "workflow/plots/offline.html"):
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(root / name, folder / name)
    subprocess.run(["git", "init", "-q", folder], check=True)
    (folder / "dvc.yaml").write_text(PLOTS)
    (folder / "losses.csv").write_text("step,value\n1,3.5\n2,2.5\n3,1.5\n")
    for step in (100, 20, 3):
        write_image(folder / SAMPLES / f"{step:07}.png", np.full((8, 8, 3), step, np.uint8))
    (folder / "inside").mkdir()
    dvc = [sys.executable, "-m", "dvc", "plots", "show", "../losses.csv", f"../{SAMPLES}", "-o", "../out"]
    done = subprocess.run(dvc, cwd=folder / "inside", capture_output=True, text=True, timeout=300)
    assert done.returncode == 0, done.stderr
    return str(folder / "out/index.html")


def test_the_page_asks_no_host(page):
    html = Path(page).read_text(encoding="utf-8")
    assert html.count("vegaEmbed('#") == 1
    assert not re.findall(r"""<(?:script|link|img|iframe)[^>]+(?:src|href)\s*=\s*["']?(?:https?:)?//[^>]*""", html)


def test_the_samples_of_a_training_come_in_the_order_of_their_steps(page):
    images = re.findall(r'<img src="(static/[^"]*)"', Path(page).read_text(encoding="utf-8"))
    assert [int(re.search(r"(\d{7})\.png", image)[1]) for image in images] == [3, 20, 100]


@pytest.mark.skipif(CHROMIUM is None, reason="needs Chromium")
def test_chromium_draws_the_curve_without_a_network(page, tmp_path):
    nowhere = ["--host-resolver-rules=MAP * ~NOTFOUND", "--no-sandbox", f"--user-data-dir={tmp_path}"]
    draw = [CHROMIUM, "--headless", "--disable-gpu", *nowhere, "--virtual-time-budget=5000", "--dump-dom"]
    dom = subprocess.run([*draw, f"file://{page}"], capture_output=True, text=True, timeout=120).stdout
    drawn = dom[dom.rindex("<body") :]
    assert re.search(r"<canvas[^>]+class=\"marks\"", drawn) or re.search(r"<svg[^>]+class=\"marks\"", drawn)


def test_the_page_says_whose_code_it_holds(root):
    html = (root / "workflow/plots/offline.html").read_text(encoding="utf-8")
    licences = (root / "workflow/plots/LICENSE.txt").read_text(encoding="utf-8")
    packages = re.findall(r"<!-- (\S+@\S+), BSD-3-Clause", html)
    assert [package.split("@")[0] for package in packages] == ["vega", "vega-lite", "vega-embed"]
    assert all(f"{package}\n" in licences for package in packages)
    assert licences.count("Redistribution and use") == 3
