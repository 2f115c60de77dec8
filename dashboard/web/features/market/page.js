// The Market page: the address selects what is shown; snapshots and frames fill it.
import * as chart from "../../chart/chart.js";
import * as lightweight from "../../chart/engines/lightweight.js";
import * as indicatorLegend from "../../chart/indicator-legend.js";
import * as indicators from "../../chart/indicators.js";
import * as layouts from "../../chart/layouts.js";
import * as signals from "../../chart/signals.js";
import { showState } from "../../chart/state.js";
import * as clientside from "../../core/clientside.js";
import * as format from "../../core/format.js";
import { HeldFrames, isBehind, isNewer } from "../../core/frames.js";
import { live } from "../../core/live.js";
import { setProps, stores } from "../../core/props.js";
import { candleTopic, indicatorsOf, signalsTopic, tradesTopic } from "../../core/topics.js";
import * as shell from "../shell/shell.js";

const noUpdate = () => window.dash_clientside.no_update;
const ENGINES = ["lightweight", "plotly"];
const TRADES = 20;
// Twelve seconds of two topics at ten frames a second: longer than a snapshot takes.
const HELD = 256;
const EAGER_MS = 2000;
const CALM_MS = 15000;

let view = null;
let snapshot = null;
const held = new HeldFrames(HELD);
let trades = [];
let watched = "";

for (const id of [
  "market-older-request", "market-view", "market-snapshot", "market-older", "market-resync",
]) stores.add(id);

const element = (id) => document.getElementById(id);
const keyOf = ({ symbol, timeframe }) => `${symbol} ${timeframe}`;

// -- what is chosen

function choose(search, symbol, timeframe, engine, listing) {
  const moved = window.dash_clientside.callback_context.triggered_id;
  if (!moved) leave();
  const query = new URLSearchParams(search || "");
  const symbols = listing ? listing.instruments : [];
  if (moved === "market-symbol" && symbol) query.set("symbol", symbol);
  if (moved === "market-timeframe" && timeframe) query.set("timeframe", timeframe);
  if (moved === "market-engine" && engine) query.set("engine", engine);
  const pick = (name, allowed, otherwise) => (
    allowed.includes(query.get(name)) ? query.get(name) : otherwise
  );
  const frames = listing ? listing.timeframes : [];
  const usual = frames.includes("1m") ? "1m" : frames[0];
  const chosen = {
    symbol: pick("symbol", symbols, symbols[0] || null),
    timeframe: pick("timeframe", frames, usual || null),
    engine: pick("engine", ENGINES, "lightweight"),
  };
  if (listing && listing.problem) showProblem(listing.problem);
  else if (listing && !symbols.length) showState("waiting", "No instruments yet", listing.hint);
  chart.use(chosen.engine);
  const address = addressOf(query, chosen, moved);
  const next = chosen.symbol && chosen.timeframe
    ? { symbol: chosen.symbol, timeframe: chosen.timeframe } : null;
  const same = next && view && keyOf(next) === keyOf(view);
  if (next && !same) show(next);
  return [
    address === (search || "") ? noUpdate() : address,
    chosen.symbol, chosen.timeframe, chosen.engine,
    same || !next ? noUpdate() : next,
    listing ? listing.groups : noUpdate(),
    listing ? frames : noUpdate(),
    symbols.length ? CALM_MS : EAGER_MS,
  ];
}

// Another page is shown, or this one again: nothing of the previous view stays.
export function leave() {
  if (!view) return;
  view = null;
  snapshot = null;
  watched = "";
  live.watch([], "market");
  if (chart.owner !== owner) return;
  chart.clear();
  shell.title(null);
}

// On a narrow screen the timeframes scroll: show the chosen one.
function showChosen() {
  const chosen = document.querySelector("#market-timeframe input:checked");
  if (chosen) chosen.parentElement.scrollIntoView({ block: "nearest", inline: "center" });
}

// The address contains what the user chose; defaults are left out.
function addressOf(query, chosen, moved) {
  if (!moved || !moved.startsWith("market-") || moved === "market-instruments") {
    return window.location.search;
  }
  query.set("symbol", chosen.symbol);
  query.set("timeframe", chosen.timeframe);
  if (chosen.engine !== "lightweight" || query.has("engine")) query.set("engine", chosen.engine);
  return `?${query.toString().replaceAll("%3A", ":")}`;
}

function show(next) {
  chart.belongTo(owner);
  view = next;
  snapshot = null;
  held.clear();
  chart.point(null);
  watched = "";
  watch();
  showState("loading");
  indicatorLegend.build();
  layouts.named();
  window.setTimeout(showChosen, 300);
}

// Candles and trades, and the indicators whose values were received.
function watch() {
  if (!view) return;
  const topics = [
    candleTopic(view), tradesTopic(view), signalsTopic(view), ...indicatorsOf(view, indicators.topics()),
  ];
  if (topics.join("\n") === watched) return;
  watched = topics.join("\n");
  live.watch(topics, "market");
}

// Typed text replaces the chosen name. Chromium sets the caret after the event.
document.addEventListener("focusin", ({ target }) => {
  if (target.id === "market-symbol") window.setTimeout(() => target.select(), 0);
});

// -- the snapshot

function draw(answer) {
  if (!answer || !view || keyOf(answer.view) !== keyOf(view)) return;
  if (answer.problem) {
    showProblem(answer.problem);
    return;
  }
  if (live.connected && isBehind(answer, live)) {
    live.resync("the snapshot is older than the first frame");
  }
  snapshot = answer;
  trades = answer.trades;
  element("market").classList.remove("stale");
  shell.problem("database", null);
  showCandles(answer);
  // Frames received while the snapshot was loading are newer than it.
  held.newerThan(answer.numbers).forEach(apply);
  showQuote();
  showTrades();
  element("market-notice").textContent = answer.notice;
}

function showCandles(answer) {
  const { instrument, candles } = answer;
  if (!candles.time.length) {
    chart.clear();
    showState("empty", answer.empty.title, answer.empty.action);
    return;
  }
  showState("ready");
  chart.load(keyOf(answer.view), candles, {
    decimals: instrument.price_decimals,
    priceStep: instrument.price_step,
    step: answer.step_s,
  });
}

function older(answer) {
  if (answer) chart.prepend(answer.key, answer.candles);
}

// -- frames

// A hidden tab draws nothing, but its title keeps the price.
function take(frame) {
  if (!view) return;
  if (frame.type === "values") indicators.receive(frame);
  else if (frame.type === "signals") signals.receive(frame);
  else if (document.hidden) {
    if (snapshot && frame.topic === tradesTopic(view)) showTitle(frame.rows[0][1]);
  } else {
    held.add(frame);
    apply(frame);
  }
}

function apply(frame) {
  if (!view || !snapshot) return;
  if (frame.topic === candleTopic(view)) takeBars(frame);
  else if (frame.topic === tradesTopic(view)) takeTrades(frame);
}

function takeBars(frame) {
  if (!chart.view) live.resync("the first candle is reached");
  else if (isNewer(frame, snapshot.numbers)) chart.put(frame.bars);
}

function takeTrades(frame) {
  if (isNewer(frame, snapshot.numbers)) {
    trades = frame.rows;
    showTrades();
    showQuote();
  }
}

// -- price, facts and the tape

function showQuote() {
  const { quote, instrument } = snapshot;
  const price = trades.length ? Number(trades[0][1]) : quote && Number(quote.last);
  const host = element("market-price");
  host.textContent = format.number(price, instrument.price_decimals);
  showTitle(price);
  if (!quote || !price) return;
  showChange(price, quote);
  const high = Math.max(quote.high, price);
  const low = Math.min(quote.low, price);
  const number = (value) => format.number(value, instrument.price_decimals);
  fact("high", number(high));
  fact("low", number(low));
  fact("volume", `${format.compact(quote.volume)} ${instrument.size_unit}`);
  fact("open", number(quote.reference));
}

function showTitle(price) {
  const { symbol, price_decimals: decimals } = snapshot.instrument;
  shell.title(price ? `${format.number(price, decimals)} ${symbol}` : symbol);
}

function showChange(price, quote) {
  const change = price - quote.reference;
  const tone = change > 0 ? "up" : change < 0 ? "down" : "flat";
  const mark = { up: "▲", down: "▼", flat: "" }[tone];
  const { price_decimals: decimals } = snapshot.instrument;
  const percent = format.signed((change / quote.reference) * 100, 2);
  const host = element("market-change");
  host.className = `change ${tone}`;
  host.textContent = `${mark} ${format.signed(change, decimals)} (${percent}%)`;
  host.title = quote.full_day ? "in the last 24 hours" : `since ${quote.since}`;
  element("market-price").className = `price ${tone}`;
}

function fact(name, text) {
  const host = document.querySelector(`#market-facts [data-fact="${name}"]`);
  if (host) host.textContent = text;
}

function showTrades() {
  const body = element("market-trades");
  while (body.children.length < TRADES) body.append(tradeRow());
  const { price_decimals: price, size_decimals: size } = snapshot.instrument;
  [...body.children].forEach((row, at) => {
    const trade = trades[at];
    const [time, side, amount] = row.children;
    row.className = trade ? (trade[3] > 0 ? "up" : "down") : "";
    time.textContent = trade ? format.clock(new Date(trade[4])) : "";
    side.textContent = trade ? format.number(trade[1], price) : "";
    amount.textContent = trade ? format.number(trade[2], size) : "";
    if (trade) row.title = `${trade[3] > 0 ? "buy" : "sell"}, trade ${trade[0]}`;
  });
}

function tradeRow() {
  const row = document.createElement("tr");
  for (let cell = 0; cell < 3; cell += 1) row.append(document.createElement("td"));
  return row;
}

// -- the chart's owner

// The last snapshot stays, greyed; without one the page shows the problem.
function showProblem(problem) {
  if (problem.kind === "database") {
    shell.problem("database", problem);
    element("market").classList.toggle("stale", Boolean(snapshot));
    window.setTimeout(() => live.resync("the database did not answer"), 5000);
  }
  if (!snapshot) showState("error", problem.title, problem.action);
}

const owner = {
  watch,
  older(key, before) {
    setProps("market-older-request", { data: { key, before, nonce: Date.now() } });
  },
  get view() { return view; },
  hint(text) { element("market-notice").textContent = text; },
};

live.on((frame) => {
  if (frame.type === "hello") {
    indicators.clearRecent();
    // Another server starts its numbers again.
    held.clear();
  }
  if (!element("market")) leave();
  else if (frame.type === "stale") setProps("market-resync", { data: frame });
  else if (frame.topic) take(frame);
});

clientside.define("market", {
  choose,
  draw(answer) { draw(answer); },
  older(answer) { older(answer); },
  moved(visible, logical, around) {
    const isNearStart = lightweight.moved(visible, logical, around);
    chart.summarize();
    if (isNearStart) chart.loadOlder();
  },
  pointed(crosshair) {
    if (chart.engine === "lightweight") {
      chart.point(crosshair && crosshair.time !== null ? crosshair.time : null);
    }
  },
});
