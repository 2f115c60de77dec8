// The Market page: the address selects what is shown; snapshots and frames fill it.
import * as chart from "../../chart/chart.js";
import * as lightweight from "../../chart/engines/lightweight.js";
import * as indicatorLegend from "../../chart/indicator-legend.js";
import * as indicators from "../../chart/indicators.js";
import * as layouts from "../../chart/layouts.js";
import * as signals from "../../chart/signals.js";
import { showState } from "../../chart/state.js";
import * as clientside from "../../core/clientside.js";
import { requireElement } from "../../core/elements.js";
import * as format from "../../core/format.js";
import { HeldFrames, isBehind, isNewer } from "../../core/frames.js";
import { live } from "../../core/live.js";
import { setProps, stores } from "../../core/props.js";
import { candleTopic, indicatorsOf, signalsTopic, tradesTopic } from "../../core/topics.js";
import * as shell from "../shell/shell.js";
import { searchOf } from "./address.js";

/** @typedef {import("../../core/topics.js").View} View */
/** @typedef {import("../../core/live.js").Frame} Frame */
/** @typedef {import("../../core/frames.js").Numbers} Numbers */
/** @typedef {Frame & import("../../core/frames.js").NumberedFrame} NumberedFrame */
/** @typedef {import("../../chart/bars.js").Columns & {begins: boolean}} Candles */
/** @typedef {import("../../chart/engines/lightweight.js").Range} Range */
/** @typedef {import("../../chart/chart.js").EngineName} EngineName */
/** @typedef {import("../../chart/chart.js").Owner} Owner */
/** @typedef {{kind: string, title: string, action: string}} Problem */
/** @typedef {{instruments: string[], timeframes: string[], groups: unknown, problem: Problem | null, hint: string}} Listing */
/** @typedef {import("./address.js").Choice} Choice */
/** @typedef {[id: number, price: string, size: string, direction: number, time: number]} Trade */
/**
 * @typedef {object} Quote
 * @property {string} last
 * @property {number} reference the price a day ago, or since the first trade
 * @property {number} high
 * @property {number} low
 * @property {number} volume
 * @property {boolean} full_day
 * @property {string} since
 */
/**
 * @typedef {object} Snapshot
 * @property {View} view
 * @property {string} epoch
 * @property {Numbers} numbers
 * @property {Trade[]} trades the newest first
 * @property {Quote | null} quote
 * @property {{symbol: string, price_decimals: number, size_decimals: number, price_step: number, size_unit: string}} instrument
 * @property {Candles} candles
 * @property {number} step_s
 * @property {{title: string, action: string}} empty
 * @property {string} notice
 */

const noUpdate = () => window.dash_clientside.no_update;
/** @type {EngineName[]} */
const ENGINES = ["lightweight", "plotly"];
const TRADES = 20;
// Twelve seconds of two topics at ten frames a second: longer than a snapshot takes.
const HELD = 256;
const EAGER_MS = 2000;
const CALM_MS = 15000;

/** @type {View | null} */
let view = null;
/** @type {Snapshot | null} */
let snapshot = null;
/** @type {HeldFrames<NumberedFrame>} */
const held = new HeldFrames(HELD);
/** @type {Trade[]} */
let trades = [];
let watched = "";

for (const id of [
  "market-older-request", "market-view", "market-snapshot", "market-older", "market-resync",
]) stores.add(id);

/** @param {View} view */
const keyOf = ({ symbol, timeframe }) => `${symbol} ${timeframe}`;

// -- what is chosen

/**
 * @param {string | null} search
 * @param {string | null} symbol
 * @param {string | null} timeframe
 * @param {EngineName | null} engine
 * @param {Listing | null} listing
 */
function choose(search, symbol, timeframe, engine, listing) {
  const moved = window.dash_clientside.callback_context.triggered_id;
  if (!moved) leave();
  const query = new URLSearchParams(search || "");
  const symbols = listing ? listing.instruments : [];
  if (moved === "market-symbol" && symbol) query.set("symbol", symbol);
  if (moved === "market-timeframe" && timeframe) query.set("timeframe", timeframe);
  if (moved === "market-engine" && engine) query.set("engine", engine);
  /**
   * @template {string | null} T
   * @param {string} name
   * @param {T[]} allowed
   * @param {T} otherwise
   */
  const pick = (name, allowed, otherwise) => allowed.find((each) => each === query.get(name)) ?? otherwise;
  const frames = listing ? listing.timeframes : [];
  const usual = frames.includes("1m") ? "1m" : frames[0];
  /** @type {Choice} */
  const chosen = {
    symbol: pick("symbol", /** @type {(string | null)[]} */ (symbols), symbols[0] || null),
    timeframe: pick("timeframe", /** @type {(string | null)[]} */ (frames), usual || null),
    engine: pick("engine", ENGINES, "lightweight"),
  };
  if (listing && listing.problem) showProblem(listing.problem);
  else if (listing && !symbols.length) showState("waiting", "No instruments yet", listing.hint);
  chart.use(chosen.engine);
  const isChoice = moved && moved.startsWith("market-") && moved !== "market-instruments";
  const address = isChoice ? searchOf(query.toString(), chosen) : window.location.search;
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
  chosen?.parentElement?.scrollIntoView({ block: "nearest", inline: "center" });
}

/** @param {View} next */
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
  if (target instanceof HTMLInputElement && target.id === "market-symbol") window.setTimeout(() => target.select(), 0);
});

// -- the snapshot

/** @param {(Snapshot & {problem: Problem | null}) | null} answer */
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
  requireElement("market").classList.remove("stale");
  shell.problem("database", null);
  showCandles(answer);
  // Frames received while the snapshot was loading are newer than it.
  held.newerThan(answer.numbers).forEach(apply);
  showQuote();
  showTrades();
  requireElement("market-notice").textContent = answer.notice;
}

/** @param {Snapshot} answer */
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

/** @param {{key: string, candles: Candles} | null} answer */
function older(answer) {
  if (answer) chart.prepend(answer.key, answer.candles);
}

// -- frames

/**
 * A hidden tab draws nothing, but its title keeps the price.
 * @param {Frame} frame
 */
function take(frame) {
  if (!view) return;
  if (frame.type === "values") indicators.receive(frame);
  else if (frame.type === "signals") signals.receive(frame);
  else if (document.hidden) {
    if (snapshot && frame.topic === tradesTopic(view)) showTitle(Number(frame.rows[0][1]));
  } else {
    const numbered = /** @type {NumberedFrame} */ (frame);
    held.add(numbered);
    apply(numbered);
  }
}

/** @param {NumberedFrame} frame */
function apply(frame) {
  if (!view || !snapshot) return;
  if (frame.topic === candleTopic(view)) takeBars(frame, snapshot);
  else if (frame.topic === tradesTopic(view)) takeTrades(frame, snapshot);
}

/**
 * @param {NumberedFrame} frame
 * @param {Snapshot} snapshot
 */
function takeBars(frame, { numbers }) {
  if (!chart.view) live.resync("the first candle is reached");
  else if (isNewer(frame, numbers)) chart.put(frame.bars);
}

/**
 * @param {NumberedFrame} frame
 * @param {Snapshot} snapshot
 */
function takeTrades(frame, { numbers }) {
  if (isNewer(frame, numbers)) {
    trades = frame.rows;
    showTrades();
    showQuote();
  }
}

// -- price, facts and the tape

function showQuote() {
  if (!snapshot) return;
  const { quote, instrument } = snapshot;
  const price = trades.length ? Number(trades[0][1]) : quote && Number(quote.last);
  const host = requireElement("market-price");
  host.textContent = format.number(price, instrument.price_decimals);
  showTitle(price);
  if (!quote || !price) return;
  showChange(price, quote, instrument.price_decimals);
  const high = Math.max(quote.high, price);
  const low = Math.min(quote.low, price);
  const number = (/** @type {number} */ value) => format.number(value, instrument.price_decimals);
  fact("high", number(high));
  fact("low", number(low));
  fact("volume", `${format.compact(quote.volume)} ${instrument.size_unit}`);
  fact("open", number(quote.reference));
}

/** @param {number | null} price */
function showTitle(price) {
  if (!snapshot) return;
  const { symbol, price_decimals: decimals } = snapshot.instrument;
  shell.title(price ? `${format.number(price, decimals)} ${symbol}` : symbol);
}

/**
 * @param {number} price
 * @param {Quote} quote
 * @param {number} decimals
 */
function showChange(price, quote, decimals) {
  const change = price - quote.reference;
  const tone = change > 0 ? "up" : change < 0 ? "down" : "flat";
  const mark = { up: "▲", down: "▼", flat: "" }[tone];
  const percent = format.signed((change / quote.reference) * 100, 2);
  const host = requireElement("market-change");
  host.className = `change ${tone}`;
  host.textContent = `${mark} ${format.signed(change, decimals)} (${percent}%)`;
  host.title = quote.full_day ? "in the last 24 hours" : `since ${quote.since}`;
  requireElement("market-price").className = `price ${tone}`;
}

/**
 * @param {string} name
 * @param {string} text
 */
function fact(name, text) {
  const host = document.querySelector(`#market-facts [data-fact="${name}"]`);
  if (host) host.textContent = text;
}

function showTrades() {
  const body = requireElement("market-trades");
  while (body.children.length < TRADES) body.append(tradeRow());
  if (!snapshot) return;
  const { price_decimals: price, size_decimals: size } = snapshot.instrument;
  [...body.querySelectorAll("tr")].forEach((row, at) => {
    const trade = trades[at];
    const [time, side, amount] = row.cells;
    row.className = trade ? (trade[3] > 0 ? "up" : "down") : "";
    time.textContent = trade ? format.clock(new Date(trade[4])) : "";
    side.textContent = trade ? format.number(Number(trade[1]), price) : "";
    amount.textContent = trade ? format.number(Number(trade[2]), size) : "";
    if (trade) row.title = `${trade[3] > 0 ? "buy" : "sell"}, trade ${trade[0]}`;
  });
}

function tradeRow() {
  const row = document.createElement("tr");
  for (let cell = 0; cell < 3; cell += 1) row.append(document.createElement("td"));
  return row;
}

// -- the chart's owner

/**
 * The last snapshot stays, greyed; without one the page shows the problem.
 * @param {Problem} problem
 */
function showProblem(problem) {
  if (problem.kind === "database") {
    shell.problem("database", problem);
    requireElement("market").classList.toggle("stale", Boolean(snapshot));
    window.setTimeout(() => live.resync("the database did not answer"), 5000);
  }
  if (!snapshot) showState("error", problem.title, problem.action);
}

/** @type {Owner} */
const owner = {
  watch,
  older(key, before) {
    setProps("market-older-request", { data: { key, before, nonce: Date.now() } });
  },
  get view() { return view; },
  hint(text) { requireElement("market-notice").textContent = text; },
};

live.on((frame) => {
  if (frame.type === "hello") {
    indicators.clearRecent();
    // Another server starts its numbers again.
    held.clear();
  }
  if (!document.getElementById("market")) leave();
  else if (frame.type === "stale") setProps("market-resync", { data: frame });
  else if (frame.topic) take(frame);
});

clientside.define("market", {
  choose,
  /** @param {Parameters<typeof draw>[0]} answer */
  draw(answer) { draw(answer); },
  /** @param {Parameters<typeof older>[0]} answer */
  older(answer) { older(answer); },
  /**
   * @param {Range | null} visible
   * @param {Range | null} logical
   * @param {{barsBefore: number} | null} around
   */
  moved(visible, logical, around) {
    const isNearStart = lightweight.moved(visible, logical, around);
    chart.summarize();
    if (isNearStart) chart.loadOlder();
  },
  /** @param {{time: number | null} | null} crosshair */
  pointed(crosshair) {
    if (chart.engine === "lightweight") {
      chart.point(crosshair && crosshair.time !== null ? crosshair.time : null);
    }
  },
});
