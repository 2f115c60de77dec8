"""The catalog as a page of documentation."""

import inspect
import textwrap
from typing import Any

from data import Timeframe
from strategies.indicators.base import Indicator, Pane
from strategies.indicators.catalog import INDICATORS

_HEAD = """\
# Indicators

Made from the catalog by `uv run truetape maintenance reference`; a test compares them.

- A value depends on no later candle, and is NaN until its first full window or seed: never a guess.
- After a missing candle (unknown, not merely without trades) every indicator starts again.
- *Warm-up*: after so many candles, the weight of the history's start is below 1e-12. Strategies
  get that many candles before their first decision.
- Values equal TA-Lib's where TA-Lib has the function, from the same candle on. Where they differ in
  a market without price changes, the indicator's description states it.
"""

_PLACES = {
    Pane.OVERLAY: "over the prices",
    Pane.VOLUME: "over the volume",
    Pane.OWN: "in a pane of its own",
}


def reference() -> str:
    """Return the page in Markdown."""
    return "\n".join([_HEAD, *(_section(kind) for kind in INDICATORS)])


def _section(kind: type[Indicator]) -> str:
    summary, _, detail = inspect.cleandoc(kind.__doc__ or "").partition("\n\n")
    where = _PLACES[kind.pane]
    outputs = ", ".join(f"`{output.name}`" for output in kind.outputs)
    warmup = kind().warmup(Timeframe.M1)
    lines = [
        f"## {kind.title}: `{kind.name}`", "", summary, "", textwrap.indent(detail, "    "), "",
        f"Outputs {outputs}, {where}. Warm-up with the defaults, on 1m: {warmup} candles.", "",
    ]  # fmt: skip
    return "\n".join(lines + _parameters(kind))


def _parameters(kind: type[Indicator]) -> list[str]:
    properties: dict[str, Any] = kind.model_json_schema().get("properties", {})
    if not properties:
        return ["No parameters.", ""]
    rows = [
        f"| `{name}` | {schema['default']} | {_bounds(schema)} | {schema['description']} |"
        for name, schema in properties.items()
    ]
    return ["| parameter | default | allowed | is |", "| --- | --- | --- | --- |", *rows, ""]


def _bounds(schema: dict[str, Any]) -> str:
    if "exclusiveMinimum" in schema:
        return f"above {schema['exclusiveMinimum']:g}, to {schema['maximum']:g}"
    if "minimum" in schema:
        return f"{schema['minimum']} to {schema['maximum']:,}"
    return "a price: open, high, low, close, hl2, hlc3, ohlc4"
