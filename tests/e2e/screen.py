"""Actions and readings of the Market page."""

import json
import re
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any

from playwright.sync_api import BrowserContext, Error, Page, Route, WebSocketRoute, expect

_NOT_YET = ("TypeError", "Execution context was destroyed", "Cannot find context")
"""What is read is not there yet, or the page is being left for another."""
_REST_MS = 80
_POINTED_MS = 25
_MINUTE_S = 60
_NEAR_BARS = 200
_UPDATES = "**/_dash-update-component*"


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
    until(page, "document.querySelector('#market-chart').dataset.bars > 0")
    until(page, "document.querySelector('#feed-badge').dataset.topics >= 2")
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


def summary(page: Page, name: str) -> str:
    """Return an attribute by which the chart describes itself."""
    value = page.locator("#market-chart").get_attribute(f"data-{name}")
    assert value is not None, f"the chart has no data-{name}"
    return value


def wait_for_summary(page: Page, name: str, value: object) -> None:
    """Wait until an attribute of the chart has this value."""
    expect(page.locator("#market-chart")).to_have_attribute(f"data-{name}", str(value))


def wait_for_bars(page: Page, count: int) -> None:
    """Wait until the chart holds at least so many bars."""
    script = "count => document.querySelector('#market-chart').dataset.bars >= count"
    until(page, script, count)


def wait_for_close(page: Page, price: float) -> None:
    """Wait until the newest bar closes at this price, and its line is drawn there."""
    script = "price => Number(document.querySelector('#market-chart').dataset.line) === price"
    until(page, script, price)


def last_bar(page: Page) -> dict[str, float]:
    """Return the newest bar of the chart, by its legend."""
    point_away(page)
    return {"time": last_time(page), **legend(page)}


def legend(page: Page) -> dict[str, float]:
    """Return open, high, low, close and volume of the bar in the legend."""
    names = {"O": "open", "H": "high", "L": "low", "C": "close", "V": "volume"}
    pairs = page.locator("#market-legend .legend-pair").all_inner_texts()
    texts = [pair.replace("\n", "") for pair in pairs]
    return {names[text[0]]: _number(text[1:]) for text in texts}


def _number(text: str) -> float:
    """Return a number as the page writes it: with a true minus sign, and a unit if it is large."""
    digits, _, unit = text.replace(",", "").replace("\u2212", "-").partition(" ")
    return float(digits) * {"": 1.0, "K": 1e3, "M": 1e6, "B": 1e9}[unit]


def point_away(page: Page) -> None:
    """Move the pointer off the chart, and wait until the legend shows the newest bar again."""
    page.mouse.move(2, 2)
    expect(page.locator("#market-legend .legend-time")).to_have_text(_legend_time(last_time(page)))


def _legend_time(time_s: int) -> re.Pattern[str]:
    """Return the time of a bar as the legend shows it: with seconds below a minute."""
    at = datetime.fromtimestamp(time_s, UTC)
    return re.compile(f"{at:%Y-%m-%d %H:%M}({at::%S})?$")


def point_at(page: Page, time_s: int) -> None:
    """Move the pointer to the bar of a time, from the newest one to the left, until it is shown."""
    pattern = _legend_time(time_s)
    shown = page.locator("#market-legend .legend-time")
    box = page.locator("#market-chart").bounding_box()
    assert box is not None
    for x in range(int(box["width"]) - 60, 10, -3):
        page.mouse.move(box["x"] + x, box["y"] + box["height"] / 4)
        page.wait_for_timeout(_POINTED_MS)
        if pattern.match(shown.inner_text()):
            return
    raise AssertionError(f"no bar of {pattern.pattern} is on the screen")


def last_time(page: Page) -> int:
    """Return the opening time of the newest bar, in Unix seconds."""
    return int(summary(page, "last"))


def bar_count(page: Page) -> int:
    """Return how many bars the chart holds."""
    return int(summary(page, "bars"))


def shown_range(page: Page) -> dict[str, float]:
    """Return the visible span of the chart, in Unix seconds."""
    return {end: float(summary(page, end)) for end in ("from", "to")}


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


def relay_live(context: BrowserContext) -> Callable[[dict[str, Any]], None]:
    """Relay the sockets of pages opened from now on; return how to send a frame to them."""
    sockets: list[WebSocketRoute] = []

    def relay(socket: WebSocketRoute) -> None:
        socket.connect_to_server()
        sockets.append(socket)

    context.route_web_socket("**/live", relay)

    def send(frame: dict[str, Any]) -> None:
        for socket in sockets:
            socket.send(json.dumps([frame]))

    return send


def module_url(page: Page, path: str) -> str:
    """Return the URL of a browser module of the page."""
    entry = page.locator("script[type=module]").get_attribute("src")
    assert entry is not None
    return entry.replace("main.js", path)


@contextmanager
def older_candles_held(page: Page) -> Iterator[list[Route]]:
    """Hold the answers to requests of older candles until the block has ended; yield them."""
    held: list[Route] = []

    def hold(route: Route) -> None:
        if "market-older-request" in (route.request.post_data or ""):
            held.append(route)
        else:
            route.fallback()

    page.route(_UPDATES, hold)
    yield held
    for route in held:
        route.continue_()
    page.unroute(_UPDATES, hold)


def scroll_to_the_oldest(page: Page, requests: list[Route]) -> None:
    """Drag until the chart requests older candles; it shows no empty space before the first."""
    for _ in range(40):
        if requests:
            return
        before = (shown_range(page)["from"] - float(summary(page, "first"))) / _MINUTE_S
        drag(page, 900 if before > _NEAR_BARS else 150)
    raise AssertionError("no older candles were requested")
