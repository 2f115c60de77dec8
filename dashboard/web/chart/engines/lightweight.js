// The Lightweight Charts engine: drives the dash-tvlwc component by its props.
import * as fills from "../fills.js";
import * as indicators from "../indicators.js";
import { pointAt } from "../series.js";
import * as signals from "../signals.js";
import * as clientside from "../../core/clientside.js";
import * as format from "../../core/format.js";
import { readPalette } from "../../core/palette.js";
import { setProps } from "../../core/props.js";

const ID = "chart-lightweight";
const BAR_PX = 7;
const AHEAD = 6;
const NEAR = 60;
const AIM_MS = 250;
// Powers of ten between which the library labels a scale.
const COARSEST = -4;
const FINEST = -15;

/** @type {Precision} */
let precision = { decimals: 2, step: 60, priceStep: 0.01 };
/** @typedef {import("../bars.js").Bar} Bar */
/** @typedef {import("../bars.js").Bars} Bars */
/** @typedef {import("../../core/palette.js").Palette} Palette */
/** @typedef {import("../indicator-legend.js").Precision} Precision */
/** @typedef {import("../indicators.js").Indicator} Indicator */
/** @typedef {import("../series.js").Point} Point */
/** @typedef {import("../series.js").Series<Indicator>} IndicatorSeries */
/** @typedef {{from: number, to: number}} Range */
/** @typedef {{fresh?: boolean, shift?: number}} How */
/** @typedef {{price: number | undefined, title?: string, color: string}} PriceLine */
/** @typedef {{id: string, priceLines?: PriceLine[]}} DrawnSeries as the component defines it */

/** @type {Range | null} */
let logical = null;
/** @type {Range | null} */
let visible = null;
let newest = 0;
/** @type {DrawnSeries[]} */
let shown = [];
/** @type {Range | null} */
let aim = null;
let aimedAt = 0;

// Named by strings in the options: functions cannot travel in props.
clientside.addChartFunctions({
  truetapePrice: (/** @type {number} */ price) => format.number(price, precision.decimals),
  truetapeVolume: (/** @type {number} */ volume) => format.compact(volume),
  truetapeIndicator: (/** @type {number} */ value) => format.plain(value),
  truetapeTime: (/** @type {number} */ seconds) => format.barTime(seconds, precision.step),
});

const element = () => document.getElementById(ID);
const width = () => element()?.clientWidth ?? 0;

/** @param {Bar} bar */
const isUp = (bar) => bar.close !== undefined && bar.close >= bar.open;

/** @param {Palette} palette */
function options(palette) {
  // On a narrow screen the legend has three lines.
  const top = width() < 500 ? 0.17 : 0.1;
  return {
    layout: {
      background: { type: "solid", color: palette.background },
      textColor: palette.text,
      fontFamily: palette.font,
      fontSize: 11,
      attributionLogo: true,
      panes: { separatorColor: palette.border, separatorHoverColor: palette.grid },
    },
    grid: { vertLines: { color: palette.grid }, horzLines: { color: palette.grid } },
    crosshair: {
      mode: 0,
      vertLine: { color: palette.crosshair, labelBackgroundColor: palette.crosshair },
      horzLine: { color: palette.crosshair, labelBackgroundColor: palette.crosshair },
    },
    rightPriceScale: { borderColor: palette.border, scaleMargins: { top, bottom: 0.06 } },
    timeScale: {
      borderColor: palette.border,
      timeVisible: precision.step < 86400,
      secondsVisible: precision.step < 60,
      rightOffset: AHEAD,
      minBarSpacing: 0.6,
    },
    localization: {
      locale: "en-GB", dateFormat: "yyyy-MM-dd", timeFormatter: "truetapeTime",
    },
  };
}

/** @param {Bar} bar */
function candle(bar) {
  if (bar.close === undefined) return { time: bar.time };
  return { time: bar.time, open: bar.open, high: bar.high, low: bar.low, close: bar.close };
}

/**
 * @param {Bar} bar
 * @param {Palette} palette
 */
function volume(bar, palette) {
  if (bar.close === undefined) return { time: bar.time };
  const color = isUp(bar) ? palette.upFill : palette.downFill;
  return { time: bar.time, value: bar.volume, color };
}

/**
 * @param {Bars} bars
 * @param {Palette} palette
 */
function markers(bars, palette) {
  const styles = {
    LONG: { position: "belowBar", shape: "arrowUp", color: palette.up },
    SHORT: { position: "aboveBar", shape: "arrowDown", color: palette.down },
    FLAT: { position: "aboveBar", shape: "circle", color: palette.text },
    SKIPPED: { position: "aboveBar", shape: "square", color: palette.warn },
  };
  // Where fills are shown, signals are drawn weaker.
  const shy = fills.shown ? { size: 0.6 } : { size: 1 };
  const marks = signals.marks(bars).map((row) => {
    const style = styles[row.direction];
    const color = fills.shown ? `${style.color}77` : style.color;
    return { time: row.time, ...style, ...shy, color };
  });
  return [...marks, ...fillMarkers(bars, palette)].sort((one, other) => one.time - other.time);
}

/**
 * Solid and at their price; signals are drawn beside the bars.
 * @param {Bars} bars
 * @param {Palette} palette
 */
function fillMarkers(bars, palette) {
  return fills.marks(bars, precision.step).map(({ bar, side, price }) => (side === "buy"
    ? { time: bar, price, position: "atPriceBottom", shape: "arrowUp", color: palette.up, size: 1.5, text: "B" }
    : { time: bar, price, position: "atPriceTop", shape: "arrowDown", color: palette.down, size: 1.5, text: "S" }));
}

/** @param {Palette} palette */
function levels(palette) {
  const tones = { entry: palette.text, stop: palette.down, target: palette.up };
  return fills.levels.map(({ kind, price, title }) => (
    { price, title, color: tones[kind], lineWidth: 1, lineStyle: 2, axisLabelVisible: true }
  ));
}

/**
 * The newest price, wherever the chart is scrolled to.
 * @param {Bars} bars
 * @param {Palette} palette
 */
function lastPriceLine(bars, palette) {
  const last = bars.list.findLast(({ close }) => close !== undefined) || bars.last;
  const color = isUp(last) ? palette.up : palette.down;
  return { price: last.close, title: "", color, lineWidth: 1, lineStyle: 2, axisLabelVisible: true };
}

/**
 * @param {Bars} bars
 * @param {Palette} palette
 */
function series(bars, palette) {
  const { up, down } = palette;
  return [
    {
      id: "price",
      type: "candlestick",
      data: bars.list.map(candle),
      markers: markers(bars, palette),
      priceLines: [...levels(palette), lastPriceLine(bars, palette)],
      options: {
        upColor: up, downColor: down, wickUpColor: up, wickDownColor: down,
        // The library's own label follows the last visible bar: see lastPriceLine.
        borderVisible: false, lastValueVisible: false, priceLineVisible: false,
        priceFormat: {
          type: "custom", formatter: "truetapePrice", minMove: precision.priceStep,
        },
      },
    },
    {
      id: "volume",
      type: "histogram",
      pane: 1,
      data: bars.list.map((bar) => volume(bar, palette)),
      options: {
        priceLineVisible: false, lastValueVisible: false,
        priceFormat: { type: "custom", formatter: "truetapeVolume", minMove: 0.00000001 },
      },
      priceScaleOptions: { scaleMargins: { top: 0.15, bottom: 0 } },
    },
  ];
}

const LINE = { lastValueVisible: true, priceLineVisible: false, crosshairMarkerVisible: false };

/**
 * The precision of each indicator pane's scale: five significant digits of its largest value.
 * @param {IndicatorSeries[]} drawn
 * @param {Point[][]} points
 */
function steps(drawn, points) {
  const largest = new Map();
  drawn.forEach((one, at) => {
    const most = points[at].reduce((size, { value }) => Math.max(size, Math.abs(value || 0)), 0);
    largest.set(one.pane, Math.max(most, largest.get(one.pane) || 0));
  });
  return new Map([...largest].map(([pane, size]) => [pane, stepOf(size)]));
}

/** @param {number} size */
function stepOf(size) {
  const exponent = size ? Math.floor(Math.log10(size)) - 4 : COARSEST;
  return Number(`1e${Math.min(COARSEST, Math.max(FINEST, exponent))}`);
}

/**
 * @param {IndicatorSeries} one
 * @param {Point[]} data
 * @param {number} step
 */
function indicatorSeries(one, data, step) {
  const histogram = one.shape === "histogram";
  const priceFormat = [
    { type: "custom", formatter: "truetapePrice", minMove: precision.priceStep },
    { type: "custom", formatter: "truetapeVolume", minMove: 0.00000001 },
  ][one.pane] || { type: "custom", formatter: "truetapeIndicator", minMove: step };
  return {
    id: one.id,
    type: histogram ? "histogram" : "line",
    pane: one.pane,
    data,
    options: {
      ...LINE, color: one.colour, priceFormat,
      ...(histogram ? { lastValueVisible: false }
        : { lineWidth: one.width, lineStyle: one.shape === "dashes" ? 2 : 0 }),
      ...(one.pane < 2 ? { lastValueVisible: false } : {}),
    },
    ...(one.pane < 2 ? {} : { priceScaleOptions: { scaleMargins: { top: 0.22, bottom: 0.06 } } }),
    priceLines: one.levels.map((price) => (
      { price, color: readPalette().crosshair, lineWidth: 1, lineStyle: 1, axisLabelVisible: false }
    )),
  };
}

/**
 * The price pane keeps most of the height for any number of panes.
 * @param {number} count
 */
function heights(count) {
  const own = Array.from({ length: count }, () => ({ stretchFactor: 1.25 }));
  return [{ stretchFactor: Math.max(3.4, 4.2 - 0.2 * count) }, { stretchFactor: 0.8 }, ...own];
}

/**
 * The component ignores a value that it reported itself: make each one a new object.
 * @param {number} from
 * @param {number} to
 */
function newRange(from, to) {
  return { from: from + Math.random() * 1e-4, to };
}

/**
 * A range takes effect one frame after the data: a redraw in between must set it again.
 * @param {Bars} bars
 * @param {How} how
 */
function takeAim(bars, how) {
  const before = Date.now() - aimedAt < AIM_MS ? aim : null;
  aim = before;
  const held = before || logical;
  if (how.fresh || !held) {
    const count = Math.round(width() / BAR_PX);
    const from = Math.max(bars.length - count, -Math.round(count / 3));
    aim = { from, to: bars.length - 1 + AHEAD };
  } else if (how.shift) {
    const { from, to } = held;
    aim = { from: from + how.shift, to: to + how.shift };
  }
  if (aim !== before) aimedAt = Date.now();
}

/**
 * @param {Bars} bars
 * @param {How} how
 * @param {Precision} given
 */
export function draw(bars, how, given) {
  precision = given;
  newest = bars.last.time;
  const palette = readPalette();
  const drawn = indicators.series();
  const points = drawn.map((one) => bars.list.map((_, row) => pointAt(one, bars, row)));
  const step = steps(drawn, points);
  shown = [...series(bars, palette), ...drawn.map((one, at) => indicatorSeries(one, points[at], step.get(one.pane) ?? 1e-4))];
  takeAim(bars, how);
  setProps(ID, {
    series: shown,
    chartOptions: options(palette),
    paneOptions: heights(Math.max(1, ...drawn.map(({ pane }) => pane)) - 1),
    ...(aim ? { visibleLogicalRange: newRange(aim.from, aim.to) } : {}),
  });
}

/**
 * One array: of several props set in one frame only the last would be drawn.
 * A new bar is a point of every series, with or without a value: so all keep the same times.
 * @param {Bar[]} changed
 * @param {Bars} bars
 * @param {Map<Indicator, Set<number>>} touched
 */
export function update(changed, bars, touched) {
  const palette = readPalette();
  const tick = [];
  const before = newest;
  for (const bar of changed) {
    const historicalUpdate = bar.time < newest;
    newest = Math.max(newest, bar.time);
    tick.push({ id: "price", bar: candle(bar), historicalUpdate });
    tick.push({ id: "volume", bar: volume(bar, palette), historicalUpdate });
  }
  const added = changed.filter(({ time }) => time > before).map(({ time }) => time);
  for (const one of indicators.series()) {
    const shifted = [...(touched.get(one.indicator) || [])].flatMap((time) => {
      const row = bars.row(time);
      return row === undefined ? [] : bars.list[row + one.shift]?.time ?? [];
    });
    const times = [...new Set([...added, ...shifted])].sort((first, second) => first - second);
    for (const time of times) {
      const row = bars.row(time);
      if (row === undefined) continue;
      const bar = pointAt(one, bars, row);
      tick.push({ id: one.id, bar, historicalUpdate: !added.includes(time) && time < newest });
    }
  }
  if (!tick.length) return;
  // The same data by reference: the component updates the lines only, never the bars.
  const priceLines = [...levels(palette), lastPriceLine(bars, palette)];
  shown = shown.map((one) => (one.id === "price" ? { ...one, priceLines } : one));
  setProps(ID, { tick, series: shown });
}

export const most = 5000;
export const ready = () => Promise.resolve();
export const range = () => visible;

/**
 * The price at which the line of the newest price is drawn.
 * @returns {number | undefined}
 */
export const lastPrice = () => shown.find(({ id }) => id === "price")?.priceLines?.at(-1)?.price;

// The tops of the panes; the last row of the table is the time axis.
export function tops() {
  const rows = [...document.querySelectorAll(`#${ID} tr`)].filter(
    (row) => row instanceof HTMLElement && row.offsetHeight > 12);
  const top = element()?.getBoundingClientRect().top ?? 0;
  return rows.slice(0, -1).map((row) => row.getBoundingClientRect().top - top);
}

/** @param {Range} span */
export function show(span) {
  setProps(ID, { visibleRange: span });
}

/**
 * Called when the component reports. Returns whether older bars will be needed.
 * @param {Range | null} reported
 * @param {Range | null} at
 * @param {{barsBefore: number} | null} [around]
 */
export function moved(reported, at, around) {
  logical = at || logical;
  visible = reported || visible;
  return around !== null && around !== undefined && around.barsBefore < NEAR;
}
