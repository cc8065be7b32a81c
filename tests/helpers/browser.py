"""What tests in a browser share."""

from __future__ import annotations

import time


def look(driver, width: int, *, dark: bool = False, still: bool = False) -> None:
    """Give the window a width in pixels, and people's wishes."""
    size = {"width": width, "height": 900, "deviceScaleFactor": 1, "mobile": False}
    driver.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", size)
    wishes = {"prefers-color-scheme": "dark" if dark else "light", "prefers-reduced-motion": "reduce" if still else ""}
    features = [{"name": name, "value": value} for name, value in wishes.items()]
    driver.execute_cdp_cmd("Emulation.setEmulatedMedia", {"features": features})


def wait_for(condition):
    """What a condition gives as soon as it is true."""
    for _ in range(1200):
        if result := condition():
            return result
        time.sleep(0.05)
    raise AssertionError("did not come about within a minute")


def shown_on(driver, css: str):
    """The first picture there once it is loaded."""
    (image, *_) = [*driver.find_elements("css selector", css), None]
    return image if image and driver.execute_script("return arguments[0].naturalWidth > 1", image) else None
