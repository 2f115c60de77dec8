// The signals of strategies on the shown instrument: marks on the bars, and their requests.
import * as api from "../core/api.js";
import { live } from "../core/live.js";
import { ofBrowser } from "../core/storage.js";
import { signalsTopic } from "../core/topics.js";

const HIDDEN_AS = "truetape.signals.hidden";
const AGAIN_MS = 2000;
const WAITS = 60;
export const MARKS = {
  LONG: { mark: "▲", tone: "up" }, SHORT: { mark: "▼", tone: "down" },
  FLAT: { mark: "●", tone: "flat" }, SKIPPED: { mark: "✕", tone: "skipped" },
};

/** @typedef {import("./bars.js").Bars} Bars */
/** @typedef {import("../core/topics.js").View} View */
/** @typedef {keyof typeof MARKS} Direction */
/**
 * @typedef {object} Row A mark on a bar.
 * @property {string} group
 * @property {number} time of the bar
 * @property {Direction} direction
 * @property {string} reason
 * @property {string} strategy
 */
/**
 * @typedef {object} Group A strategy with parameters that is evaluated on the instrument.
 * @property {string} id
 * @property {string} title
 * @property {string} parameters
 * @property {Direction} target
 * @property {string} problem
 * @property {string} request_problem
 * @property {number} evaluated_to
 * @property {string[]} withdrawable the requesters that a user may remove
 */
/**
 * @typedef {object} Waiting A request that has no group yet.
 * @property {string} title
 * @property {string} strategy
 * @property {string} parameters
 * @property {string} problem
 * @property {boolean} is_transient
 * @property {boolean} has_report
 * @property {string[]} withdrawable
 */
/**
 * @typedef {object} Observer
 * @property {() => void} [drawn] the rows changed
 * @property {() => void} [listed] the groups changed
 * @property {() => boolean} [isWatched] whether to load again soon
 */

/** @type {(View & {since: number}) | null} */
export let span = null;
/** @type {Group[]} */
export let groups = [];
/** @type {Waiting[]} */
export let waiting = [];
/** @type {Map<string, Row>} */
let rows = new Map();
/** @type {Map<number, Row[]>} */
let byTime = new Map();
let number = 0;
let requests = 0;
let timer = 0;
let waits = 0;
/** @type {Set<string> | null} */
let only = null;
/** @type {Set<string>} */
const hidden = new Set(ofBrowser.readJson(HIDDEN_AS) || []);

/** @type {Observer[]} */
const observers = [];

/** @param {Observer} observer */
export const observe = (observer) => observers.push(observer);

/** @param {Row} row */
const keyOf = (row) => `${row.group} ${row.time} ${row.direction}`;

/**
 * @param {Row[]} list
 * @returns {[string, Row][]}
 */
const keyed = (list) => list.map((row) => [keyOf(row), row]);

/**
 * `fresh` drops the signals of the previous chart.
 * @param {View} view
 * @param {number} since
 * @param {boolean} fresh
 */
export function reload({ symbol, timeframe }, since, fresh) {
  span = { symbol, timeframe, since };
  if (fresh) {
    groups = [];
    waiting = [];
    waits = 0;
    setRows(new Map());
  }
  load();
}

export function load() {
  window.clearTimeout(timer);
  if (!span) return;
  requests += 1;
  const request = requests;
  api.post("/signals/chart", span).then(
    (answer) => { if (request === requests) take(answer); },
    () => { if (request === requests) again(); }
  );
}

function again() {
  waits += 1;
  if (waits < WAITS) timer = window.setTimeout(load, AGAIN_MS);
}

/** @param {{groups: Group[], waiting: Waiting[], rows: Row[], epoch: string, number: number}} answer */
function take(answer) {
  const before = JSON.stringify([groups, waiting]);
  groups = answer.groups;
  waiting = answer.waiting;
  number = answer.epoch === live.epoch ? answer.number : 0;
  setRows(new Map(keyed(answer.rows)));
  if (observers.some(({ isWatched }) => isWatched && isWatched()) || waiting.some(({ is_transient: isTransient }) => isTransient)) again();
  if (JSON.stringify([groups, waiting]) !== before) observers.forEach(({ listed }) => listed && listed());
}

/** @param {Map<string, Row>} fresh */
function setRows(fresh) {
  rows = fresh;
  byTime = new Map();
  for (const row of rows.values()) {
    if (hidden.has(row.group) || (only && !only.has(row.group))) continue;
    byTime.set(row.time, [...(byTime.get(row.time) || []), row]);
  }
  observers.forEach(({ drawn }) => drawn && drawn());
}

/** @param {import("../core/live.js").Frame} frame */
export function receive(frame) {
  if (!span || frame.topic !== signalsTopic(span) || frame.number <= number) return;
  const missed = frame.number > number + 1;
  number = frame.number;
  setRows(new Map([...rows, ...keyed(frame.rows)]));
  if (missed || frame.rows.some((/** @type {Row} */ { group }) => !groups.some(({ id }) => id === group))) load();
}

/** @param {string} id */
export function toggle(id) {
  if (hidden.has(id)) hidden.delete(id);
  else hidden.add(id);
  ofBrowser.write(HIDDEN_AS, JSON.stringify([...hidden]));
  setRows(rows);
}

/** @param {Row} row */
export function title(row) {
  const group = groups.find(({ id }) => id === row.group);
  return group ? group.title : row.strategy;
}

/**
 * Rows at bars that are shown, oldest first.
 * @param {Bars} bars
 */
export function marks(bars) {
  return [...byTime.keys()].sort((one, other) => one - other)
    .flatMap((time) => (bars.row(time) === undefined ? [] : at(time)));
}

/** @param {number} time */
export const at = (time) => byTime.get(time) || [];

/** @param {string} id */
export const isHidden = (id) => hidden.has(id);

/**
 * Show these groups only; null: all that are not hidden.
 * @param {string[] | null} groupIds
 */
export function restrict(groupIds) {
  only = groupIds ? new Set(groupIds) : null;
  setRows(rows);
}

export function expect() {
  waits = 0;
}
