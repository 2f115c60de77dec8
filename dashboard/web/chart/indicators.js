// The indicators of the chart, with parameters and colours, and their values by bar time.
// Every number here was computed by the server.
(function () {
  "use strict";
  const tt = (window.truetape = window.truetape || {});
  const KEPT_AS = "truetape.chart";
  const RECENT = 60;
  const MOST = 12;
  const AGAIN_MS = 3000;

  let catalog = new Map();
  let list = [];
  let layout = null;
  let serial = 0;
  let span = null;
  let touched = new Map();
  // Other scripts are called from here: wait until all are loaded.
  const loaded = new Promise((resolve) => {
    if (document.readyState !== "loading") resolve();
    else document.addEventListener("DOMContentLoaded", resolve);
  });
  const ready = Promise.all([loadCatalog(), loaded]).then(([kinds]) => {
    catalog = new Map(kinds.map((kind) => [kind.name, kind]));
    restore();
  });

  // A server that is starting responds a little later.
  function loadCatalog() {
    return tt.api.get("/charts/catalog").catch(() => new Promise((resolve) => {
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
      topic: null, problem: null, waiting: true, request: 0, values: new Map(), recent: [],
    };
  }

  const plain = ({ kind, parameters, colours, hidden }) => (
    { indicator: kind.name, parameters, colours, hidden }
  );

  function keep() {
    const kept = { layout, indicators: list.map(plain) };
    window.localStorage.setItem(KEPT_AS, JSON.stringify(kept));
  }

  function restore() {
    let kept = null;
    try {
      kept = JSON.parse(window.localStorage.getItem(KEPT_AS));
    } catch { /* not a list of ours: start empty */ }
    // Earlier versions wrote `studies`.
    const indicators = kept && (kept.indicators || kept.studies);
    if (Array.isArray(indicators)) use(kept.layout || null, indicators);
  }

  // All indicators at once: a layout, or none.
  function use(name, indicators) {
    list = indicators.filter((each) => catalog.has(each.indicator)).map(build);
    layout = name;
    changed();
    request(list);
  }

  function add(indicator) {
    if (list.length >= MOST) return null;
    const fresh = build({ indicator });
    list = [...list, fresh];
    changed();
    request([fresh]);
    return fresh;
  }

  function remove(id) {
    list = list.filter((each) => each.id !== id);
    changed();
  }

  function find(id) {
    return list.find((each) => each.id === id);
  }

  function set(id, { parameters, colours, hidden }) {
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
    tt.chart.owner.watch();
    tt.indicatorLegend.build();
    tt.layouts.named();
    tt.chart.redraw();
  }

  // -- values in

  // The shown span: `fresh` drops the values of the previous chart.
  function reload({ symbol, timeframe }, since, fresh) {
    span = { symbol, timeframe, since };
    for (const each of fresh ? list : []) {
      each.values = new Map();
      each.recent = [];
      each.topic = null;
    }
    request(list);
  }

  function older(since, until) {
    if (!span) return;
    span.since = since;
    request(list, until);
  }

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
    tt.api.post("/charts/values", body).then(
      (answer) => take(answer, current, whole),
      (error) => fail(some.map(({ id }) => current(id)).filter(Boolean), error.message, whole)
    );
  }

  function take(answer, current, whole) {
    for (const received of answer.indicators) {
      const one = current(received.id);
      if (one && received.problem) refuse(one, received);
      else if (one) fill(one, received, answer, whole);
    }
    tt.chart.owner.watch();
    tt.indicatorLegend.build();
    tt.chart.redraw();
  }

  function fill(one, received, answer, whole) {
    if (whole) one.values = new Map();
    answer.time.forEach((time, row) => {
      one.values.set(time, received.columns.map((column) => column[row]));
    });
    one.label = received.label;
    one.shifts = received.shifts;
    one.topic = received.topic;
    one.problem = null;
    one.waiting = false;
    const since = answer.epoch === tt.live.epoch ? answer.numbers[received.topic] || 0 : 0;
    one.recent.filter(({ number, topic }) => topic === received.topic && number > since)
      .forEach(({ rows }) => put(one, rows));
  }

  function refuse(one, { field, problem }) {
    one.problem = { field, text: problem };
    one.waiting = false;
    one.topic = null;
    one.values = new Map();
  }

  function fail(failed, text, whole) {
    for (const one of failed) {
      one.problem = { field: "", text };
      one.waiting = false;
    }
    tt.indicatorLegend.build();
    if (whole) window.setTimeout(() => request(failed.filter(({ id }) => find(id))), AGAIN_MS);
  }

  function put(one, rows) {
    const times = touched.get(one) || new Set();
    for (const [time, ...cells] of rows) {
      one.values.set(time, cells);
      times.add(time);
    }
    touched.set(one, times);
  }

  function receive(frame) {
    for (const one of list) {
      if (one.topic !== frame.topic) continue;
      one.recent = [...one.recent, frame].slice(-RECENT);
      put(one, frame.rows);
    }
    tt.chart.flushSoon();
  }

  // -- what is drawn

  function drawn() {
    return list.filter((each) => !each.hidden && !each.problem);
  }

  // One output of an indicator at one bar, in the engines' format.
  function point(series, bars, row) {
    const { time } = bars.list[row];
    const source = bars.list[row - series.shift];
    const cells = source && series.indicator.values.get(source.time);
    const value = cells ? cells[series.at] : null;
    if (value === null || value === undefined) return { time };
    if (series.signAt < 0) return { time, value };
    return { time, value, color: cells[series.signAt] < 0 ? series.falling : series.colour };
  }

  // Series from the top pane down; panes are numbered 0 price, 1 volume, 2 and on.
  function series() {
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

  tt.indicators = {
    ready, add, remove, find, set, use, reload, older, receive, series, point, MOST,
    clearRecent() { list.forEach((each) => { each.recent = []; }); },
    named(name) { layout = name; keep(); },
    takeTouched() {
      const was = touched;
      touched = new Map();
      return was;
    },
    plain: () => list.map(plain),
    topics: () => [...new Set(list.map(({ topic }) => topic).filter(Boolean))],
    get list() { return list; },
    get catalog() { return [...catalog.values()]; },
    get layout() { return layout; },
  };
})();
