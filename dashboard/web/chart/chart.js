// The chart of the shown page: one list of bars, drawn by the chosen engine.
//
// Its owner is a page with: view ({symbol, timeframe}), watch() (the indicators' topics changed),
// hint(text) and older(key, before) (responds with prepend).
//
// An engine has: most (bars it can hold), ready() -> Promise, draw(bars, how, precision), with how one of
// {fresh: true} (show the newest), {shift: n} (n bars came in front, keep the view) and {} (keep the
// view); update(changedBars, bars, touched), with the times at which indicators have other values, by
// indicator; range() and show({from, to}), in Unix seconds; tops(), where its panes begin, in pixels.
import { Bars, fromColumns, fromRow } from "./bars.js";
import * as lightweight from "./engines/lightweight.js";
import * as plotly from "./engines/plotly.js";
import * as fills from "./fills.js";
import * as indicatorLegend from "./indicator-legend.js";
import * as indicators from "./indicators.js";
import * as signals from "./signals.js";
import { showState } from "./state.js";
import * as format from "../core/format.js";
import { onSchemeChange } from "../core/palette.js";

const AGAIN_MS = 5000;
const GROWS_MS = 300000;
const PAGE = 1000;
const SUMMARY = ["view", "bars", "first", "last", "from", "to", "line", "signals", "fills"];

/** @typedef {import("./bars.js").Bar} Bar */
/** @typedef {import("./bars.js").Columns} Columns */
/** @typedef {import("../core/topics.js").View} View */
/** @typedef {import("./fills.js").Fill} Fill */
/** @typedef {import("./signals.js").Row} Row */
/** @typedef {import("./indicator-legend.js").Precision} Precision */
/** @typedef {keyof typeof ENGINES} EngineName */
/**
 * @typedef {object} Owner The page that shows the chart.
 * @property {View | null} view
 * @property {() => void} watch the topics of the indicators changed
 * @property {(text: string) => void} hint
 * @property {(key: string | null, before: number) => void} older requests older bars: `prepend` takes them
 */

const ENGINES = { lightweight, plotly };
/** @type {Owner} */
const NO_OWNER = { view: null, watch() {}, hint() {}, older() {} };
export let owner = NO_OWNER;
export let bars = new Bars([]);
/** @type {Precision} */
let precision = { decimals: 2, step: 60, priceStep: 0.01 };
/** @type {EngineName} */
export let engine = "lightweight";
/** @type {string | null} */
export let view = null;
let begins = false;
let requestedAt = 0;
let grewAt = 0;
let isLoading = false;
/** @type {number | null} */
let pointed = null;
/** @type {Map<number, Bar>} */
let pending = new Map();
let frame = 0;
let mustDraw = false;
// How many marks are drawn.
let marked = { signals: 0, fills: 0 };

const chosenEngine = () => ENGINES[engine];
const element = (/** @type {string} */ id) => document.getElementById(id);
// The page may have been left since.
const isThere = () => Boolean(element("market-chart"));

// -- data in

/**
 * @param {string} key the name of the view
 * @param {Columns & {begins: boolean}} columns
 * @param {Precision} given
 */
export function load(key, columns, given) {
  const list = fromColumns(columns);
  const fresh = key !== view;
  precision = given;
  isLoading = false;
  if (fresh) {
    bars = new Bars(list);
    requestedAt = grewAt = Date.now();
    pending.clear();
    pointed = null;
    view = key;
    begins = columns.begins;
    reload(true);
    draw({ fresh: true });
    return;
  }
  const oldest = bars.length ? bars.first.time : 0;
  const joins = bars.renew(list);
  begins = columns.begins;
  reload(false);
  draw(joins ? { shift: bars.row(oldest) } : { fresh: true });
}

/** @param {boolean} fresh */
function reload(fresh) {
  if (!owner.view) return;
  indicators.reload(owner.view, bars.first.time, fresh);
  signals.reload(owner.view, bars.first.time, fresh);
}

/**
 * @param {string} key
 * @param {Columns & {begins: boolean}} columns
 */
export function prepend(key, columns) {
  isLoading = false;
  if (key !== view) return;
  begins = columns.begins;
  const until = bars.length ? bars.first.time : undefined;
  const added = bars.prepend(fromColumns(columns));
  if (!added) return;
  grewAt = Date.now();
  indicators.older(bars.first.time, until);
  if (owner.view) signals.reload(owner.view, bars.first.time, false);
  draw({ shift: added });
}

// A fill or a signal may arrive before its bar: engines place marks only as they draw.
const isMarked = (/** @type {Bar} */ { time }) => fills.at(bars, precision.step, time).length > 0 || signals.at(time).length > 0;

/**
 * Bars as received; all changes are drawn once per animation frame.
 * @param {number[][]} rows
 */
export function put(rows) {
  for (const row of rows) {
    const bar = fromRow(row);
    const isNew = bars.row(bar.time) === undefined;
    if (bars.put(bar) === "insert" || (isNew && isMarked(bar))) mustDraw = true;
    pending.set(bar.time, bar);
  }
  flushSoon();
}

function flushSoon() {
  if (!frame) frame = window.requestAnimationFrame(flush);
}

function redraw() {
  mustDraw = true;
  flushSoon();
}

function flush() {
  frame = 0;
  const touched = indicators.takeTouched();
  if (!view || !isThere()) return;
  const changed = [...pending.values()].sort((one, other) => one.time - other.time);
  pending = new Map();
  const dropped = bars.dropOldest(chosenEngine().most + 500);
  if (dropped) begins = false;
  if (dropped) draw({ shift: -dropped });
  else if (mustDraw) draw({});
  else if (changed.length || touched.size) chosenEngine().update(changed, bars, touched);
  mustDraw = false;
  legend();
}

// -- drawing

/** @param {{fresh?: boolean, shift?: number}} how */
function draw(how) {
  const chosen = engine;
  chosenEngine().ready().then(() => {
    if (chosen === engine && bars.length && isThere()) {
      chosenEngine().draw(bars, how, precision);
      marked = { signals: signals.marks(bars).length, fills: fills.marks(bars, precision.step).length };
    }
    legend();
    indicatorLegend.place();
  }, (error) => showState("error", error.message));
}

/** @param {EngineName} chosen */
export function use(chosen) {
  for (const other of Object.keys(ENGINES)) {
    const host = element(`chart-host-${other}`);
    if (host) host.hidden = other !== chosen;
  }
  if (chosen === engine) return;
  const span = chosenEngine().range();
  engine = chosen;
  bars.dropOldest(chosenEngine().most);
  if (!view) return;
  chosenEngine().ready().then(() => {
    draw({ fresh: true });
    if (!span) return;
    window.requestAnimationFrame(() => {
      chosenEngine().show(span);
      summarize();
    });
  }, (error) => showState("error", error.message));
}

function restyle() {
  if (view && bars.length) draw({});
}

// -- older bars

// History may still be downloading: if it started there a while ago, request it again.
export function loadOlder() {
  const justRequested = Date.now() - requestedAt < AGAIN_MS;
  if (!bars.length || (justRequested && (isLoading || begins))) return;
  if (bars.length >= chosenEngine().most) {
    owner.hint("This is as far back as this timeframe is drawn; choose a longer one.");
    return;
  }
  isLoading = true;
  requestedAt = Date.now();
  owner.older(view, bars.first.time);
}

window.setInterval(() => {
  const growing = Date.now() - grewAt < GROWS_MS;
  if (growing && begins && bars.length < PAGE && !document.hidden) loadOlder();
}, AGAIN_MS);

export function clear() {
  view = null;
  bars = new Bars([]);
  pending.clear();
  legend();
}

// -- what is shown, for screen readers and other programs

// The attributes of the chart's element: a canvas has no text.
export function summarize() {
  const host = element("market-chart");
  if (!host) return;
  const span = view && bars.length ? chosenEngine().range() : null;
  /** @type {Record<string, string | number | null | undefined>} */
  const shown = view && bars.length ? {
    view, bars: bars.length, first: bars.first.time, last: bars.last.time, from: span?.from, to: span?.to,
    line: chosenEngine().lastPrice(),
    ...marked,
  } : {};
  for (const name of SUMMARY) {
    const text = shown[name] === undefined ? undefined : String(shown[name]);
    if (host.dataset[name] === text) continue;
    if (text === undefined) delete host.dataset[name];
    else host.dataset[name] = text;
  }
  const text = view && bars.length ? `${bars.length} candles, ${format.barTime(bars.first.time, precision.step)} to `
    + `${format.barTime(bars.last.time, precision.step)} UTC` : "No candles";
  if (host.getAttribute("aria-description") !== text) host.setAttribute("aria-description", text);
}

// -- legend

/** @param {number | null} time */
export function point(time) {
  pointed = time;
  legend();
}

function legend() {
  summarize();
  const host = element("market-legend");
  if (!host) return;
  const row = pointed === null ? undefined : bars.row(pointed);
  const bar = row === undefined ? bars.last : bars.list[row];
  if (!bar) {
    host.replaceChildren();
    return;
  }
  const at = row === undefined ? bars.length - 1 : row;
  indicatorLegend.show(bars, at, precision);
  host.replaceChildren(...legendParts(bar, bars.list[at - 1]));
}

/**
 * @param {string} className
 * @param {string} text
 */
function part(className, text) {
  const span = document.createElement("span");
  span.className = className;
  span.textContent = text;
  return span;
}

/**
 * @param {string} name
 * @param {string} text
 * @param {string} tone
 */
function pair(name, text, tone = "") {
  const both = part("legend-pair", "");
  both.append(part("legend-name", name), part(`legend-value ${tone}`, text));
  return both;
}

/**
 * @param {Bar} bar
 * @param {Bar | undefined} before
 */
function legendParts(bar, before) {
  const time = part("legend-time", format.barTime(bar.time, precision.step));
  if (bar.close === undefined) return [time, part("legend-value", "no data")];
  const tone = bar.close >= bar.open ? "up" : "down";
  const parts = [time];
  for (const field of /** @type {const} */ (["open", "high", "low", "close"])) {
    const text = format.number(bar[field], precision.decimals);
    parts.push(pair(field[0].toUpperCase(), text, tone));
  }
  const base = before && before.close !== undefined ? before.close : bar.open;
  const change = bar.close - base;
  const mark = change > 0 ? "▲" : change < 0 ? "▼" : "";
  const percent = format.signed((change / base) * 100, 2);
  const text = `${mark} ${format.signed(change, precision.decimals)} (${percent}%)`;
  parts.push(part(`legend-value ${change >= 0 ? "up" : "down"}`, text.trim()));
  parts.push(pair("V", format.compact(bar.volume)));
  return parts.concat(signals.at(bar.time).map(signalLine), fills.at(bars, precision.step, bar.time).map(fillLine));
}

/**
 * A signal of the bar, with its reason.
 * @param {Row} row
 */
function signalLine(row) {
  const { mark, tone } = signals.MARKS[row.direction];
  const line = part("legend-signal", "");
  line.append(
    part(`signal-mark ${tone}`, `${mark} ${row.direction}`), part("legend-name", signals.title(row)),
    part("legend-reason", row.reason)
  );
  return line;
}

/** @param {Fill} fill */
function fillLine(fill) {
  const line = part("legend-signal", "");
  line.append(
    part(`signal-mark ${fill.side === "buy" ? "up" : "down"}`, fill.side === "buy" ? "▲ BOUGHT" : "▼ SOLD"),
    part("legend-name", `${fill.size} at ${format.number(fill.price, precision.decimals)}`),
    part("legend-reason", fill.reason)
  );
  return line;
}

/**
 * Another page shows it: nothing of the previous page stays.
 * @param {Owner} page
 */
export function belongTo(page) {
  if (owner === page) return;
  clear();
  owner = page;
  signals.restrict(null);
  fills.clear();
}

indicatorLegend.onPanes(() => chosenEngine().tops());
plotly.connect({ loadOlder, point, moved: summarize });
onSchemeChange(restyle);
fills.onChange(redraw);
signals.observe({ drawn: redraw });
indicators.observe({
  listed() {
    owner.watch();
    indicatorLegend.build();
    redraw();
  },
  filled() {
    owner.watch();
    indicatorLegend.build();
    redraw();
  },
  failed: indicatorLegend.build,
  moved: flushSoon,
});
