// A bot on the chart: its fills at their price, and the levels of its open position.
// Fills are {time, side, price, size, reason}; levels {kind, price, title}.
export let fills = [];
export let levels = [];
export let shown = false;
let redraw = () => {};

/** Calls `handler` when what is drawn changes. */
export function onChange(handler) {
  redraw = handler;
}

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

export function setLevels(lines) {
  const text = JSON.stringify(lines);
  if (text === JSON.stringify(levels)) return;
  levels = lines;
  redraw();
}

// The bar of a fill, if it is shown. `step` is the length of a bar, in seconds.
function barOf(bars, step, time) {
  const bar = Math.floor(time / step) * step;
  return bars.row(bar) === undefined ? null : bar;
}

export function marks(bars, step) {
  return fills.map((fill) => ({ ...fill, bar: barOf(bars, step, fill.time) }))
    .filter(({ bar }) => bar !== null);
}

export const at = (bars, step, time) => fills.filter((fill) => barOf(bars, step, fill.time) === time);
