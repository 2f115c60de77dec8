// The signals of strategies on the shown instrument: marks on the bars, and their requests.
import * as api from "../core/api.js";
import { live } from "../core/live.js";
import { ofBrowser } from "../core/storage.js";

const HIDDEN_AS = "truetape.signals.hidden";
const AGAIN_MS = 2000;
const WAITS = 60;
export const MARKS = {
  LONG: { mark: "▲", tone: "up" }, SHORT: { mark: "▼", tone: "down" },
  FLAT: { mark: "●", tone: "flat" }, SKIPPED: { mark: "✕", tone: "skipped" },
};

export let span = null;
export let groups = [];
export let waiting = [];
let rows = new Map();
let byTime = new Map();
let number = 0;
let requests = 0;
let timer = 0;
let waits = 0;
let only = null;
const hidden = new Set(ofBrowser.readJson(HIDDEN_AS) || []);

const observers = [];

/** An observer has `drawn()`: the rows changed; `listed()`: the groups did; `isWatched()`: load again soon. */
export const observe = (observer) => observers.push(observer);

const keyOf = (row) => `${row.group} ${row.time} ${row.direction}`;
export const topicOf = ({ symbol, timeframe }) => `signals.${timeframe}.${symbol}`;

// `fresh` drops the signals of the previous chart.
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

function take(answer) {
  const before = JSON.stringify([groups, waiting]);
  groups = answer.groups;
  waiting = answer.waiting;
  number = answer.epoch === live.epoch ? answer.number : 0;
  setRows(new Map(answer.rows.map((row) => [keyOf(row), row])));
  if (observers.some(({ isWatched }) => isWatched && isWatched()) || waiting.some(({ is_transient: isTransient }) => isTransient)) again();
  if (JSON.stringify([groups, waiting]) !== before) observers.forEach(({ listed }) => listed && listed());
}

function setRows(fresh) {
  rows = fresh;
  byTime = new Map();
  for (const row of rows.values()) {
    if (hidden.has(row.group) || (only && !only.has(row.group))) continue;
    byTime.set(row.time, [...(byTime.get(row.time) || []), row]);
  }
  observers.forEach(({ drawn }) => drawn && drawn());
}

export function receive(frame) {
  if (!span || frame.topic !== topicOf(span) || frame.number <= number) return;
  const missed = frame.number > number + 1;
  number = frame.number;
  setRows(new Map([...rows, ...frame.rows.map((row) => [keyOf(row), row])]));
  if (missed || frame.rows.some(({ group }) => !groups.some(({ id }) => id === group))) load();
}

export function toggle(id) {
  if (hidden.has(id)) hidden.delete(id);
  else hidden.add(id);
  ofBrowser.write(HIDDEN_AS, JSON.stringify([...hidden]));
  setRows(rows);
}

export function title(row) {
  const group = groups.find(({ id }) => id === row.group);
  return group ? group.title : row.strategy;
}

// Rows at bars that are shown, oldest first.
export function marks(bars) {
  return [...byTime.keys()].sort((one, other) => one - other)
    .flatMap((time) => (bars.row(time) === undefined ? [] : byTime.get(time)));
}

export const at = (time) => byTime.get(time) || [];

export const isHidden = (id) => hidden.has(id);

// Show these groups only; null: all that are not hidden.
export function restrict(groupIds) {
  only = groupIds ? new Set(groupIds) : null;
  setRows(rows);
}

export function expect() {
  waits = 0;
}
