// The page of a bot: its details are read at first and after each event; its money is updated by frames.
import * as chart from "../../chart/chart.js";
import * as fills from "../../chart/fills.js";
import * as indicators from "../../chart/indicators.js";
import * as signals from "../../chart/signals.js";
import { showState } from "../../chart/state.js";
import * as api from "../../core/api.js";
import * as clientside from "../../core/clientside.js";
import { make } from "../../core/elements.js";
import * as format from "../../core/format.js";
import { isNewer } from "../../core/frames.js";
import { botTopic, candleTopic, indicatorsOf, signalsTopic } from "../../core/topics.js";
import { live } from "../../core/live.js";
import * as plots from "../../core/plots.js";
import { setProps, stores } from "../../core/props.js";
import * as botCommands from "./commands.js";
import * as botFormats from "./formats.js";
import * as botHead from "./head.js";
import { worth } from "./plots.js";
import { TABLES } from "./tables.js";
import { leave as leaveMarket } from "../market/page.js";
import * as shell from "../shell/shell.js";

const AGAIN_MS = 400;
const CURVE_MS = 2000;
const FAILED_AGAIN_MS = 5000;

let name = null;
let detail = null;
let snapshot = null;
let number = 0;
let held = [];
let heldUpdates = [];
let timer = 0;
let candleTimer = 0;
let drawnAt = 0;
let requests = 0;
let tab = "orders";
let watched = "";

const element = (id) => document.getElementById(id);
const viewOf = () => (detail ? { symbol: detail.row.instrument, timeframe: detail.row.timeframe } : null);

// -- what is shown

function show(path, search) {
  const chosen = decodeURIComponent((path || "").replace(/^\/bots\//, ""));
  tab = new URLSearchParams(search || "").get("tab") || "orders";
  // A page that is left is also called, with the new address.
  if (!(path || "").startsWith("/bots/")) leave();
  if (!element("bot") || !(path || "").startsWith("/bots/")) return;
  if (chosen === name) {
    tables();
    return;
  }
  ["url", "bot-url", "notifications"].forEach((id) => stores.add(id));
  leaveMarket();
  reset();
  name = chosen;
  chart.belongTo(owner);
  showState("loading");
  shell.title(name);
  watch();
  load();
}

function reset() {
  name = null;
  detail = null;
  snapshot = null;
  number = 0;
  held = [];
  heldUpdates = [];
  watched = "";
  window.clearTimeout(timer);
  window.clearTimeout(candleTimer);
}

function leave() {
  if (name === null) return;
  reset();
  live.watch([], "bot");
  if (chart.owner === owner) chart.clear();
}

function watch() {
  const view = viewOf();
  const topics = [botTopic(name), ...(view
    ? [candleTopic(view), signalsTopic(view), ...indicatorsOf(view, indicators.topics())] : [])];
  if (topics.join("\n") === watched) return;
  watched = topics.join("\n");
  live.watch(topics, "bot");
}

const owner = {
  get view() { return viewOf(); },
  watch() { if (name !== null) watch(); },
  hint(text) { element("market-notice").textContent = text; },
  older(key, before) {
    const query = new URLSearchParams({ ...viewOf(), key, before });
    api.get(`/candles/older?${query}`).then((answer) => {
      if (answer && answer.candles) chart.prepend(answer.key, answer.candles);
    }, () => {});
  },
};

// What the head reads of this page.
const page = { get detail() { return detail; }, load };

// -- the detail

function load() {
  const chosen = name;
  const at = ++requests;
  window.clearTimeout(timer);
  api.get(`/bots/detail?${new URLSearchParams({ name })}`).then((answer) => {
    if (name !== chosen || at !== requests) return;
    const first = detail === null;
    const same = detail && JSON.stringify(viewOf()) === JSON.stringify({ symbol: answer.row.instrument, timeframe: answer.row.timeframe });
    shell.problem("bot", null);
    detail = answer;
    number = answer.epoch === live.epoch ? answer.number : 0;
    const updates = heldUpdates;
    heldUpdates = [];
    signals.restrict(answer.groups);
    draw();
    watch();
    if (first || !same) candles();
    updates.forEach(takeUpdate);
  }, (error) => {
    if (name !== chosen) return;
    shell.problem("bot", { title: `${chosen} cannot be shown`, action: error.message });
    if (!detail) showState("error", error.isTransient ? `${chosen} cannot be read` : `There is no bot ${chosen}`, error.message);
    if (error.isTransient && at === requests) timer = window.setTimeout(load, FAILED_AGAIN_MS);
  });
}

function loadSoon() {
  window.clearTimeout(timer);
  timer = window.setTimeout(load, AGAIN_MS);
}

function draw() {
  botHead.head(page);
  numbers();
  tables();
  curve(true);
  fills.set(detail.orders.filter(({ filled }) => filled), levels());
}

function numbers() {
  botHead.money(detail);
  botHead.position(detail);
  const { row } = detail;
  shell.title(`${format.profitIn(row.total_profit, row.currency)} ${row.name}`);
}

function levels() {
  const { row } = detail;
  return [["entry", "entry"], ["stop", "stop"], ["target", "target"]]
    .filter(([kind]) => row.position && row[kind] !== null && row[kind] !== undefined)
    .map(([kind, title]) => ({ kind, title, price: row[kind] }));
}

function tables() {
  document.querySelectorAll("#bot-tabs [data-tab]").forEach((button) => {
    button.setAttribute("aria-selected", String(button.dataset.tab === tab));
  });
  if (!detail) return;
  const counts = { orders: detail.order_count, "round-trips": detail.closed_round_trips.length, config: detail.versions.length };
  document.querySelectorAll("#bot-tabs [data-tab]").forEach((button) => {
    const count = counts[button.dataset.tab];
    button.dataset.count = count ? count : "";
  });
  const view = TABLES[tab] ? tab : "orders";
  element("bot-table").replaceChildren(TABLES[view](detail));
}

// The curve grows with the live equity; stored points replace it at the next read.
function curve(must) {
  if (!must && Date.now() - drawnAt < CURVE_MS) return;
  drawnAt = Date.now();
  const { curve: kept, row } = detail;
  if (!kept.time.length) {
    element("bot-equity").replaceChildren(make("p", {
      className: "empty", textContent: "The curve begins with the first candle after the start.",
    }));
    return;
  }
  element("bot-equity").querySelector(".empty")?.remove();
  const live = row.is_active ? [Date.now() / 1000] : [];
  plots.draw("bot-equity", worth, {
    currency: row.currency,
    time: [...kept.time, ...live],
    equity: [...kept.equity, ...live.map(() => row.equity)],
    drawdown: [...kept.drawdown, ...live.map(() => -row.drawdown)],
  });
}

// -- candles

function candles() {
  const chosen = JSON.stringify(viewOf());
  api.get(`/candles/newest?${new URLSearchParams(viewOf())}`).then((answer) => {
    if (JSON.stringify(viewOf()) !== chosen) return;
    if (answer.problem) {
      candlesFailed(chosen, answer.problem);
      return;
    }
    snapshot = answer;
    if (!answer.candles.time.length) {
      showState("empty", answer.empty.title, answer.empty.action);
      return;
    }
    showState("ready");
    chart.use("lightweight");
    chart.load(`bot ${chosen}`, answer.candles, {
      decimals: answer.instrument.price_decimals, priceStep: answer.instrument.price_step, step: answer.step_s,
    });
    element("market-notice").textContent = answer.notice;
    signals.restrict(detail.groups);
    const frames = held;
    held = [];
    frames.forEach(takeBars);
  }, (error) => candlesFailed(chosen, { title: "The candles cannot be read", action: error.message }));
}

// The last candles stay; without any the page shows the problem. `chosen` is the chart that was requested.
function candlesFailed(chosen, { title, action }) {
  if (JSON.stringify(viewOf()) !== chosen) return;
  if (!snapshot) showState("error", title, action);
  window.clearTimeout(candleTimer);
  candleTimer = window.setTimeout(() => { if (JSON.stringify(viewOf()) === chosen) candles(); }, FAILED_AGAIN_MS);
}

function takeBars(frame) {
  if (!snapshot) held.push(frame);
  else if (!chart.view) candles();
  else if (isNewer(frame, snapshot.numbers)) chart.put(frame.bars);
}

// -- updates

function takeUpdate(frame) {
  if (!detail) {
    heldUpdates.push(frame);
    return;
  }
  if (frame.number <= number) return;
  number = frame.number;
  const before = detail.row;
  detail.row = { ...before, ...frame.row };
  const happened = frame.orders.length || frame.transitions.length || detail.row.version !== before.version
    || detail.row.state !== before.state || detail.row.desired_state !== before.desired_state;
  detail.orders = [...[...frame.orders].reverse(), ...detail.orders];
  detail.order_count += frame.orders.length;
  detail.transitions = [...[...frame.transitions].reverse(), ...detail.transitions];
  numbers();
  curve(false);
  if (frame.orders.length) fills.set(detail.orders.filter(({ filled }) => filled), levels());
  else fills.setLevels(levels());
  for (const order of frame.orders.filter(({ filled }) => filled)) {
    botCommands.toast(`${name} ${order.side === "buy" ? "bought" : "sold"} ${botFormats.size(order.size).replace("+", "")} at ${format.number(order.price, detail.price_decimals)}`,
      order.side === "buy" ? "teal" : "red");
  }
  if (!happened) return;
  botHead.head(page);
  tables();
  loadSoon();
}

live.on((frame) => {
  if (!element("bot")) leave();
  else if (name === null) return;
  else if (frame.type === "stale") { load(); if (detail) candles(); }
  else if (frame.type === "values") indicators.receive(frame);
  else if (frame.type === "signals") signals.receive(frame);
  else if (frame.topic === botTopic(name)) takeUpdate(frame);
  else if (detail && !document.hidden && frame.topic === candleTopic(viewOf())) takeBars(frame);
});

document.addEventListener("click", ({ target }) => {
  const button = target.closest("#bot-tabs [data-tab]");
  if (button) setProps("bot-url", { search: button.dataset.tab === "orders" ? "" : `?tab=${button.dataset.tab}` });
});

clientside.define("bot", { show });
