// A bot on the chart: its fills at their price, and the levels of its open position.
(function () {
  "use strict";
  const tt = (window.truetape = window.truetape || {});

  let fills = [];
  let levels = [];
  let shown = false;

  // The bar of a fill, if it is shown.
  function barOf(bars, time) {
    const bar = Math.floor(time / tt.chart.step) * tt.chart.step;
    return bars.row(bar) === undefined ? null : bar;
  }

  tt.fills = {
    // Fills are {time, side, price, size, reason}; levels {kind, price, title}.
    set(all, lines) {
      shown = true;
      fills = all;
      levels = lines;
      tt.chart.redraw();
    },
    clear() {
      shown = false;
      fills = [];
      levels = [];
    },
    setLevels(lines) {
      const text = JSON.stringify(lines);
      if (text === JSON.stringify(levels)) return;
      levels = lines;
      tt.chart.redraw();
    },
    marks(bars) {
      return fills.map((fill) => ({ ...fill, bar: barOf(bars, fill.time) }))
        .filter(({ bar }) => bar !== null);
    },
    at: (time) => fills.filter((fill) => barOf(tt.chart.bars, fill.time) === time),
    get shown() { return shown; },
    get levels() { return levels; },
    get all() { return fills; },
  };
})();
