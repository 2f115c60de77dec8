// One stored backtest: its result, warnings and round trips.
import * as api from "../../core/api.js";
import * as dialog from "../../core/dialog.js";
import { copyable } from "../../core/dialog.js";
import { make } from "../../core/elements.js";
import * as format from "../../core/format.js";
import { fillGrid } from "../../core/grids.js";
import { draw } from "../../core/plots.js";
import { go } from "./address.js";
import * as backtestForm from "./form.js";
import * as backtestHistory from "./history.js";
import { calendar, metric } from "./metrics.js";
import * as plots from "./plots.js";
import * as promotion from "./promotion.js";

const HEADLINE = ["total_return", "benchmark_return", "max_drawdown", "sharpe", "sortino", "calmar",
  "profit_factor", "win_rate", "round_trips", "exposure", "fees", "net_profit"];

let shown = null;
let cards = [];

const slot = (name) => document.querySelector(`#backtest-result [data-slot="${name}"]`);

// -- metrics

function metrics(result) {
  const byName = new Map(cards.map((card) => [card.name, card]));
  const sample = { days: result.metrics.daily_returns || 0, roundTrips: result.metrics.round_trips || 0 };
  const head = HEADLINE.filter((name) => byName.has(name))
    .map((name) => metric(byName.get(name), result.metrics[name], result.currency, sample));
  const groups = [...new Set(cards.map(({ group }) => group))].map((group) =>
    make("section", { className: "metric-group" }, make("h3", { textContent: group }),
      make("div", { className: "metrics small" }, ...cards
        .filter((card) => card.group === group).map((card) => metric(card, result.metrics[card.name], result.currency, sample)))));
  const all = make("details", { className: "all-metrics" },
    make("summary", { textContent: `All ${cards.length} metrics` }), ...groups);
  slot("metrics").replaceChildren(make("div", { className: "metrics" }, ...head), all);
}

// -- head

function badge(result) {
  const failed = result.reconciled.filter(({ holds }) => !holds);
  const compared = result.reconciled.reduce((sum, check) => sum + check.compared, 0);
  const text = failed.length ? `✕ ${failed.length} checks differ` : "✓ Reconciled";
  const made = make("span", { className: `badge ${failed.length ? "bad-badge" : "ok-badge"}`, textContent: text });
  made.title = `${result.reconciled.length} checks, ${compared.toLocaleString("en-US")} amounts compared`;
  return made;
}

function head(result) {
  const title = make("div", { className: "result-title" },
    make("h1", { textContent: `#${result.id} ${result.strategy}` }), badge(result),
    make("span", { className: "badge plain-badge", textContent: "BACKTEST" }));
  const days = (result.end - result.start) / 86400;
  const about = make("p", { className: "result-about", textContent: [
    result.parameters, `${result.instrument} ${result.timeframe}`,
    `${format.barTime(result.start, 60)} to ${format.barTime(result.end, 60)} UTC (${format.number(days, 1)} d)`,
    `run ${format.barTime(result.created_at, 60)} UTC`,
  ].filter(Boolean).join(" · ") });
  const actions = make("div", { className: "result-actions" },
    action("Use these settings", () => backtestForm.use(result.values)),
    action("Make a bot", () => promotion.open(result)),
    action("JSON", () => dialog.open("Configuration",
      ...copyable(JSON.stringify(result.config, null, 2)))),
    action("Note and tags", () => backtestHistory.annotate(result, annotated)),
    action("Delete", () => backtestHistory.remove([result], () => go({})), "danger"));
  slot("head").replaceChildren(title, about, actions, annotation(result),
    ...result.warnings.map((text) => make("p", { className: "warning-line", textContent: `! ${text}` })));
}

function annotated({ id, note, tags }) {
  if (shown && shown.id === id) head(Object.assign(shown, { note, tags }));
}

function annotation({ note, tags }) {
  return make("p", { className: "annotation", hidden: !note && !tags.length },
    ...tags.map((tag) => make("span", { className: "tag", textContent: tag })), note);
}

function action(text, does, more) {
  const made = make("button", { type: "button", className: `text-button ${more || ""}`, textContent: text });
  made.addEventListener("click", does);
  return made;
}

// -- tables

function months(result) {
  slot("months").replaceChildren(calendar(result.months));
}

function facts(result) {
  const { quality, digests } = result;
  const checks = result.reconciled.map(({ name, what, compared, different, holds }) => make("li", {
    className: holds ? "" : "bad",
    textContent: `${holds ? "✓" : "✕"} ${name}: ${what} (${compared.toLocaleString("en-US")} compared`
      + `${different ? `, ${different} differ` : ""})`,
  }));
  const time = (text) => format.barTime(new Date(text) / 1000, 60);
  const gaps = quality.gaps.map(({ start, end }) =>
    make("li", { textContent: `${time(start)} to ${time(end)} UTC` }));
  const more = quality.gap_count - quality.gaps.length;
  const counts = [
    ["Warm-up", quality.warmup], ["Candles", quality.candles], ["Prints", quality.prints],
    ["Missing", quality.missing_candles],
    ["Incomplete", quality.incomplete_candles], ["Drilled into", result.drilled_candles],
  ].map(([name, count]) => [name, count.toLocaleString("en-US")]);
  slot("facts").replaceChildren(
    part("Reconciliation", make("ul", {}, ...checks)),
    part("Data", pairs([["Known", `${format.number((1 - quality.missing) * 100, 2)} %`], ...counts]),
      gaps.length ? make("ul", { className: "gaps" }, ...gaps) : make("p", { textContent: "No gaps." }),
      more > 0 ? make("p", { textContent: `and ${more} more` }) : null),
    part("Digests", pairs(Object.entries(digests).filter(([, text]) => text)),
      make("p", { textContent: "The same configuration, data and code give the same outcome, bit for bit." })));
}

const part = (title, ...content) =>
  make("section", { className: "fact-part" }, make("h3", { textContent: title }), ...content);

const pairs = (rows) => make("dl", { className: "pairs" }, ...rows.flatMap(([name, text]) => [
  make("dt", { textContent: name }), make("dd", { textContent: text, title: text })]));

// -- candles with fills

function candles(at) {
  const query = new URLSearchParams({ id: shown.id, ...(at ? { at: Math.floor(at) } : {}) });
  const id = shown.id;
  api.get(`/backtests/candles?${query}`).then((answer) => {
    if (!shown || shown.id !== id) return;
    const { time } = answer.candles;
    const host = slot("candles-nav");
    const length = time.length ? time[time.length - 1] - time[0] : 0;
    const step = (text, by, disabled) => {
      const made = action(text, () => candles(Math.max(1, time[0] + length / 2 + by * length * 0.9)));
      made.disabled = disabled;
      return made;
    };
    host.replaceChildren(step("← Earlier", -1, answer.begins), step("Later →", 1, answer.ends));
    if (time.length) draw("backtest-candles", plots.candles, { ...answer, currency: shown.currency });
  }, (error) => { slot("candles-nav").textContent = error.message; });
}

export function show(result, catalog) {
  shown = result;
  cards = catalog.cards;
  head(result);
  metrics(result);
  months(result);
  facts(result);
  draw("backtest-equity", plots.equity, { ...result.curve, currency: result.currency });
  draw("backtest-histogram", plots.histogram, result.histogram);
  fillGrid("backtest-round-trips", result.closed_round_trips.map((roundTrip) => ({ ...roundTrip, currency: result.currency })));
  candles(null);
}

export function toRoundTrip(roundTrip) {
  candles((roundTrip.entry_time + roundTrip.exit_time) / 2);
  document.getElementById("backtest-candles").scrollIntoView({ block: "nearest" });
}
