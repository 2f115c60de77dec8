// The Plotly engine: plotly.js is loaded when a user chooses it, and drawn on a plain element.
// It is slower: fewer candles, and at most two draws a second.
import { Bars } from "../bars.js";
import * as indicators from "../indicators.js";
import { pointAt } from "../series.js";
import * as signals from "../signals.js";
import * as format from "../../core/format.js";
import { readPalette } from "../../core/palette.js";
import { loadPlotly } from "../../core/plotly.js";

const HOST = "chart-plotly";
const BAR_PX = 8;
const NEAR = 40;
const EVERY_MS = 500;
const CHARACTER_PX = 7;

/** @typedef {import("../bars.js").Bar} Bar */
/** @typedef {import("../bars.js").Candle} Candle */
/** @typedef {import("../../core/palette.js").Palette} Palette */
/** @typedef {import("../indicator-legend.js").Precision} Precision */
/** @typedef {import("../indicators.js").Indicator} Indicator */
/** @typedef {import("../series.js").Series<Indicator>} IndicatorSeries */
/** @typedef {{from: number, to: number}} Range */
/** @typedef {{loadOlder(): void, point(time: number | null): void, moved(): void}} Chart */
/**
 * @typedef {object} Layout
 * @property {{[name: string]: unknown, range?: number[]}} yaxis
 * @property {{[name: string]: unknown, range?: number[]}} yaxis2
 * @property {object[]} shapes
 * @property {object[]} [annotations]
 */

/** @type {Precision} */
let precision = { decimals: 2, step: 60, priceStep: 0.01 };
/** @type {Bars} */
let shownBars = new Bars([]);
let newest = 0;
let timer = 0;
let drawnAt = 0;
/** @type {Chart} */
let chart = { loadOlder() {}, point() {}, moved() {} };

/**
 * `given` is notified of what a user does: loadOlder(), point(time), moved().
 * @param {Chart} given
 */
export function connect(given) {
  chart = given;
}

const host = () => /** @type {PlotlyElement | null} */ (document.getElementById(HOST));
// Plotly adds `data` when it has drawn.
const drawn = () => (host()?.data ? host() : null);

/**
 * @param {Bar[]} list
 * @returns {Candle[]}
 */
const candlesOf = (list) => list.flatMap((bar) => (bar.close === undefined ? [] : [bar]));

export function ready() {
  return loadPlotly(host()?.dataset.source ?? "");
}

/**
 * @param {Bars} bars
 * @param {Palette} palette
 */
function traces(bars, palette) {
  const known = candlesOf(bars.list);
  const column = (/** @type {keyof Candle} */ name) => known.map((bar) => bar[name]);
  const x = known.map((bar) => bar.time * 1000);
  const fill = (/** @type {string} */ color) => ({ line: { color, width: 1 }, fillcolor: color });
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

/**
 * @param {Bars} bars
 * @param {Palette} palette
 */
function marks(bars, palette) {
  const rows = signals.marks(bars);
  const styles = {
    LONG: { symbol: "triangle-up", color: palette.up, isBelow: true },
    SHORT: { symbol: "triangle-down", color: palette.down, isBelow: false },
    FLAT: { symbol: "circle", color: palette.text, isBelow: false },
    SKIPPED: { symbol: "square", color: palette.warn, isBelow: false },
  };
  const reach = Math.max(...candlesOf(bars.list).map((bar) => bar.high)) * 0.0008;
  const price = (/** @type {import("../signals.js").Row} */ { time, direction }) => {
    const bar = bars.at(time);
    if (!bar || bar.close === undefined) return null;
    return styles[direction].isBelow ? bar.low - reach : bar.high + reach;
  };
  return {
    type: "scatter", mode: "markers", hoverinfo: "none", showlegend: false,
    x: rows.map(({ time }) => time * 1000), y: rows.map(price),
    marker: {
      size: 9, symbol: rows.map(({ direction }) => styles[direction].symbol),
      color: rows.map(({ direction }) => styles[direction].color),
    },
  };
}

/**
 * A gap stays a gap: rows without a value are points without one.
 * @param {IndicatorSeries} one
 * @param {Bars} bars
 */
function indicatorTrace(one, bars) {
  const points = bars.list.map((_, row) => pointAt(one, bars, row));
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

const axisOf = (/** @type {number} */ pane) => (pane === 0 ? "y" : `y${pane + 1}`);

/**
 * From the top: price, volume, then one pane for each indicator with a scale of its own.
 * @param {number} own
 */
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

/**
 * @param {object} axis
 * @param {number[][]} panes
 * @param {{pane: number, level: number}[]} levels
 * @param {Palette} palette
 */
function ownAxes(axis, panes, levels, palette) {
  /** @type {Record<string, object>} */
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
  return Math.max(64, 10 + CHARACTER_PX * format.number(last?.close, precision.decimals).length);
}

/**
 * @param {Range} span
 * @param {Palette} palette
 */
function layout(span, palette) {
  const series = indicators.series();
  const panes = domains(Math.max(1, ...series.map(({ pane }) => pane)) - 1);
  const levels = series.flatMap(({ pane, levels: each }) => each.map((level) => ({ pane, level })));
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

/**
 * Plotly returns times as numbers or as text without a zone, in UTC.
 * @param {number | string} time
 */
function seconds(time) {
  return new Date(typeof time === "string" ? `${time.replace(" ", "T")}Z` : time).getTime() / 1000;
}

/** @returns {Range | null} */
export function range() {
  const shown = drawn();
  if (!shown) return null;
  const [from, to] = shown.layout.xaxis.range.map(seconds);
  return { from, to };
}

/**
 * Visible prices always fill the height, and the last price has a line.
 * @param {Layout} target
 * @param {Range} span
 * @param {Palette} palette
 */
function fit(target, span, palette) {
  const seen = candlesOf(shownBars.list).filter(({ time }) => time >= span.from && time <= span.to);
  if (!seen.length) return;
  const low = Math.min(...seen.map((bar) => bar.low));
  const high = Math.max(...seen.map((bar) => bar.high));
  const margin = (high - low || high * 0.001) * 0.08;
  const { last } = shownBars;
  const color = last.close !== undefined && last.close >= last.open ? palette.up : palette.down;
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

/** @param {Range} span */
function paint(span) {
  window.clearTimeout(timer);
  timer = 0;
  const element = host();
  if (!element) return;
  drawnAt = Date.now();
  const palette = readPalette();
  const target = layout(span, palette);
  fit(target, span, palette);
  const fresh = !drawn();
  window.Plotly.react(element, traces(shownBars, palette), target, {
    displayModeBar: false, scrollZoom: true, responsive: true, doubleClick: false,
  });
  if (fresh) listen(element);
}

/** @param {PlotlyElement} element */
function listen(element) {
  element.on("plotly_relayout", (change) => {
    if (!("xaxis.range[0]" in change) && !("xaxis.range" in change)) return;
    repaintSoon();
    chart.moved();
    const span = range();
    if (span && span.from < shownBars.first.time + NEAR * precision.step) chart.loadOlder();
  });
  element.on("plotly_hover", (event) => chart.point(seconds(event.points[0].x)));
  element.on("plotly_unhover", () => chart.point(null));
}

function repaintSoon() {
  const wait = Math.max(0, drawnAt + EVERY_MS - Date.now());
  timer = timer || window.setTimeout(() => {
    const span = range();
    if (span) paint(span);
  }, wait);
}

/**
 * @param {Bars} bars
 * @param {{fresh?: boolean, shift?: number}} how
 * @param {Precision} given
 */
export function draw(bars, how, given) {
  precision = given;
  shownBars = bars;
  const element = host();
  if (!element || !window.Plotly || !bars.length) return;
  newest = bars.last.time;
  const end = newest + 4 * precision.step;
  const count = Math.round(element.clientWidth / BAR_PX);
  paint((how.fresh ? null : range()) || { from: end - count * precision.step, to: end });
}

/**
 * @param {Bar[]} changed
 * @param {Bars} bars
 */
export function update(changed, bars) {
  shownBars = bars;
  const shown = drawn();
  const span = range();
  if (!shown || !span) return;
  const grown = bars.last.time - newest;
  newest = bars.last.time;
  if (grown > 0 && span.to > newest) {
    shown.layout.xaxis.range = [span.from, span.to].map((edge) => (edge + grown) * 1000);
  }
  repaintSoon();
}

export const most = 2000;

export const lastPrice = () => shownBars.last?.close;

/** @param {Range} span */
export function show(span) {
  if (drawn()) paint(span);
}

export function tops() {
  const shown = drawn();
  if (!shown) return [];
  const { margin, height } = shown._fullLayout;
  const inner = height - margin.t - margin.b;
  return domains(Math.max(1, ...indicators.series().map(({ pane }) => pane)) - 1)
    .map(([, top]) => margin.t + inner * (1 - top));
}
