// The Portfolio page: its address selects the span and the bots; one response draws everything.
import * as api from "../../core/api.js";
import * as clientside from "../../core/clientside.js";
import { make } from "../../core/elements.js";
import * as format from "../../core/format.js";
import { live } from "../../core/live.js";
import { draw } from "../../core/plots.js";
import { setProps, stores } from "../../core/props.js";
import { calendar, metric } from "../backtests/metrics.js";
import { histogram } from "../backtests/plots.js";
import { allocation, dayProfits, growths, worth } from "../bots/plots.js";
import { stateText } from "../bots/states.js";
import * as tables from "../bots/tables.js";
import { leave as leaveMarket } from "../market/page.js";
import { excursions, holding, profitBy } from "./round-trip-plots.js";
import * as shell from "../shell/shell.js";

const HEADLINE = ["net_profit", "total_return", "max_drawdown", "sharpe", "sortino", "calmar",
  "profit_factor", "expectancy", "win_rate", "round_trips", "fees"];
const FEW = 30;
const SEARCH_MS = 300;
// The defaults of the address; the parameters of `VIEWS` do not change the response.
const USUAL = { range: "30d", search: "", currency: "", benchmark: "", scatter: "excursions", by: "strategy" };
const VIEWS = ["scatter", "by"];

let cards = null;
let requests = 0;
let timer = 0;
let query = { ...USUAL };
let last = {};

const element = (id) => document.getElementById(id);

function show(search) {
  if (!element("portfolio")) return;
  stores.add("portfolio-url");
  stores.add("url");
  leaveMarket();
  shell.title("Portfolio");
  const given = new URLSearchParams(search || "");
  query = Object.fromEntries(Object.entries(USUAL).map(([key, usual]) => [key, given.get(key) || usual]));
  if (document.activeElement !== element("portfolio-search")) setProps("portfolio-search", { value: query.search });
  document.querySelectorAll("#portfolio .ranges button:not([data-currency])").forEach((button) => {
    const [word] = Object.keys(button.dataset);
    button.setAttribute("aria-pressed", String(button.dataset[word] === query[word]));
  });
  element("portfolio-benchmark").setAttribute("aria-pressed", String(query.benchmark === "1"));
  document.querySelectorAll("#portfolio-files a").forEach((link) => {
    link.href = `${api.ROOT}/portfolio/${link.dataset.file}?${queryText()}`;
  });
  if (last.page === element("portfolio") && last.query === queryText()) views(last.found);
  else load();
}

function queryText() {
  return String(new URLSearchParams(Object.entries(query).filter(([word]) => !VIEWS.includes(word))));
}

function load() {
  const number = ++requests;
  const page = element("portfolio");
  const requested = queryText();
  cards = cards || api.get("/backtests/catalog").then((answer) => answer.cards);
  Promise.all([api.get(`/portfolio?${requested}`), cards]).then(([found, metricCards]) => {
    if (number !== requests || !element("portfolio")) return;
    shell.problem("portfolio", null);
    last = { page, query: requested, found };
    drawAll(found, metricCards);
  }, (error) => {
    cards = null;
    if (number === requests) shell.problem("portfolio", { title: "The portfolio cannot be read", action: error.message });
  });
}

function drawAll(found, metricCards) {
  element("portfolio-about").textContent = found.bots
    ? `${found.bots} ${found.bots === 1 ? "bot" : "bots"}, ${format.barTime(found.start, 60)} to ${format.barTime(found.end, 60)} UTC; `
      + `maximum drawdown over candle closes and fills${found.daily_before ? `, daily before ${format.barTime(found.daily_before, 86400)}` : ""}`
    : "No bot has started in this span yet: start one on the Bots page.";
  element("portfolio").classList.toggle("nothing", !found.bots);
  currencies(found);
  metrics(found, metricCards);
  if (!found.bots) return;
  reconciliation(found.reconciliation, found.currency);
  const held = found.benchmark || { missing: [], curve: null };
  element("portfolio-benchmark-note").textContent = held.missing.length ? `Buy and hold is not drawn: ${held.missing.join("; ")}.` : "";
  draw("portfolio-equity", worth, { ...found.curve, held: held.curve, currency: found.currency });
  draw("portfolio-growth", growths, found.growth_curves);
  draw("portfolio-allocation", allocation, { parts: shares(found.members), currency: found.currency });
  draw("portfolio-days", dayProfits, { ...found.day_profits, currency: found.currency });
  draw("portfolio-histogram", histogram, found.histogram);
  element("portfolio-months").replaceChildren(calendar(found.months));
  ranking(found.members, found.reconciliation.differences, found.currency);
  roundTrips(found.closed_round_trips, found.currency);
  views(found);
}

function views(found) {
  if (!found.bots) return;
  const members = new Map(found.members.map((member) => [member.name, member]));
  const rows = found.closed_round_trips.map((roundTrip) => ({ ...roundTrip, instrument: members.get(roundTrip.bot).instrument, currency: found.currency }));
  draw("portfolio-scatter", query.scatter === "holding" ? holding : excursions, rows, visit);
  draw("portfolio-profit-by", profitBy, {
    rows: found.profit_by[query.by] || found.profit_by.strategy, currency: found.currency,
  });
}

// Money of different quote currencies is never added: one of them is shown at a time.
function currencies({ currency, currencies: all }) {
  const host = element("portfolio-currencies");
  host.hidden = all.length < 2 && !query.currency;
  const shown = all.includes(currency) ? all : [currency, ...all];
  host.replaceChildren(...shown.map((each) => make("button", {
    type: "button", className: "text-button", textContent: each || "other", "data-currency": each || "none",
    "aria-pressed": String(each === currency),
  })));
}

// -- metrics, as defined for backtests; those of too few samples are greyed

function metrics(found, metricCards) {
  const byName = new Map(metricCards.map((card) => [card.name, card]));
  const last = found.curve ? found.curve.equity[found.curve.equity.length - 1] : null;
  const now = found.curve ? found.curve.drawdown[found.curve.drawdown.length - 1] : null;
  const percent = (value, write) => (value === null ? format.UNKNOWN : `${write(value * 100, 2)} %`);
  const own = [["Equity", format.moneyIn(last, found.currency)], ["Drawdown now", percent(now && -now, format.number)],
    ...(found.benchmark ? [["Buy and hold", percent(found.benchmark.return, format.signed)]] : [])]
    .map(([title, text]) => make("div", { className: "metric" }, make("div", { className: "metric-plain" },
      make("span", { className: "metric-title", textContent: title }),
      make("strong", { className: "metric-value", textContent: text }))));
  const measured = HEADLINE.filter((name) => byName.has(name)).map((name) => {
    const sample = { days: Math.floor(found.days), roundTrips: found.round_trips };
    return metric(byName.get(name), found.metrics[name], found.currency, sample);
  });
  element("portfolio-metrics").replaceChildren(make("div", { className: "metrics" }, ...own, ...measured));
}

// -- reconciliation: exact differences come as text

function reconciliation({ realised, unrealised, fees, change, differences }, currency) {
  const wrong = Object.entries(differences).filter(([, text]) => text !== "0");
  const [plus, minus] = [(value) => format.profit(value, currency), (value) => format.money(value, currency)];
  const sum = `realised ${plus(realised)}, unrealised ${plus(unrealised)}, fees ${minus(fees)}`;
  element("portfolio-reconciliation").replaceChildren(...(wrong.length
    ? [make("strong", { className: "down", textContent: `✕ Fills do not explain the equity: ${wrong.map(([bot, text]) => `${bot} differs by ${text}`).join(", ")}` }),
      make("span", { className: "muted", textContent: `fills: ${sum}; equity changed by ${plus(change)}` })]
    : [make("strong", { className: "up", textContent: "✓ Reconciled" }),
      make("span", { className: "muted", textContent: `${sum} = equity changed by ${plus(change)} since the bots began` })]));
}

function difference(text) {
  if (text === undefined) return "";
  return text === "0" ? "✓" : `✕ ${text}`;
}

function shares(members) {
  const whole = members.reduce((sum, { equity }) => sum + Math.max(0, equity), 0) || 1;
  return members.map(({ name, equity }) => ({ name, equity, share: equity / whole }));
}

// -- tables

function ranking(members, differences, currency) {
  const ranked = [...members].sort((one, other) => other.profit - one.profit);
  const percent = (value) => (value === null ? "—" : `${format.signed(value * 100, 2)} %`);
  element("portfolio-ranking").replaceChildren(tables.table(ranked, [
    ["", (row) => (row === ranked[0] ? "▲ best" : row === ranked[ranked.length - 1] ? "▼ worst" : "")],
    ["Bot", (row) => link(row.name)], ["State", (row) => stateText(row.state)],
    ["Strategy", (row) => row.strategy], ["Market", (row) => `${row.instrument} ${row.timeframe}`],
    ["Profit", (row) => format.profit(row.profit, currency), "number", (row) => tables.tone(row.profit)],
    ["Return", (row) => percent(row.return), "number", (row) => tables.tone(row.return)],
    ["Round trips", (row) => String(row.round_trips), "number"],
    ["Won", (row) => (row.win_rate === null ? "—" : `${format.number(row.win_rate * 100, 1)} %`), "number",
      (row) => (row.round_trips < FEW ? "few" : "")],
    ["Equity", (row) => format.money(row.equity, currency), "number"],
    ["Reconciled", (row) => difference(differences[row.name]), "number",
      (row) => (differences[row.name] === "0" ? "up" : "down")],
  ], "No bot matches the filter."));
}

function roundTrips(rows, currency) {
  element("portfolio-round-trips").replaceChildren(tables.table(rows, [
    ["Bot", (row) => link(row.bot)], ["Side", (row) => row.side],
    ["Entry, UTC", (row) => tables.time(row.entry_time)], ["Exit, UTC", (row) => tables.time(row.exit_time)],
    ["Entry", (row) => format.price(row.entry_price), "number"], ["Exit", (row) => format.price(row.exit_price), "number"],
    ["Fees", (row) => format.money(row.fees, currency), "number"],
    ["Profit", (row) => format.profit(row.profit, currency), "number", (row) => tables.tone(row.profit)],
    ["Return", (row) => (row.return === null ? "" : `${format.signed(row.return * 100, 2)} %`), "number",
      (row) => tables.tone(row.return)],
    ["Exit reason", (row) => row.reason],
  ], "No round trip was closed in this span."));
}

function link(name) {
  const made = make("a", { href: `/bots/${name}`, textContent: name });
  made.addEventListener("click", (event) => {
    event.preventDefault();
    visit(name);
  });
  return made;
}

function visit(name) {
  setProps("url", { pathname: `/bots/${name}`, search: "" });
}

function go(changes) {
  const next = { ...query, ...changes };
  const given = new URLSearchParams(Object.entries(next).filter(([word, text]) => text !== USUAL[word]));
  setProps("portfolio-url", { search: `?${given}` });
}

document.addEventListener("click", ({ target }) => {
  const button = target.closest("#portfolio .ranges button");
  if (button) go({ ...button.dataset });
  if (target.closest("#portfolio-benchmark")) go({ benchmark: query.benchmark === "1" ? "" : "1" });
});
document.addEventListener("input", ({ target }) => {
  if (target.id !== "portfolio-search") return;
  window.clearTimeout(timer);
  timer = window.setTimeout(() => go({ search: target.value.trim() }), SEARCH_MS);
});
live.on((frame) => { if (frame.type === "stale" && element("portfolio")) load(); });

clientside.define("portfolio", { show });
