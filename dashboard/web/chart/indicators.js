// The indicators of the chart, with parameters and colours, and their values by bar time.
// Every number here was computed by the server.
import * as api from "../core/api.js";
import { live } from "../core/live.js";
import { seriesOf } from "./series.js";
import { ofBrowser } from "../core/storage.js";

const KEPT_AS = "truetape.chart";
const RECENT = 60;
export const MOST = 12;
const AGAIN_MS = 3000;

/** @typedef {import("../core/topics.js").View} View */
/** @typedef {import("../core/live.js").Frame} Frame */
/** @typedef {import("./parameters.js").Value} Value */
/** @typedef {import("./series.js").Kind} Kind */
/** @typedef {import("./series.js").Cells} Cells */
/**
 * @typedef {object} Plain An indicator as it is stored.
 * @property {string} indicator the name of its kind
 * @property {Record<string, Value>} [parameters]
 * @property {Record<string, string>} [colours]
 * @property {boolean} [hidden]
 */
/**
 * @typedef {object} Indicator
 * @property {string} id
 * @property {Kind} kind
 * @property {Record<string, Value>} parameters
 * @property {Record<string, Value> | null} accepted the last parameters that the server has accepted
 * @property {Record<string, string>} colours
 * @property {boolean} hidden
 * @property {string} label
 * @property {number[]} shifts
 * @property {string | null} topic
 * @property {{field: string, text: string} | null} problem
 * @property {boolean} waiting
 * @property {number} request
 * @property {Map<number, Cells>} values by the time of a bar
 * @property {number | null} first `first` and `last` are the times between which there are values
 * @property {number | null} last
 * @property {Frame[]} recent
 */
/**
 * @typedef {object} Received One indicator of a response.
 * @property {string} id
 * @property {string} field
 * @property {string} problem
 * @property {Cells[]} columns
 * @property {string} label
 * @property {number[]} shifts
 * @property {string} topic
 */
/** @typedef {{indicators: Received[], time: number[], epoch: string, numbers: Record<string, number>}} Answer */
/**
 * @typedef {object} Observer
 * @property {() => void} [listed] other indicators, parameters or colours
 * @property {() => void} [filled] the values of a request
 * @property {() => void} [failed] a request failed
 * @property {() => void} [moved] the rows of a frame
 */

/** @type {Map<string, Kind>} */
let catalog = new Map();
/** @type {Indicator[]} */
export let list = [];
/** @type {string | null} */
export let layout = null;
let serial = 0;
/** @type {(View & {since: number}) | null} */
let span = null;
/** @type {Map<Indicator, Set<number>>} */
let touched = new Map();
/** @type {Observer[]} */
const observers = [];

/** @param {Observer} observer */
export const observe = (observer) => observers.push(observer);

/** @param {keyof Observer} what */
function notify(what) {
  observers.forEach((observer) => observer[what]?.());
}

// Observers register while the modules load; the first request ends later.
export const ready = loadCatalog().then((answer) => {
  catalog = new Map(answer.map((kind) => [kind.name, kind]));
  restore();
});

/**
 * A server that is starting responds a little later.
 * @returns {Promise<Kind[]>}
 */
function loadCatalog() {
  return api.get("/charts/catalog").catch(() => new Promise((resolve) => {
    window.setTimeout(() => resolve(loadCatalog()), AGAIN_MS);
  }));
}

// -- the list

/**
 * @param {Kind} kind
 * @param {Plain} plain
 * @returns {Indicator}
 */
function build(kind, { parameters, colours, hidden }) {
  serial += 1;
  return {
    id: `s${serial}`, kind, parameters: { ...parameters }, accepted: null,
    colours: { ...colours }, hidden: Boolean(hidden),
    label: kind.title, shifts: kind.outputs.map(() => 0),
    topic: null, problem: null, waiting: true, request: 0, values: new Map(), first: null, last: null, recent: [],
  };
}

/** @type {(indicator: Indicator) => Plain} */
const toPlain = ({ kind, parameters, accepted, problem, colours, hidden }) => (
  { indicator: kind.name, parameters: (problem?.field && accepted) || parameters, colours, hidden }
);

function keep() {
  const kept = { layout, indicators: list.map(toPlain) };
  ofBrowser.write(KEPT_AS, JSON.stringify(kept));
}

function restore() {
  const kept = ofBrowser.readJson(KEPT_AS);
  // Earlier versions wrote `studies`.
  const indicators = kept && (kept.indicators || kept.studies);
  if (Array.isArray(indicators)) use(kept.layout || null, indicators);
}

/**
 * All indicators at once: a layout, or none.
 * @param {string | null} name
 * @param {Plain[]} indicators
 */
export function use(name, indicators) {
  list = indicators.flatMap((each) => {
    const kind = catalog.get(each.indicator);
    return kind ? [build(kind, each)] : [];
  });
  layout = name;
  changed();
  request(list);
}

/** @param {string} indicator the name of its kind */
export function add(indicator) {
  const kind = catalog.get(indicator);
  if (list.length >= MOST || !kind) return null;
  const fresh = build(kind, { indicator });
  list = [...list, fresh];
  changed();
  request([fresh]);
  return fresh;
}

/** @param {string} id */
export function remove(id) {
  list = list.filter((each) => each.id !== id);
  changed();
}

/** @param {string} id */
export function find(id) {
  return list.find((each) => each.id === id);
}

/**
 * @param {string} id
 * @param {Omit<Plain, "indicator">} changes
 */
export function set(id, { parameters, colours, hidden }) {
  const one = find(id);
  if (!one) return;
  if (colours) one.colours = { ...colours };
  if (hidden !== undefined) one.hidden = hidden;
  if (parameters) {
    one.parameters = { ...parameters };
    request([one]);
  }
  changed();
}

/**
 * Replace parameters that the server has refused by the last ones that it accepted.
 * @param {string} id
 */
export function restoreAccepted(id) {
  const one = find(id);
  if (!one?.problem?.field || !one.accepted) return;
  one.problem = null;
  set(id, { parameters: one.accepted });
}

function changed() {
  keep();
  notify("listed");
}

// -- values in

/**
 * The shown span: `fresh` drops the values of the previous chart.
 * @param {View} view
 * @param {number} since
 * @param {boolean} fresh
 */
export function reload({ symbol, timeframe }, since, fresh) {
  span = { symbol, timeframe, since };
  for (const each of fresh ? list : []) {
    clear(each);
    each.recent = [];
    each.topic = null;
  }
  request(list);
}

/**
 * @param {number} since
 * @param {number} [until]
 */
export function older(since, until) {
  if (!span) return;
  span.since = since;
  request(list, until);
}

/**
 * `until`: only what is older; without it the whole span.
 * @param {Indicator[]} some
 * @param {number} [until]
 */
function request(some, until) {
  if (!span || !some.length) return;
  const requested = { ...span };
  const whole = until === undefined;
  const numbers = new Map(some.map((each) => [each.id, whole ? (each.request += 1) : each.request]));
  some.forEach((each) => { each.waiting = each.waiting || whole; });
  const body = {
    ...requested, until: whole ? null : until,
    indicators: some.map(({ id, kind, parameters }) => (
      { id, indicator: kind.name, parameters }
    )),
  };
  const current = (/** @type {string} */ id) => {
    const one = find(id);
    const same = span?.symbol === requested.symbol && span?.timeframe === requested.timeframe;
    return one && same && one.request === numbers.get(id) ? one : null;
  };
  api.post("/charts/values", body).then(
    (answer) => take(answer, current, whole),
    (error) => fail(some.filter(({ id }) => current(id)), error.message, until)
  );
}

/**
 * @param {Answer} answer
 * @param {(id: string) => Indicator | null} current
 * @param {boolean} whole
 */
function take(answer, current, whole) {
  for (const received of answer.indicators) {
    const one = current(received.id);
    if (one && received.problem) refuse(one, received);
    else if (one) fill(one, received, answer, whole);
  }
  keep();
  notify("filled");
}

/**
 * @param {Indicator} one
 * @param {Received} received
 * @param {Answer} answer
 * @param {boolean} whole
 */
function fill(one, received, answer, whole) {
  if (whole) clear(one);
  answer.time.forEach((time, row) => {
    keepRow(one, time, received.columns.map((column) => column[row]));
  });
  one.label = received.label;
  one.shifts = received.shifts;
  one.topic = received.topic;
  one.problem = null;
  one.accepted = one.parameters;
  one.waiting = false;
  const since = answer.epoch === live.epoch ? answer.numbers[received.topic] || 0 : 0;
  one.recent.filter((frame) => frame.topic === received.topic && frame.number > since)
    .forEach((frame) => put(one, frame.rows));
}

/**
 * @param {Indicator} one
 * @param {Received} received
 */
function refuse(one, { field, problem }) {
  one.problem = { field, text: problem };
  one.waiting = false;
  one.topic = null;
  clear(one);
}

/**
 * @param {Indicator[]} failed
 * @param {string} text
 * @param {number} [until]
 */
function fail(failed, text, until) {
  for (const one of failed) {
    one.problem = { field: "", text };
    one.waiting = false;
  }
  notify("failed");
  const shown = span;
  window.setTimeout(() => {
    if (until === undefined || span === shown) request(failed.filter(({ id }) => find(id)), until);
  }, AGAIN_MS);
}

/** @param {Indicator} one */
function clear(one) {
  one.values = new Map();
  one.first = one.last = null;
}

/**
 * @param {Indicator} one
 * @param {number} time
 * @param {Cells} cells
 */
function keepRow(one, time, cells) {
  one.values.set(time, cells);
  one.first = one.first === null ? time : Math.min(one.first, time);
  one.last = one.last === null ? time : Math.max(one.last, time);
}

/**
 * @param {Indicator} one
 * @param {[time: number, ...cells: Cells][]} rows
 */
function put(one, rows) {
  const times = touched.get(one) || new Set();
  for (const [time, ...cells] of rows) {
    keepRow(one, time, cells);
    times.add(time);
  }
  touched.set(one, times);
}

/** @param {Frame} frame */
export function receive(frame) {
  for (const one of list) {
    if (one.topic !== frame.topic) continue;
    one.recent = [...one.recent, frame].slice(-RECENT);
    put(one, frame.rows);
  }
  notify("moved");
}

// -- what is drawn

function drawn() {
  return list.filter((each) => !each.hidden && !each.problem);
}

export const series = () => seriesOf(drawn());

export function clearRecent() {
  list.forEach((each) => { each.recent = []; });
}

/** @param {string | null} name */
export function named(name) {
  layout = name;
  keep();
}

// The times at which indicators have other values since the last call, by indicator.
export function takeTouched() {
  const was = touched;
  touched = new Map();
  return was;
}

export const plain = () => list.map(toPlain);

export const topics = () => [...new Set(list.flatMap(({ topic }) => topic ?? []))];

export const kinds = () => [...catalog.values()];
