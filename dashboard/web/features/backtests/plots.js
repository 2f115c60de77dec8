// The plots of backtests, as Plotly figures in the colours of the page.
// Equity against buy and hold, drawdown and exposure.
import * as format from "../../core/format.js";
import { MS, SERIES, axis, frame, line, ms, timeAxis, titled } from "../../core/plots.js";

export function equity(curve, palette) {
  const x = ms(curve.time);
  const percent = { hovertemplate: "%{y:.2%}" };
  const money = { hovertemplate: `%{y:${format.moneyHover(curve.equity, curve.currency)}}` };
  return {
    data: [
      line(x, curve.benchmark, "Buy and hold", palette.text,
        { line: { color: palette.text, width: 1.2, dash: "dot" }, ...money }),
      line(x, curve.equity, "Strategy", palette.up, money),
      line(x, curve.benchmark_drawdown, "Buy and hold", palette.text, {
        yaxis: "y2", showlegend: false, line: { color: palette.text, width: 1, dash: "dot" }, ...percent,
      }),
      line(x, curve.drawdown, "Drawdown", palette.down, {
        yaxis: "y2", showlegend: false, fill: "tozeroy", fillcolor: palette.downFill, ...percent,
      }),
      line(x, curve.exposure, "Exposure", SERIES[0], {
        yaxis: "y3", showlegend: false, fill: "tozeroy", fillcolor: `${SERIES[0]}33`,
        line: { color: SERIES[0], width: 1, shape: "hv" }, ...percent,
      }),
    ],
    layout: frame(palette, {
      height: 460, margin: { l: 56, r: 14, t: 34, b: 28 },
      xaxis: timeAxis(palette, { anchor: "y3" }),
      yaxis: axis(palette, {
        domain: [0.46, 1], tickformat: format.TICKS,
        title: titled(curve.currency ? `Equity, ${curve.currency}` : "Equity", palette),
      }),
      yaxis2: axis(palette, { domain: [0.2, 0.42], tickformat: ".0%", title: titled("Drawdown", palette) }),
      yaxis3: axis(palette, { domain: [0, 0.16], tickformat: ".0%", title: titled("Exposure", palette) }),
    }),
  };
}

export function histogram({ edges, counts }, palette) {
  const middle = counts.map((_, at) => (edges[at] + edges[at + 1]) / 2);
  return {
    data: [{
      type: "bar", x: middle, y: counts, width: counts.map((_, at) => edges[at + 1] - edges[at]),
      marker: {
        color: middle.map((value) => (value >= 0 ? palette.up : palette.down)),
        line: { color: palette.background, width: 1 },
      },
      hovertemplate: "%{y} round trips around %{x:.2%}<extra></extra>",
    }],
    layout: frame(palette, {
      height: 240, hovermode: "closest", showlegend: false, dragmode: false,
      xaxis: axis(palette, { tickformat: ".1%", title: titled("Return of a round trip, after fees", palette) }),
      yaxis: axis(palette, { title: titled("Round trips", palette) }),
      margin: { l: 56, r: 14, t: 8, b: 44 },
    }),
  };
}

function marks(roundTrips, kind, currency, palette) {
  const entries = kind === "entry";
  const shape = ({ side }) => (entries ? (side === "long" ? "triangle-up" : "triangle-down") : "circle");
  const colour = (roundTrip) => (entries ? palette.strong : roundTrip.profit >= 0 ? palette.up : palette.down);
  return {
    type: "scatter", mode: "markers", name: entries ? "Entry" : "Exit", cliponaxis: true,
    x: roundTrips.map((roundTrip) => roundTrip[`${kind}_time`] * MS), y: roundTrips.map((roundTrip) => roundTrip[`${kind}_price`]),
    marker: {
      size: entries ? 11 : 9, symbol: roundTrips.map(shape), color: roundTrips.map(colour),
      line: { color: palette.background, width: 1.5 },
    },
    text: roundTrips.map((roundTrip) => (entries ? roundTrip.side : `${roundTrip.reason}, ${format.profitIn(roundTrip.profit, currency)}`)),
    hovertemplate: "%{text} at %{y:,.15~f}<extra></extra>",
  };
}

export function candles({ candles: columns, closed_round_trips: roundTrips, currency }, palette) {
  const fill = (color) => ({ line: { color, width: 1 }, fillcolor: color });
  const ways = roundTrips.flatMap((roundTrip) => [[roundTrip.entry_time, roundTrip.entry_price],
    [roundTrip.exit_time, roundTrip.exit_price], [null, null]]);
  const x = ms(columns.time);
  return {
    data: [
      {
        type: "candlestick", x, open: columns.open, high: columns.high, low: columns.low,
        close: columns.close, increasing: fill(palette.up), decreasing: fill(palette.down),
        name: "Price", hoverinfo: "x+y", showlegend: false,
      },
      line(ways.map(([time]) => time && time * MS), ways.map(([, price]) => price), "Round trip",
        palette.text, { line: { color: palette.text, width: 1, dash: "dot" }, hoverinfo: "skip", showlegend: false }),
      marks(roundTrips, "entry", currency, palette), marks(roundTrips, "exit", currency, palette),
    ],
    layout: frame(palette, {
      height: 360, hovermode: "closest", margin: { l: 66, r: 14, t: 34, b: 28 },
      xaxis: timeAxis(palette, {
        rangeslider: { visible: false }, range: [x[0], x[x.length - 1]],
      }),
      yaxis: axis(palette, { fixedrange: false, tickformat: format.TICKS, hoverformat: format.TICKS }),
    }),
  };
}

export function compared(runs, palette) {
  return {
    data: runs.map((run, at) => line(ms(run.curve.time), run.curve.growth, `#${run.id} ${run.strategy}`,
      SERIES[at % SERIES.length], { hovertemplate: "%{y:.2%}" })),
    layout: frame(palette, {
      height: 360, margin: { l: 56, r: 14, t: 34, b: 28 }, xaxis: timeAxis(palette, {}),
      yaxis: axis(palette, { tickformat: ".0%", title: titled("Growth of the capital", palette) }),
    }),
  };
}
