// A bot on the chart: its fills at their price, and the levels of its open position.

/** @typedef {import("./bars.js").Bars} Bars */
/** @typedef {{time: number, side: "buy" | "sell", price: number, size: number, reason: string}} Fill */
/** @typedef {{kind: "entry" | "stop" | "target", price: number, title: string}} Level */

/** @type {Fill[]} */
export let fills = [];
/** @type {Level[]} */
export let levels = [];
export let shown = false;
let redraw = () => {};

/**
 * Calls `handler` when what is drawn changes.
 * @param {() => void} handler
 */
export function onChange(handler) {
  redraw = handler;
}

/**
 * @param {Fill[]} all
 * @param {Level[]} lines
 */
export function set(all, lines) {
  shown = true;
  fills = all;
  levels = lines;
  redraw();
}

export function clear() {
  shown = false;
  fills = [];
  levels = [];
}

/** @param {Level[]} lines */
export function setLevels(lines) {
  const text = JSON.stringify(lines);
  if (text === JSON.stringify(levels)) return;
  levels = lines;
  redraw();
}

/**
 * The bar of a fill, if it is shown. `step` is the length of a bar, in seconds.
 * @param {Bars} bars
 * @param {number} step
 * @param {number} time
 */
function barOf(bars, step, time) {
  const bar = Math.floor(time / step) * step;
  return bars.row(bar) === undefined ? null : bar;
}

/**
 * @param {Bars} bars
 * @param {number} step
 */
export function marks(bars, step) {
  return fills.flatMap((fill) => {
    const bar = barOf(bars, step, fill.time);
    return bar === null ? [] : [{ ...fill, bar }];
  });
}

/** @type {(bars: Bars, step: number, time: number) => Fill[]} */
export const at = (bars, step, time) => fills.filter((fill) => barOf(bars, step, fill.time) === time);
