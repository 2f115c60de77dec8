"""What a person sees and does on the Market page, in words."""

import time
from typing import Any

from playwright.sync_api import Page


def until(page: Page, condition: str, arg: Any = None, timeout_s: float = 20.0) -> None:
    """Wait until a condition holds in the page, asked from outside: its policy forbids eval."""
    deadline = time.monotonic() + timeout_s
    while not page.evaluate(condition, arg):
        if time.monotonic() > deadline:
            raise AssertionError(f"after {timeout_s} s this does not hold: {condition}, for {arg}")
        page.wait_for_timeout(40)


def wait_for_chart(page: Page) -> None:
    """Wait until candles are painted and the tape is live."""
    page.wait_for_selector("#market-state[data-kind=ready]", state="attached")
    until(page, "window.truetape.chart.bars.length > 0")
    until(page, "Object.keys(window.truetape.live.numbers).length >= 2")
    page.wait_for_timeout(400)


def last_bar(page: Page) -> dict[str, Any]:
    """Return the newest bar of the chart."""
    return page.evaluate("window.truetape.chart.bars.last")  # type: ignore[no-any-return]


def bar_count(page: Page) -> int:
    """Return how many bars the chart holds."""
    return page.evaluate("window.truetape.chart.bars.length")  # type: ignore[no-any-return]


def shown_range(page: Page) -> dict[str, float]:
    """Return the visible span of the chosen engine, in Unix seconds."""
    script = "window.truetape.engines[window.truetape.chart.engine].range()"
    return page.evaluate(script)  # type: ignore[no-any-return]


def painted(page: Page) -> int:
    """Return how many candle-coloured pixels the chart shows."""
    return page.evaluate(  # type: ignore[no-any-return]
        """() => {
            let found = 0;
            for (const canvas of document.querySelectorAll("#chart-lightweight canvas")) {
                if (!canvas.width || !canvas.height) continue;
                const { data } = canvas.getContext("2d").getImageData(
                    0, 0, canvas.width, canvas.height);
                for (let at = 0; at < data.length; at += 4) {
                    const [red, green, blue] = [data[at], data[at + 1], data[at + 2]];
                    const up = red < 60 && green > 120 && blue > 100 && blue < 180;
                    const down = red > 190 && green < 110 && blue < 110;
                    found += up || down ? 1 : 0;
                }
            }
            return found;
        }"""
    )


def zoom(page: Page, notches: int) -> None:
    """Turn the wheel over the chart; positive zooms in."""
    box = page.locator("#market-chart").bounding_box()
    assert box is not None
    page.mouse.move(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    for _ in range(abs(notches)):
        page.mouse.wheel(0, -120 if notches > 0 else 120)
        page.wait_for_timeout(40)
    page.wait_for_timeout(200)


def drag(page: Page, pixels: int) -> None:
    """Drag the chart sideways; positive shows older candles."""
    box = page.locator("#market-chart").bounding_box()
    assert box is not None
    x, y = box["x"] + 120, box["y"] + box["height"] / 3
    page.mouse.move(x, y)
    page.mouse.down()
    page.mouse.move(x + pixels, y, steps=12)
    page.mouse.up()
    page.wait_for_timeout(200)
