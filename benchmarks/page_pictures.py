"""Photograph the page of results for the README: `python benchmarks/page_pictures.py results/index.html docs`."""

from __future__ import annotations

import io
import shutil
import sys
import time
from pathlib import Path

from PIL import Image
from selenium import webdriver

SWEEP = """
const title = "Photographs and paintings";
const sweep = [...document.querySelectorAll(".sweep")].find((one) => one.querySelector("h3").textContent === title);
sweep.scrollIntoView({behavior: "instant"});
sweep.querySelectorAll("input[type=range]").forEach((slider) => {
  slider.value = 1;
  slider.dispatchEvent(new Event("input"));
});
"""
PLOT = """
showFigures("style_transfer", "style_transfer/sweeps/content_and_style");
document.querySelector("#figures .sides").scrollIntoView({behavior: "instant"});
const points = [...document.querySelectorAll("#figures .point")];
points.find((one) => one.picture.path.includes("chelsea_style=starry")).focus({preventScroll: true});
"""
SCENES = {
    "page-sweep": (SWEEP, False),
    "page-plot": (PLOT, True),
    "page-settings": ("details(PICTURES.find((p) => p.path.startsWith('animations/')))", False),
}


def main(page: str, folder: str) -> None:
    options = webdriver.ChromeOptions()
    options.binary_location = shutil.which("chromium")
    for argument in ("headless=new", "no-sandbox", "force-device-scale-factor=1"):
        options.add_argument(f"--{argument}")
    driver = webdriver.Chrome(options=options, service=webdriver.ChromeService(shutil.which("chromedriver")))
    try:
        size = {"width": 1280, "height": 800, "deviceScaleFactor": 1, "mobile": False}
        driver.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", size)
        for name, (script, dark) in SCENES.items():
            scheme = {"name": "prefers-color-scheme", "value": "dark" if dark else "light"}
            driver.execute_cdp_cmd("Emulation.setEmulatedMedia", {"features": [scheme]})
            driver.get(Path(page).resolve().as_uri())
            driver.execute_script(script)
            time.sleep(1.5)
            shot = Image.open(io.BytesIO(driver.get_screenshot_as_png())).convert("RGB")
            shot.resize((960, 600), Image.Resampling.LANCZOS).save(Path(folder, f"{name}.jpg"), quality=78)
    finally:
        driver.quit()


main(*sys.argv[1:])
