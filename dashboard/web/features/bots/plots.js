// The plots of bots and of all bots together.
import * as format from "../../core/format.js";
import { axis, colour, frame, line, ms, timeAxis, titled } from "../../core/plots.js";

const DAY_MS = 86400000;
const PERCENT = { hovertemplate: "%{y:.2%}" };

export function worth(curve, palette) {
  const x = ms(curve.time);
  const hover = format.moneyHover(curve.equity, curve.currency);
  const money = { hovertemplate: `%{y:${hover}}` };
  return {
    data: [
      ...(curve.held ? [line(ms(curve.held.time), curve.held.equity, "Buy and hold", palette.text, {
        ...money, line: { color: palette.text, width: 1.1, dash: "dot" },
      })] : []),
      line(x, curve.equity, "Equity", palette.up, { ...money, line: { color: palette.up, width: 1.6, shape: "hv" } }),
      line(x, curve.drawdown, "Drawdown", palette.down, {
        yaxis: "y2", fill: "tozeroy", fillcolor: palette.downFill, ...PERCENT,
        line: { color: palette.down, width: 1.6, shape: "hv" },
      }),
    ],
    layout: frame(palette, {
      height: 280, showlegend: false, margin: { l: 80, r: 14, t: 8, b: 28 },
      xaxis: timeAxis(palette, { anchor: "y2" }),
      yaxis: axis(palette, { domain: [0.36, 1], tickformat: format.TICKS, title: titled(titleOf("Equity", curve), palette) }),
      yaxis2: axis(palette, { domain: [0, 0.28], tickformat: ".2%", title: titled("Drawdown", palette), nticks: 3 }),
    }),
  };
}

const titleOf = (text, { currency }) => (currency ? `${text}, ${currency}` : text);

export function growths(runs, palette) {
  return {
    data: runs.map((run, at) => line(ms(run.time), run.growth, run.name, colour(at), PERCENT)),
    layout: frame(palette, {
      height: 320, margin: { l: 56, r: 14, t: 8, b: 28 }, xaxis: timeAxis(palette, {}),
      yaxis: axis(palette, { tickformat: ".1%" }),
      legend: { orientation: "h", x: 0, y: -0.12, yanchor: "top", font: { color: palette.text } },
    }),
  };
}

export function allocation({ parts, currency }, palette) {
  const rows = [...parts].sort((one, other) => one.equity - other.equity);
  return {
    data: [{
      type: "bar", orientation: "h", y: rows.map(({ name }) => name), x: rows.map(({ equity }) => equity),
      marker: { color: rows.map((_, at) => colour(rows.length - 1 - at)) },
      text: rows.map(({ share }) => `${format.number(share * 100, 1)} %`), textposition: "auto",
      hovertemplate: `%{y}: %{x:${format.moneyHover(rows.map(({ equity }) => equity), currency)}}<extra></extra>`,
    }],
    layout: frame(palette, {
      height: Math.max(160, 40 + 26 * rows.length), hovermode: "closest", showlegend: false, dragmode: false,
      margin: { l: 110, r: 14, t: 8, b: 28 }, bargap: 0.3,
      xaxis: axis(palette, { tickformat: format.TICKS }), yaxis: axis(palette, { automargin: true }),
    }),
  };
}

export function dayProfits({ time, profit, currency }, palette) {
  return {
    data: [{
      type: "bar", x: ms(time), y: profit, width: time.map(() => 0.7 * DAY_MS), hovertemplate: `%{x|%Y-%m-%d}: %{y:${format.moneyHover(profit, currency)}}<extra></extra>`,
      marker: { color: profit.map((amount) => (amount >= 0 ? palette.up : palette.down)) },
    }],
    layout: frame(palette, {
      height: 240, hovermode: "closest", showlegend: false, dragmode: false,
      xaxis: timeAxis(palette, {
        tickformat: "%m-%d", range: [time[0] * 1000 - DAY_MS, time[time.length - 1] * 1000 + DAY_MS],
        ...(time.length < 8 ? { dtick: DAY_MS } : {}),
      }),
      yaxis: axis(palette, { tickformat: format.TICKS }),
    }),
  };
}
