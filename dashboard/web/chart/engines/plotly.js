// The Plotly engine: plotly.js is loaded when a user chooses it, and drawn on a plain element.
// It is slower: fewer candles, and at most two draws a second.
import * as indicators from "../indicators.js";
import * as signals from "../signals.js";
import * as format from "../../core/format.js";
import { readPalette } from "../../core/palette.js";
import { loadPlotly } from "../../core/plotly.js";

const HOST = "chart-plotly";
const BAR_PX = 8;
const NEAR = 40;
const EVERY_MS = 500;
const CHARACTER_PX = 7;

let precision = { decimals: 2, step: 60 };
let shownBars = null;
let newest = 0;
let timer = 0;
let drawnAt = 0;
let chart = { loadOlder() {}, point() {}, moved() {} };

/** `given` is notified of what a user does: loadOlder(), point(time), moved(). */
export function connect(given) {
  chart = given;
}

const host = () => document.getElementById(HOST);
const isDrawn = () => Boolean(host() && host().data);

export function ready() {
  return loadPlotly(host().dataset.source);
}

function traces(bars, palette) {
  const known = bars.list.filter((bar) => bar.close !== undefined);
  const column = (name) => known.map((bar) => bar[name]);
  const x = known.map((bar) => bar.time * 1000);
  const fill = (color) => ({ line: { color, width: 1 }, fillcolor: color });
  return [
    {
      type: "candlestick", x, open: column("open"), high: column("high"), low: column("low"),
      close: column("close"), increasing: fill(palette.up), decreasing: fill(palette.down),
      hoverinfo: "none", showlegend: false,
    },
    {
      type: "bar", x, y: column("volume"), yaxis: "y2", hoverinfo: "none", showlegend: false,
      marker: {
        color: known.map((bar) => (bar.close >= bar.open ? palette.upFill : palette.downFill)),
        line: { width: 0 },
      },
    },
    ...indicators.series().map((one) => indicatorTrace(one, bars)),
    marks(bars, palette),
  ];
}

function marks(bars, palette) {
  const rows = signals.marks(bars);
  const styles = {
    LONG: ["triangle-up", palette.up, "low", -1], SHORT: ["triangle-down", palette.down, "high", 1],
    FLAT: ["circle", palette.text, "high", 1], SKIPPED: ["square", palette.warn, "high", 1],
  };
  const known = bars.list.filter((bar) => bar.close !== undefined);
  const reach = Math.max(...known.map((bar) => bar.high)) * 0.0008;
  const price = ({ time, direction }) => {
    const [, , side, sign] = styles[direction];
    return bars.at(time).close === undefined ? null : bars.at(time)[side] + sign * reach;
  };
  return {
    type: "scatter", mode: "markers", hoverinfo: "none", showlegend: false,
    x: rows.map(({ time }) => time * 1000), y: rows.map(price),
    marker: {
      size: 9, symbol: rows.map(({ direction }) => styles[direction][0]),
      color: rows.map(({ direction }) => styles[direction][1]),
    },
  };
}

// A gap stays a gap: rows without a value are points without one.
function indicatorTrace(one, bars) {
  const points = bars.list.map((_, row) => indicators.point(one, bars, row));
  const common = {
    x: points.map(({ time }) => time * 1000), y: points.map(({ value = null }) => value),
    yaxis: axisOf(one.pane), hoverinfo: "none", showlegend: false,
  };
  const colours = one.signAt < 0 ? one.colour : points.map(({ color }) => color || one.colour);
  if (one.shape === "histogram") {
    return { ...common, type: "bar", marker: { color: colours, line: { width: 0 } } };
  }
  const line = { color: one.colour, width: one.width, dash: one.shape === "dashes" ? "dash" : "solid" };
  if (one.signAt < 0) return { ...common, type: "scatter", mode: "lines", connectgaps: false, line };
  // A line has one colour here: dots show the sign.
  const marker = { color: colours, size: 2 + one.width };
  return { ...common, type: "scatter", mode: "markers", marker };
}

const axisOf = (pane) => (pane === 0 ? "y" : `y${pane + 1}`);

// From the top: price, volume, then one pane for each indicator with a scale of its own.
function domains(own) {
  const heights = [Math.max(3.4, 4.2 - 0.2 * own), 0.8, ...Array(own).fill(1.25)];
  const whole = heights.reduce((sum, height) => sum + height, 0);
  let top = 1;
  return heights.map((height, pane) => {
    const bottom = top - height / whole;
    const domain = [pane === heights.length - 1 ? 0 : bottom + 0.012, top - (pane ? 0.012 : 0)];
    top = bottom;
    return domain;
  });
}

function ownAxes(axis, panes, levels, palette) {
  const axes = {};
  panes.slice(2).forEach((domain, at) => {
    axes[`yaxis${at + 3}`] = { ...axis, domain, nticks: 4, autorange: true, exponentformat: "e" };
  });
  const shapes = levels.map(({ pane, level }) => ({
    type: "line", xref: "paper", x0: 0, x1: 1, yref: axisOf(pane), y0: level, y1: level,
    line: { color: palette.crosshair, width: 1, dash: "dot" },
  }));
  return { axes, shapes };
}

// Prices of tiny steps are long.
function rightMargin() {
  const { last } = shownBars;
  return Math.max(64, 10 + CHARACTER_PX * format.number(last && last.close, precision.decimals).length);
}

function layout(span, palette) {
  const drawn = indicators.series();
  const panes = domains(Math.max(1, ...drawn.map(({ pane }) => pane)) - 1);
  const levels = drawn.flatMap(({ pane, levels: each }) => each.map((level) => ({ pane, level })));
  const axis = {
    gridcolor: palette.grid, linecolor: palette.border, zeroline: false, showline: true,
    tickfont: { size: 11 }, fixedrange: true, side: "right",
  };
  const spike = {
    showspikes: true, spikemode: "across", spikesnap: "cursor", spikethickness: 1,
    spikedash: "dot", spikecolor: palette.crosshair,
  };
  const own = ownAxes(axis, panes, levels, palette);
  return {
    ...own.axes,
    paper_bgcolor: palette.background, plot_bgcolor: palette.background,
    font: { family: palette.font, color: palette.text, size: 11 },
    margin: { l: 8, r: rightMargin(), t: 8, b: 40 }, dragmode: "pan", hovermode: "x", bargap: 0.25,
    xaxis: {
      ...axis, ...spike, type: "date", fixedrange: false, rangeslider: { visible: false },
      range: [span.from * 1000, span.to * 1000], anchor: axisOf(panes.length - 1),
      side: "bottom",
    },
    yaxis: {
      ...axis, ...spike, domain: panes[0], tickformat: `,.${precision.decimals}f`,
    },
    yaxis2: { ...axis, domain: panes[1], nticks: 3, tickformat: "~s", rangemode: "tozero" },
    shapes: own.shapes,
  };
}

// Plotly returns times as numbers or as text without a zone, in UTC.
function seconds(time) {
  return new Date(typeof time === "string" ? `${time.replace(" ", "T")}Z` : time) / 1000;
}

export function range() {
  if (!isDrawn()) return null;
  const [from, to] = host().layout.xaxis.range.map(seconds);
  return { from, to };
}

// Visible prices always fill the height, and the last price has a line.
function fit(target, span, palette) {
  const seen = shownBars.list.filter(
    (bar) => bar.close !== undefined && bar.time >= span.from && bar.time <= span.to
  );
  if (!seen.length) return;
  const low = Math.min(...seen.map((bar) => bar.low));
  const high = Math.max(...seen.map((bar) => bar.high));
  const margin = (high - low || high * 0.001) * 0.08;
  const { last } = shownBars;
  const color = last.close >= last.open ? palette.up : palette.down;
  target.yaxis.range = [low - margin, high + margin];
  target.yaxis2.range = [0, Math.max(...seen.map((bar) => bar.volume)) * 1.15 || 1];
  target.shapes = [...target.shapes, {
    type: "line", xref: "paper", x0: 0, x1: 1, y0: last.close, y1: last.close,
    line: { color, width: 1, dash: "dash" },
  }];
  target.annotations = [{
    xref: "paper", x: 1, y: last.close, xanchor: "left", showarrow: false, bgcolor: color,
    text: format.number(last.close, precision.decimals), font: { color: "#fff", size: 11 },
  }];
}

function paint(span) {
  window.clearTimeout(timer);
  timer = 0;
  drawnAt = Date.now();
  const palette = readPalette();
  const target = layout(span, palette);
  fit(target, span, palette);
  const fresh = !isDrawn();
  window.Plotly.react(host(), traces(shownBars, palette), target, {
    displayModeBar: false, scrollZoom: true, responsive: true, doubleClick: false,
  });
  if (fresh) listen();
}

function listen() {
  host().on("plotly_relayout", (change) => {
    if (!("xaxis.range[0]" in change) && !("xaxis.range" in change)) return;
    repaintSoon();
    chart.moved();
    const span = range();
    if (span.from < shownBars.first.time + NEAR * precision.step) chart.loadOlder();
  });
  host().on("plotly_hover", (event) => chart.point(seconds(event.points[0].x)));
  host().on("plotly_unhover", () => chart.point(null));
}

function repaintSoon() {
  const wait = Math.max(0, drawnAt + EVERY_MS - Date.now());
  timer = timer || window.setTimeout(() => host() && paint(range()), wait);
}

export function draw(bars, how, given) {
  precision = given;
  shownBars = bars;
  if (!host() || !window.Plotly || !bars.length) return;
  newest = bars.last.time;
  const end = newest + 4 * precision.step;
  const shown = Math.round(host().clientWidth / BAR_PX);
  paint(how.fresh || !isDrawn() ? { from: end - shown * precision.step, to: end } : range());
}

export function update(changed, bars) {
  shownBars = bars;
  if (!isDrawn()) return;
  const span = range();
  const grown = bars.last.time - newest;
  newest = bars.last.time;
  if (grown > 0 && span.to > newest) {
    host().layout.xaxis.range = [span.from, span.to].map((edge) => (edge + grown) * 1000);
  }
  repaintSoon();
}

export const most = 2000;

export const lastPrice = () => shownBars?.last?.close;

export function show(span) {
  if (isDrawn()) paint(span);
}

export function tops() {
  if (!isDrawn()) return [];
  const { margin, height } = host()._fullLayout;
  const inner = height - margin.t - margin.b;
  return domains(Math.max(1, ...indicators.series().map(({ pane }) => pane)) - 1)
    .map(([, top]) => margin.t + inner * (1 - top));
}
