// The plots of round trips one by one, whichever page they stand on, and of what groups of them made.
(function () {
  "use strict";
  const tt = (window.truetape = window.truetape || {});
  const { frame, axis, titled } = tt.backtestPlots;
  const STEPS_S = [1, 10, 60, 600, 3600, 6 * 3600, 86400, 7 * 86400, 30 * 86400];
  const STEP_NAMES = ["1 s", "10 s", "1 min", "10 min", "1 h", "6 h", "1 d", "7 d", "30 d"];
  const SHORTEST_S = 0.1;

  const held = (trip) => trip.exit_time - trip.entry_time;

  function about(trip) {
    const time = (seconds) => tt.format.barTime(seconds, 1);
    const share = trip.return === null ? "" : ` (${tt.format.signed(trip.return * 100, 2)} %)`;
    return [
      `<b>${trip.bot || `#${trip.number}`}</b> ${trip.instrument || ""} ${trip.side}`,
      `${time(trip.entry_time)} to ${time(trip.exit_time)} UTC, ${duration(held(trip))}`,
      `profit ${tt.format.profitIn(trip.profit, trip.currency)}${share}, ${trip.reason}`,
      `against it ${tt.format.money(trip.adverse, trip.currency)}, for it ${tt.format.money(trip.favourable, trip.currency)}`,
    ].join("<br>");
  }

  function duration(seconds) {
    const units = [[86400, "d"], [3600, "h"], [60, "min"]];
    const [unit, name] = units.find(([size]) => seconds >= size) || [1, "s"];
    return `${tt.format.number(seconds / unit, seconds >= 60 ? 1 : 2)} ${name}`;
  }

  // `place` says where on the x axis a round trip stands.
  function points(roundTrips, place, name, symbol, palette) {
    return {
      type: "scatter", mode: "markers", name, x: roundTrips.map(place), y: roundTrips.map(({ profit }) => profit),
      customdata: roundTrips.map(({ bot, number }) => bot || number), text: roundTrips.map(about),
      hovertemplate: "%{text}<extra></extra>",
      marker: {
        symbol, size: 8, opacity: 0.85, line: { color: palette.background, width: 1 },
        color: roundTrips.map(({ profit }) => (profit > 0 ? palette.up : palette.down)),
      },
    };
  }

  function scatter(data, xaxis, palette) {
    return {
      data,
      layout: frame(palette, {
        height: 300, hovermode: "closest", margin: { l: 66, r: 14, t: 30, b: 44 },
        showlegend: data.length > 1, xaxis: axis(palette, { fixedrange: false, ...xaxis }),
        yaxis: axis(palette, { fixedrange: false, tickformat: tt.format.TICKS, title: titled("Profit after fees", palette) }),
        legend: { orientation: "h", x: 0, y: 1.02, yanchor: "bottom", font: { color: palette.text }, itemclick: false },
      }),
    };
  }

  // How far the market went against each round trip, and for it, beside what was left of it.
  function excursions(roundTrips, palette) {
    return scatter([
      points(roundTrips, ({ adverse }) => -adverse, "Furthest against it", "triangle-left", palette),
      points(roundTrips, ({ favourable }) => favourable, "Furthest for it", "triangle-right", palette),
    ], { title: titled("Excursion before fees", palette), tickformat: tt.format.TICKS, zerolinewidth: 2 }, palette);
  }

  function holding(roundTrips, palette) {
    return scatter([points(roundTrips, (trip) => Math.max(held(trip), SHORTEST_S), "Round trips", "circle", palette)], {
      type: "log", tickvals: STEPS_S, ticktext: STEP_NAMES, title: titled("Held for", palette),
    }, palette);
  }

  function profitBy({ rows, currency }, palette) {
    const hover = tt.format.moneyHover(rows.map(({ profit }) => profit), currency);
    return {
      data: [{
        type: "bar", x: rows.map(({ name }) => name), y: rows.map(({ profit }) => profit),
        marker: { color: rows.map(({ profit }) => (profit >= 0 ? palette.up : palette.down)) },
        text: rows.map((row) => `${row.round_trips} round trips, ${row.won} won`), textposition: "none",
        hovertemplate: `%{x}: %{y:+${hover}}<br>%{text}<extra></extra>`,
      }],
      layout: frame(palette, {
        height: 300, hovermode: "closest", showlegend: false, dragmode: false, bargap: 0.35,
        xaxis: axis(palette, { type: "category" }),
        yaxis: axis(palette, { tickformat: tt.format.TICKS, title: titled("Profit after fees", palette) }),
      }),
    };
  }

  Object.assign(tt.backtestPlots.figures, { excursions, holding, profitBy });
})();
