// The signals of strategies on the shown instrument: marks on the bars, and their requests.
(function () {
  "use strict";
  const tt = (window.truetape = window.truetape || {});
  const HIDDEN_AS = "truetape.signals.hidden";
  const AGAIN_MS = 2000;
  const WAITS = 60;
  const MARKS = {
    LONG: { mark: "▲", tone: "up" }, SHORT: { mark: "▼", tone: "down" },
    FLAT: { mark: "●", tone: "flat" }, SKIPPED: { mark: "✕", tone: "skipped" },
  };

  let span = null;
  let groups = [];
  let waiting = [];
  let rows = new Map();
  let byTime = new Map();
  let number = 0;
  let requests = 0;
  let timer = 0;
  let waits = 0;
  let only = null;
  let hidden = new Set(JSON.parse(window.localStorage.getItem(HIDDEN_AS) || "[]"));

  const keyOf = (row) => `${row.group} ${row.time} ${row.direction}`;
  const topicOf = ({ symbol, timeframe }) => `signals.${timeframe}.${symbol}`;

  // `fresh` drops the signals of the previous chart.
  function reload({ symbol, timeframe }, since, fresh) {
    span = { symbol, timeframe, since };
    if (fresh) {
      groups = [];
      waiting = [];
      waits = 0;
      setRows(new Map());
    }
    load();
  }

  function load() {
    window.clearTimeout(timer);
    if (!span) return;
    requests += 1;
    const at = requests;
    tt.api.post("/signals/chart", span).then(
      (answer) => { if (at === requests) take(answer); },
      () => { if (at === requests) again(); }
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
    number = answer.epoch === tt.live.epoch ? answer.number : 0;
    setRows(new Map(answer.rows.map((row) => [keyOf(row), row])));
    if (tt.signalDialog.watched() || waiting.some(({ is_transient: isTransient }) => isTransient)) again();
    if (JSON.stringify([groups, waiting]) !== before) tt.signalDialog.refresh();
  }

  function setRows(fresh) {
    rows = fresh;
    byTime = new Map();
    for (const row of rows.values()) {
      if (hidden.has(row.group) || (only && !only.has(row.group))) continue;
      byTime.set(row.time, [...(byTime.get(row.time) || []), row]);
    }
    tt.chart.redraw();
  }

  function receive(frame) {
    if (!span || frame.topic !== topicOf(span) || frame.number <= number) return;
    const missed = frame.number > number + 1;
    number = frame.number;
    setRows(new Map([...rows, ...frame.rows.map((row) => [keyOf(row), row])]));
    if (missed || frame.rows.some(({ group }) => !groups.some(({ id }) => id === group))) load();
  }

  function toggle(id) {
    if (hidden.has(id)) hidden.delete(id);
    else hidden.add(id);
    window.localStorage.setItem(HIDDEN_AS, JSON.stringify([...hidden]));
    setRows(rows);
  }

  function title(row) {
    const group = groups.find(({ id }) => id === row.group);
    return group ? group.title : row.strategy;
  }

  tt.signals = {
    reload, load, receive, toggle, title, MARKS, topicOf,
    // Rows at bars that are shown, oldest first.
    marks(bars) {
      return [...byTime.keys()].sort((one, other) => one - other)
        .flatMap((time) => (bars.row(time) === undefined ? [] : byTime.get(time)));
    },
    at: (time) => byTime.get(time) || [],
    isHidden: (id) => hidden.has(id),
    // Show these groups only; null: all that are not hidden.
    restrict(groupIds) {
      only = groupIds ? new Set(groupIds) : null;
      setRows(rows);
    },
    expect() { waits = 0; },
    get groups() { return groups; },
    get waiting() { return waiting; },
    get span() { return span; },
  };
})();
