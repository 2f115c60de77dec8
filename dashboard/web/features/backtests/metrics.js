// Metrics as text and as cards, and the calendar of monthly returns.
import { make } from "../../core/elements.js";
import * as format from "../../core/format.js";

const MONTHS = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];
// Descriptive metrics, without predictive value.
const PLAIN = ["net_profit", "total_return", "benchmark_return", "excess_return", "max_drawdown",
  "max_drawdown_money", "round_trips", "daily_returns"];
const SAMPLED = ["return", "risk-adjusted", "drawdown", "tails", "significance", "trades", "holding", "benchmark"];
const BY_ROUND_TRIPS = ["trades", "holding"];
const FEW = 30;
const SIGNED = ["return", "profit", "expectancy", "alpha", "cagr"];

export function value(card, given, currency) {
  if (given === null || given === undefined) return format.UNKNOWN;
  const isSigned = SIGNED.some((word) => card.name.includes(word));
  const write = isSigned ? format.signed : format.number;
  switch (card.unit) {
    case "fraction": return `${write(given * 100, 2)} %`;
    case "money": return (isSigned ? format.profitIn : format.moneyIn)(given, currency);
    case "days": return `${format.number(given, given < 10 ? 2 : 1)} d`;
    case "count": return format.number(given, 0);
    default: return format.number(given, Math.abs(given) >= 1000 ? 0 : 3);
  }
}

function tone(card, given) {
  const hasTone = card.unit !== "count" && card.better > 0
    && ["return", "risk-adjusted", "trades", "benchmark"].includes(card.group);
  const centre = card.name === "profit_factor" ? 1 : 0;
  const neutral = ["win_rate", "winning_days", "payoff", "omega"].includes(card.name);
  if (!hasTone || neutral || given === null || given === undefined || given === centre) return "";
  return given > centre ? "up" : "down";
}

// The number of days or round trips behind a metric, if it is too small.
function few(card, sample) {
  if (PLAIN.includes(card.name) || !SAMPLED.includes(card.group)) return "";
  const byRoundTrips = BY_ROUND_TRIPS.includes(card.group);
  const count = byRoundTrips ? sample.roundTrips : sample.days;
  return count < FEW ? `From ${count} ${byRoundTrips ? "round trips" : "days"} only: fewer than ${FEW} are not significant` : "";
}

export function metric(card, given, currency, sample) {
  const little = few(card, sample);
  const about = [["Formula", card.formula], ["Requires", card.requires], ["Source", card.source],
    ["", card.notes]].filter(([, text]) => text);
  const head = make("summary", {},
    make("span", { className: "metric-title", textContent: card.title }),
    make("strong", { className: `metric-value ${little ? "" : tone(card, given)}`, textContent: value(card, given, currency) }));
  return make("details", { className: `metric${little ? " few" : ""}`, "data-metric": card.name, title: little }, head,
    ...about.map(([label, text]) => make("p", {}, label ? make("b", { textContent: `${label}: ` }) : null, text)));
}

// -- the calendar

function heat(change) {
  if (change === null) return {};
  const strength = Math.min(1, Math.abs(change) / 0.15);
  const colour = change >= 0 ? "var(--tt-up)" : "var(--tt-down)";
  return { style: `background: color-mix(in srgb, ${colour} ${Math.round(8 + strength * 42)}%, transparent)` };
}

const percent = (change) => (change === null ? "" : format.signed(change * 100, 1));

// Years, newest first, with the return of each month and of the year.
export function calendar(years) {
  const rows = years.map(({ year, months: changes, total }) => make("tr", {},
    make("th", { textContent: year, scope: "row" }),
    ...changes.map((change) => make("td", { ...heat(change), textContent: percent(change) })),
    make("td", { className: "total", textContent: percent(total) })));
  return make("table", { className: "months" },
    make("thead", {}, make("tr", {}, make("th", { textContent: "%" }),
      ...MONTHS.map((textContent) => make("th", { textContent })), make("th", { textContent: "Year" }))),
    make("tbody", {}, ...rows));
}
