"""Actions and readings of the Market page."""

import time
from typing import Any

from playwright.sync_api import Error, Page

_NOT_YET = ("TypeError", "Execution context was destroyed", "Cannot find context")
"""What is read is not there yet, or the page is being left for another."""
_REST_MS = 80


def until(page: Page, condition: str, arg: Any = None, timeout_s: float = 30.0) -> None:
    """Wait until a condition holds in the page, evaluated from outside: its policy forbids eval.

    A condition that cannot be evaluated yet, because a value is still missing, does not hold.
    """
    deadline = time.monotonic() + timeout_s
    while not _holds(page, condition, arg):
        if time.monotonic() > deadline:
            raise AssertionError(f"after {timeout_s} s this does not hold: {condition}, for {arg}")
        page.wait_for_timeout(40)


def _holds(page: Page, condition: str, arg: Any) -> bool:
    try:
        return bool(page.evaluate(condition, arg))
    except Error as error:
        if not any(fragment in error.message for fragment in _NOT_YET):
            raise
        return False


def wait_for_chart(page: Page) -> None:
    """Wait until the chart has candles, the tape is live and the view rests."""
    page.wait_for_selector("#market-state[data-kind=ready]", state="attached")
    until(page, "window.truetape.chart.bars.length > 0")
    until(page, "Object.keys(window.truetape.live.numbers).length >= 2")
    rest(page)


def wait_for_paint(page: Page, pixels: int) -> None:
    """Wait until the chart shows more candle-coloured pixels than this."""
    deadline = time.monotonic() + 30
    while (seen := painted(page)) <= pixels:
        assert time.monotonic() < deadline, f"only {seen} pixels are painted"
        page.wait_for_timeout(40)


def rest(page: Page) -> None:
    """Wait until the view of the chart stays where it is."""
    before, now = None, shown_range(page)
    while now is None or now != before:
        page.wait_for_timeout(_REST_MS)
        before, now = now, shown_range(page)


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
    rest(page)


def drag(page: Page, pixels: int) -> None:
    """Drag the chart sideways; positive shows older candles."""
    box = page.locator("#market-chart").bounding_box()
    assert box is not None
    x, y = box["x"] + 120, box["y"] + box["height"] / 3
    page.mouse.move(x, y)
    page.mouse.down()
    page.mouse.move(x + pixels, y, steps=12)
    page.mouse.up()
    rest(page)
