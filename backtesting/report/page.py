"""Report page: one HTML file that needs no network and no other file."""

import json
from collections.abc import Iterator
from html import escape

from backtesting.archive.curves import monthly_returns, yearly_return
from backtesting.archive.shown_warnings import shown_warnings
from backtesting.metrics import METRICS, MetricDefinition
from backtesting.record import BacktestRecord, BacktestSummary
from backtesting.report.figures import (
    Figure,
    candles_figure,
    drawdown_figure,
    equity_figure,
    exposure_figure,
    round_trips_figure,
)
from backtesting.report.formats import UNDEFINED, format_metric
from data import CandleFrame

_HEADLINE = (
    "total_return", "benchmark_return", "cagr", "sharpe", "max_drawdown", "round_trips",
    "win_rate", "profit_factor",
)  # fmt: skip
_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")

_STYLE = """
:root { --page: #f4f6f8; --panel: #fff; --text: #18202c; --muted: #5b6675; --line: #dde2e9;
  --ok: #0b7f4f; --bad: #c72c29; color-scheme: light dark; }
@media (prefers-color-scheme: dark) { :root { --page: #0b0e13; --panel: #11151c; --text: #e4e8ee;
  --muted: #98a2b1; --line: #262d39; --ok: #2ebd85; --bad: #ef5350; } }
* { box-sizing: border-box; }
body { margin: 0; padding: 24px; background: var(--page); color: var(--text);
  font: 14px/1.5 Inter, system-ui, "Segoe UI", Roboto, Arial, sans-serif; }
main { max-width: 1180px; margin: 0 auto; }
h1 { margin: 0; font-size: 24px; } h2 { margin: 0 0 12px; font-size: 16px; }
p.sub { margin: 2px 0 20px; color: var(--muted); }
section { background: var(--panel); border: 1px solid var(--line); border-radius: 8px;
  padding: 16px 18px; margin: 0 0 16px; overflow-x: auto; }
.tiles { display: grid; grid-template-columns: repeat(auto-fit, minmax(128px, 1fr)); gap: 12px; }
.tile b { display: block; font-size: 20px; font-variant-numeric: tabular-nums; }
.tile span, th { color: var(--muted); font-weight: 500; }
.groups { columns: 3 320px; column-gap: 28px; }
table { border-collapse: collapse; width: 100%; font-variant-numeric: tabular-nums; }
.groups table { break-inside: avoid; margin-bottom: 14px; }
th, td { text-align: right; padding: 3px 6px; border-bottom: 1px solid var(--line); }
th:first-child, td:first-child, .text { text-align: left; }
td[title] { cursor: help; } caption { text-align: left; font-weight: 600; padding-bottom: 4px; }
.ok { color: var(--ok); } .bad { color: var(--bad); }
.plot { height: 340px; } .plot.tall { height: 460px; }
p.warning { margin: 0 0 8px; color: var(--bad); }
pre { margin: 0; white-space: pre-wrap; color: var(--muted); font-size: 12px; }
"""

_SCRIPT = """
const ink = getComputedStyle(document.documentElement).getPropertyValue('--text').trim();
for (const node of document.querySelectorAll('.plot')) {
  const figure = JSON.parse(document.getElementById(node.dataset.figure).textContent);
  figure.layout.font = {color: ink, family: 'Inter, system-ui, sans-serif', size: 12};
  Plotly.newPlot(node, figure.data, figure.layout, {responsive: true, displaylogo: false});
}
"""


def report_page(record: BacktestRecord, plotly_js: str, candles: CandleFrame | None = None) -> str:
    """Return the page's HTML; `plotly_js` is the source of the library that draws its figures."""
    summary = record.summary
    figures = _figures(record, candles)
    title = f"{summary.strategy} on {summary.instrument} {summary.timeframe}"
    parts = [
        '<!doctype html><html lang="en"><head><meta charset="utf-8">',
        '<meta name="viewport" content="width=device-width, initial-scale=1">',
        f"<title>{escape(title)}</title><style>{_STYLE}</style></head><body><main>",
        f"<h1>{escape(title)}</h1>",
        f'<p class="sub">{_when(summary)}</p>',
        *(f'<p class="warning">{escape(text)}</p>' for text in _warnings(record)),
        _section("", _tiles(summary)),
        *(_plot(name) for name in figures),
        _section("Returns by month", _months(record)),
        _section("Metrics", _metrics(summary)),
        _section("Reconciliation and data", _checks(summary)),
        _section("Configuration", f"<pre>{escape(json.dumps(summary.config, indent=1))}</pre>"),
        _section("Digests", f"<pre>{escape(_digests(summary))}</pre>"),
        "</main>",
        *(_data(name, figure) for name, figure in figures.items()),
        f"<script>{_inside_script(plotly_js)}</script><script>{_SCRIPT}</script></body></html>",
    ]
    return "\n".join(parts)


def _figures(record: BacktestRecord, candles: CandleFrame | None) -> dict[str, Figure]:
    figures = {
        "equity": equity_figure(record),
        "drawdown": drawdown_figure(record),
        "exposure": exposure_figure(record),
        "trips": round_trips_figure(record),
    }
    if candles is not None:
        figures["candles"] = candles_figure(candles, record.round_trips)
    return figures


def _warnings(record: BacktestRecord) -> list[str]:
    return shown_warnings(record.summary, record.round_trips)


def _when(summary: BacktestSummary) -> str:
    span = f"{summary.start:%Y-%m-%d %H:%M} to {summary.end:%Y-%m-%d %H:%M} UTC"
    made = f"made {summary.created_at:%Y-%m-%d %H:%M} UTC"
    note = f"<br>{escape(summary.note)}" if summary.note else ""
    return f"{span}, {made}{note}"


def _section(title: str, body: str) -> str:
    heading = f"<h2>{escape(title)}</h2>" if title else ""
    return f"<section>{heading}{body}</section>"


def _tiles(summary: BacktestSummary) -> str:
    shown = (METRICS[name].definition for name in _HEADLINE)
    tiles = (
        f'<div class="tile"><b>{_value(one, summary)}</b><span>{escape(one.title)}</span></div>'
        for one in shown
    )
    return f'<div class="tiles">{"".join(tiles)}</div>'


def _value(definition: MetricDefinition, summary: BacktestSummary) -> str:
    return format_metric(definition, summary.metrics.get(definition.name), summary.quote)


def _plot(name: str) -> str:
    tall = " tall" if name in ("equity", "candles") else ""
    return f'<section><div class="plot{tall}" data-figure="figure-{name}"></div></section>'


def _data(name: str, figure: Figure) -> str:
    text = _inside_script(json.dumps(figure, separators=(",", ":")))
    return f'<script type="application/json" id="figure-{name}">{text}</script>'


def _inside_script(text: str) -> str:
    """Escape text so that it cannot end its script element."""
    return text.replace("</", "<\\/")


def _months(record: BacktestRecord) -> str:
    head = "".join(f"<th>{name}</th>" for name in ("", *_MONTHS, "year"))
    rows = []
    capital = float(record.summary.config.get("capital", 0.0))
    points = ((sample.time, float(sample.equity)) for sample in record.equity)
    returns = monthly_returns(points, capital, record.summary.start)
    for year, months in sorted(returns.items()):
        cells = [_cell(months.get(month)) for month in range(1, 13)]
        rows.append(f"<tr><td>{year}</td>{''.join(cells)}{_cell(yearly_return(months))}</tr>")
    return f"<table><tr>{head}</tr>{''.join(rows)}</table>"


def _cell(value: float | None) -> str:
    if value is None:
        return f"<td>{UNDEFINED}</td>"
    return f'<td class="{"ok" if value >= 0 else "bad"}">{value:.2%}</td>'


def _metrics(summary: BacktestSummary) -> str:
    return f'<div class="groups">{"".join(_group_tables(summary))}</div>'


def _group_tables(summary: BacktestSummary) -> Iterator[str]:
    definitions = [metric.definition for metric in METRICS.values()]
    for group in dict.fromkeys(one.group for one in definitions):
        rows = "".join(
            f'<tr><td title="{escape(f"{one.formula}. {one.notes}")}">{escape(one.title)}</td>'
            f"<td>{format_metric(one, summary.metrics.get(one.name), summary.quote)}</td></tr>"
            for one in definitions
            if one.group == group
        )
        yield f"<table><caption>{escape(group.capitalize())}</caption>{rows}</table>"


def _checks(summary: BacktestSummary) -> str:
    rows = "".join(
        f'<tr><td>{escape(check.name)}</td><td class="text">{escape(check.what)}</td>'
        f"<td>{check.compared:,}</td>"
        f'<td class="{"ok" if check.holds else "bad"}">{check.different:,}</td></tr>'
        for check in summary.reconciled
    )
    quality = summary.quality
    data = (
        f"{quality.prints:,} prints; {quality.missing:.2%} of the span unknown in "
        f"{quality.gap_count:,} gaps; {quality.incomplete_candles:,} incomplete candles; "
        f"{summary.drilled_candles:,} ambiguous candles resolved with intrabar data"
    )
    titles = ("books", "comparison", "compared", "different")
    head = f"<tr>{''.join(f'<th>{title}</th>' for title in titles)}</tr>"
    return f"<table>{head}{rows}</table><p>{escape(data)}</p>"


def _digests(summary: BacktestSummary) -> str:
    names = summary.digests.__struct_fields__
    return "\n".join(f"{name:8} {getattr(summary.digests, name)}" for name in names)
