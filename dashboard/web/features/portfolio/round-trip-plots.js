// The plots of single round trips, and of profits of groups of them, for all pages.
import * as format from "../../core/format.js";
import { axis, frame, titled } from "../../core/plots.js";

const STEPS_S = [1, 10, 60, 600, 3600, 6 * 3600, 86400, 7 * 86400, 30 * 86400];
const STEP_NAMES = ["1 s", "10 s", "1 min", "10 min", "1 h", "6 h", "1 d", "7 d", "30 d"];
const SHORTEST_S = 0.1;

const held = (roundTrip) => roundTrip.exit_time - roundTrip.entry_time;

function about(roundTrip) {
  const time = (seconds) => format.barTime(seconds, 1);
  const share = roundTrip.return === null ? "" : ` (${format.signed(roundTrip.return * 100, 2)} %)`;
  return [
    `<b>${roundTrip.bot || `#${roundTrip.number}`}</b> ${roundTrip.instrument || ""} ${roundTrip.side}`,
    `${time(roundTrip.entry_time)} to ${time(roundTrip.exit_time)} UTC, ${duration(held(roundTrip))}`,
    `profit ${format.profitIn(roundTrip.profit, roundTrip.currency)}${share}, ${roundTrip.reason}`,
    `against it ${format.money(roundTrip.adverse, roundTrip.currency)}, for it ${format.money(roundTrip.favourable, roundTrip.currency)}`,
  ].join("<br>");
}

function duration(seconds) {
  const units = [[86400, "d"], [3600, "h"], [60, "min"]];
  const [unit, name] = units.find(([size]) => seconds >= size) || [1, "s"];
  return `${format.number(seconds / unit, seconds >= 60 ? 1 : 2)} ${name}`;
}

// `place` returns the position of a round trip on the x axis.
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
      yaxis: axis(palette, { fixedrange: false, tickformat: format.TICKS, title: titled("Profit after fees", palette) }),
      legend: { orientation: "h", x: 0, y: 1.02, yanchor: "bottom", font: { color: palette.text }, itemclick: false },
    }),
  };
}

// Adverse and favourable excursion of each round trip, against its return.
export function excursions(roundTrips, palette) {
  return scatter([
    points(roundTrips, ({ adverse }) => -adverse, "Maximum adverse excursion", "triangle-left", palette),
    points(roundTrips, ({ favourable }) => favourable, "Maximum favourable excursion", "triangle-right", palette),
  ], { title: titled("Excursion before fees", palette), tickformat: format.TICKS, zerolinewidth: 2 }, palette);
}

export function holding(roundTrips, palette) {
  return scatter([points(roundTrips, (roundTrip) => Math.max(held(roundTrip), SHORTEST_S), "Round trips", "circle", palette)], {
    type: "log", tickvals: STEPS_S, ticktext: STEP_NAMES, title: titled("Holding time", palette),
  }, palette);
}

export function profitBy({ rows, currency }, palette) {
  const hover = format.moneyHover(rows.map(({ profit }) => profit), currency);
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
      yaxis: axis(palette, { tickformat: format.TICKS, title: titled("Profit after fees", palette) }),
    }),
  };
}
