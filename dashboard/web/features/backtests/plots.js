// The plots of backtests, as Plotly figures in the colours of the page.
(function () {
  "use strict";
  const tt = (window.truetape = window.truetape || {});
  const MS = 1000;
  const SERIES = ["#4fc3f7", "#f0a63c", "#b388ff", "#7cb342", "#f06292", "#90a4ae", "#ffd54f", "#26c6da"];

  const ms = (times) => times.map((time) => time * MS);

  function axis(palette, more) {
    return {
      gridcolor: palette.grid, linecolor: palette.border, zerolinecolor: palette.border,
      tickfont: { color: palette.text, size: 11 }, automargin: true, fixedrange: true, ...more,
    };
  }

  function frame(palette, more) {
    return {
      paper_bgcolor: "rgba(0,0,0,0)", plot_bgcolor: "rgba(0,0,0,0)",
      font: { family: palette.font, color: palette.text, size: 12 },
      margin: { l: 56, r: 14, t: 8, b: 28 }, hovermode: "x", dragmode: "zoom", barmode: "overlay",
      hoverlabel: { bgcolor: palette.background, font: { color: palette.strong } },
      legend: { orientation: "h", x: 0, y: 1.02, yanchor: "bottom", font: { color: palette.text } },
      ...more,
    };
  }

  const timeAxis = (palette, more) =>
    axis(palette, { type: "date", fixedrange: false, ...more });

  function line(x, y, name, color, more) {
    return { type: "scatter", mode: "lines", x, y, name, line: { color, width: 1.6 }, ...more };
  }

  // Equity against buy and hold, drawdown and exposure.
  function equity(curve, palette) {
    const x = ms(curve.time);
    const percent = { hovertemplate: "%{y:.2%}" };
    const money = { hovertemplate: `%{y:${tt.format.moneyHover(curve.equity, curve.currency)}}` };
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
          domain: [0.46, 1], tickformat: tt.format.TICKS,
          title: titled(curve.currency ? `Equity, ${curve.currency}` : "Equity", palette),
        }),
        yaxis2: axis(palette, { domain: [0.2, 0.42], tickformat: ".0%", title: titled("Drawdown", palette) }),
        yaxis3: axis(palette, { domain: [0, 0.16], tickformat: ".0%", title: titled("Exposure", palette) }),
      }),
    };
  }

  const titled = (text, palette) => ({ text, font: { size: 11, color: palette.text }, standoff: 6 });

  function histogram({ edges, counts }, palette) {
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
      text: roundTrips.map((roundTrip) => (entries ? roundTrip.side : `${roundTrip.reason}, ${tt.format.profitIn(roundTrip.profit, currency)}`)),
      hovertemplate: "%{text} at %{y:,.15~f}<extra></extra>",
    };
  }

  function candles({ candles: columns, closed_round_trips: roundTrips, currency }, palette) {
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
        yaxis: axis(palette, { fixedrange: false, tickformat: tt.format.TICKS, hoverformat: tt.format.TICKS }),
      }),
    };
  }

  function compared(runs, palette) {
    return {
      data: runs.map((run, at) => line(ms(run.curve.time), run.curve.growth, `#${run.id} ${run.strategy}`,
        SERIES[at % SERIES.length], { hovertemplate: "%{y:.2%}" })),
      layout: frame(palette, {
        height: 360, margin: { l: 56, r: 14, t: 34, b: 28 }, xaxis: timeAxis(palette, {}),
        yaxis: axis(palette, { tickformat: ".0%", title: titled("Growth of the capital", palette) }),
      }),
    };
  }

  const FIGURES = { equity, histogram, candles, compared };
  const drawn = new Map();

  function paint(host, kind, values, pick) {
    const { data, layout } = FIGURES[kind](values, tt.palette());
    return window.Plotly.react(host, data, layout, { displayModeBar: false, responsive: true }).then(() => {
      host.removeAllListeners("plotly_click");
      if (pick) host.on("plotly_click", ({ points }) => pick(points[0].customdata));
    });
  }

  new MutationObserver(() => {
    for (const [id, [kind, values, pick]] of drawn) {
      const host = document.getElementById(id);
      if (host && host.data) paint(host, kind, values, pick);
    }
  }).observe(document.documentElement, { attributeFilter: ["data-mantine-color-scheme"] });

  tt.backtestPlots = {
    figures: FIGURES, axis, frame, titled, line,
    colour: (at) => SERIES[at % SERIES.length],
    // `pick` receives the customdata of a clicked point.
    draw(id, kind, values, pick) {
      const host = document.getElementById(id);
      const source = host.closest("[data-plotly]").dataset.plotly;
      drawn.set(id, [kind, values, pick]);
      tt.loadPlotly(source).then(() => {
        const latest = drawn.get(id);
        if (host.isConnected && latest[1] === values) paint(host, kind, values, pick);
      }, (error) => { host.textContent = error.message; });
    },
  };
})();
