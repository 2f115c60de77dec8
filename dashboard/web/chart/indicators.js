// The indicators of the chart, with parameters and colours, and their values by bar time.
// Every number here was computed by the server.
import * as api from "../core/api.js";
import { live } from "../core/live.js";
import { ofBrowser } from "../core/storage.js";

const KEPT_AS = "truetape.chart";
const RECENT = 60;
export const MOST = 12;
const AGAIN_MS = 3000;

let catalog = new Map();
export let list = [];
export let layout = null;
let serial = 0;
let span = null;
let touched = new Map();
const observers = [];

/**
 * An observer has any of: `listed()`: other indicators, parameters or colours; `filled()`: values of a
 * request; `failed()`: a request failed; `moved()`: rows of a frame.
 */
export const observe = (observer) => observers.push(observer);

function notify(what) {
  observers.forEach((observer) => observer[what] && observer[what]());
}

// Observers register while the modules load; the first request ends later.
export const ready = loadCatalog().then((answer) => {
  catalog = new Map(answer.map((kind) => [kind.name, kind]));
  restore();
});

// A server that is starting responds a little later.
function loadCatalog() {
  return api.get("/charts/catalog").catch(() => new Promise((resolve) => {
    window.setTimeout(() => resolve(loadCatalog()), AGAIN_MS);
  }));
}

// -- the list

function build({ indicator, parameters, colours, hidden }) {
  serial += 1;
  return {
    id: `s${serial}`, kind: catalog.get(indicator), parameters: { ...parameters },
    colours: { ...colours }, hidden: Boolean(hidden), label: catalog.get(indicator).title,
    shifts: catalog.get(indicator).outputs.map(() => 0),
    topic: null, problem: null, waiting: true, request: 0, values: new Map(), first: null, last: null, recent: [],
  };
}

const toPlain = ({ kind, parameters, colours, hidden }) => (
  { indicator: kind.name, parameters, colours, hidden }
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

// All indicators at once: a layout, or none.
export function use(name, indicators) {
  list = indicators.filter((each) => catalog.has(each.indicator)).map(build);
  layout = name;
  changed();
  request(list);
}

export function add(indicator) {
  if (list.length >= MOST) return null;
  const fresh = build({ indicator });
  list = [...list, fresh];
  changed();
  request([fresh]);
  return fresh;
}

export function remove(id) {
  list = list.filter((each) => each.id !== id);
  changed();
}

export function find(id) {
  return list.find((each) => each.id === id);
}

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

function changed() {
  keep();
  notify("listed");
}

// -- values in

// The shown span: `fresh` drops the values of the previous chart.
export function reload({ symbol, timeframe }, since, fresh) {
  span = { symbol, timeframe, since };
  for (const each of fresh ? list : []) {
    clear(each);
    each.recent = [];
    each.topic = null;
  }
  request(list);
}

export function older(since, until) {
  if (!span) return;
  span.since = since;
  request(list, until);
}

// `until`: only what is older; without it the whole span.
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
  const current = (id) => {
    const one = find(id);
    const same = span.symbol === requested.symbol && span.timeframe === requested.timeframe;
    return one && same && one.request === numbers.get(id) ? one : null;
  };
  api.post("/charts/values", body).then(
    (answer) => take(answer, current, whole),
    (error) => fail(some.map(({ id }) => current(id)).filter(Boolean), error.message, until)
  );
}

function take(answer, current, whole) {
  for (const received of answer.indicators) {
    const one = current(received.id);
    if (one && received.problem) refuse(one, received);
    else if (one) fill(one, received, answer, whole);
  }
  notify("filled");
}

function fill(one, received, answer, whole) {
  if (whole) clear(one);
  answer.time.forEach((time, row) => {
    keepRow(one, time, received.columns.map((column) => column[row]));
  });
  one.label = received.label;
  one.shifts = received.shifts;
  one.topic = received.topic;
  one.problem = null;
  one.waiting = false;
  const since = answer.epoch === live.epoch ? answer.numbers[received.topic] || 0 : 0;
  one.recent.filter(({ number, topic }) => topic === received.topic && number > since)
    .forEach(({ rows }) => put(one, rows));
}

function refuse(one, { field, problem }) {
  one.problem = { field, text: problem };
  one.waiting = false;
  one.topic = null;
  clear(one);
}

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

// `first` and `last` are the times between which there are values.
function clear(one) {
  one.values = new Map();
  one.first = one.last = null;
}

function keepRow(one, time, cells) {
  one.values.set(time, cells);
  one.first = one.first === null ? time : Math.min(one.first, time);
  one.last = one.last === null ? time : Math.max(one.last, time);
}

function put(one, rows) {
  const times = touched.get(one) || new Set();
  for (const [time, ...cells] of rows) {
    keepRow(one, time, cells);
    times.add(time);
  }
  touched.set(one, times);
}

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

// One output of an indicator at one bar, in the engines' format.
export function point(series, bars, row) {
  const { time } = bars.list[row];
  const source = bars.list[row - series.shift];
  const cells = source && series.indicator.values.get(source.time);
  const value = cells ? cells[series.at] : null;
  if (value === null || value === undefined) return { time };
  if (series.signAt < 0) return { time, value };
  return { time, value, color: cells[series.signAt] < 0 ? series.falling : series.colour };
}

// Series from the top pane down; panes are numbered 0 price, 1 volume, 2 and on.
export function series() {
  let own = 1;
  return drawn().flatMap((one) => {
    const place = { overlay: 0, volume: 1 }[one.kind.pane];
    const pane = place === undefined ? (own += 1) : place;
    const names = one.kind.outputs.map((output) => output.name);
    return one.kind.outputs.map((output, at) => ({
      id: `${one.id}.${output.name}`, indicator: one, at, pane, shape: output.shape,
      width: output.width, shift: one.shifts[at], signAt: names.indexOf(output.sign),
      colour: one.colours[output.name] || output.colour, falling: output.falling,
      levels: at === 0 ? one.kind.levels : [],
    })).filter(({ shape }) => shape !== "unseen");
  });
}

export function clearRecent() {
  list.forEach((each) => { each.recent = []; });
}

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

export const topics = () => [...new Set(list.map(({ topic }) => topic).filter(Boolean))];

export const kinds = () => [...catalog.values()];
