// The chart of the shown page: one list of bars, drawn by the chosen engine.
//
// Its owner is a page with: view ({symbol, timeframe}), watch() (the indicators' topics changed),
// hint(text) and older(key, before) (responds with prepend).
//
// An engine has: most (bars it can hold), ready() -> Promise, draw(bars, how, precision), with how one of
// {fresh: true} (show the newest), {shift: n} (n bars came in front, keep the view) and {} (keep the
// view); update(changedBars, bars, touched), with the times at which indicators have other values, by
// indicator; range() and show({from, to}), in Unix seconds; tops(), where its panes begin, in pixels.
(function () {
  "use strict";
  const tt = (window.truetape = window.truetape || {});

  const AGAIN_MS = 5000;
  const GROWS_MS = 300000;
  const PAGE = 1000;

  const NO_OWNER = { view: null, watch() {}, hint() {}, older() {} };
  let owner = NO_OWNER;
  let bars = new tt.Bars([]);
  let precision = { decimals: 2, step: 60, priceStep: 0.01 };
  let name = "lightweight";
  let view = null;
  let begins = false;
  let requestedAt = 0;
  let grewAt = 0;
  let isLoading = false;
  let pointed = null;
  let pending = new Map();
  let frame = 0;
  let mustDraw = false;

  const engine = () => tt.engines[name];
  const element = (id) => document.getElementById(id);
  // The page may have been left since.
  const isThere = () => Boolean(element("market-chart"));

  // -- data in

  function load(key, columns, given) {
    const list = tt.barsOf.columns(columns);
    const fresh = key !== view;
    precision = given;
    isLoading = false;
    if (fresh) {
      bars = new tt.Bars(list);
      requestedAt = grewAt = Date.now();
      pending.clear();
      pointed = null;
      view = key;
      begins = columns.begins;
      tt.indicators.reload(owner.view, bars.first.time, true);
      tt.signals.reload(owner.view, bars.first.time, true);
      draw({ fresh: true });
      return;
    }
    const oldest = bars.length ? bars.first.time : 0;
    const joins = bars.renew(list);
    begins = columns.begins;
    tt.indicators.reload(owner.view, bars.first.time, false);
    tt.signals.reload(owner.view, bars.first.time, false);
    draw(joins ? { shift: bars.row(oldest) } : { fresh: true });
  }

  function prepend(key, columns) {
    isLoading = false;
    if (key !== view) return;
    begins = columns.begins;
    const until = bars.length ? bars.first.time : undefined;
    const added = bars.prepend(tt.barsOf.columns(columns));
    if (!added) return;
    grewAt = Date.now();
    tt.indicators.older(bars.first.time, until);
    tt.signals.reload(owner.view, bars.first.time, false);
    draw({ shift: added });
  }

  // A fill or a signal may arrive before its bar: engines place marks only as they draw.
  const isMarked = ({ time }) => tt.fills.at(time).length > 0 || tt.signals.at(time).length > 0;

  // Bars as received; all changes are drawn once per animation frame.
  function put(rows) {
    for (const row of rows) {
      const bar = tt.barsOf.row(row);
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
    const touched = tt.indicators.takeTouched();
    if (!view || !isThere()) return;
    const changed = [...pending.values()].sort((one, other) => one.time - other.time);
    pending = new Map();
    const dropped = bars.dropOldest(engine().most + 500);
    if (dropped) begins = false;
    if (dropped) draw({ shift: -dropped });
    else if (mustDraw) draw({});
    else if (changed.length || touched.size) engine().update(changed, bars, touched);
    mustDraw = false;
    legend();
  }

  // -- drawing

  function draw(how) {
    const chosen = name;
    engine().ready().then(() => {
      if (chosen === name && bars.length && isThere()) engine().draw(bars, how, precision);
      legend();
      tt.indicatorLegend.place();
    }, (error) => tt.state("error", error.message));
  }

  function use(chosen) {
    for (const other of Object.keys(tt.engines)) {
      const host = element(`chart-host-${other}`);
      if (host) host.hidden = other !== chosen;
    }
    if (chosen === name) return;
    const span = engine().range();
    name = chosen;
    bars.dropOldest(engine().most);
    if (!view) return;
    engine().ready().then(() => {
      draw({ fresh: true });
      if (span) window.requestAnimationFrame(() => engine().show(span));
    }, (error) => tt.state("error", error.message));
  }

  function restyle() {
    if (view && bars.length) draw({});
  }

  // -- older bars

  // History may still be downloading: if it started there a while ago, request it again.
  function loadOlder() {
    const justRequested = Date.now() - requestedAt < AGAIN_MS;
    if (!bars.length || (justRequested && (isLoading || begins))) return;
    if (bars.length >= engine().most) {
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

  function clear() {
    view = null;
    bars = new tt.Bars([]);
    pending.clear();
    legend();
  }

  // -- legend

  function point(time) {
    pointed = time;
    legend();
  }

  function legend() {
    const host = element("market-legend");
    if (!host) return;
    const row = pointed === null ? undefined : bars.row(pointed);
    const bar = row === undefined ? bars.last : bars.list[row];
    if (!bar) {
      host.replaceChildren();
      return;
    }
    const at = row === undefined ? bars.length - 1 : row;
    tt.indicatorLegend.show(bars, at, precision);
    host.replaceChildren(...legendParts(bar, bars.list[at - 1]));
  }

  function part(className, text) {
    const span = document.createElement("span");
    span.className = className;
    span.textContent = text;
    return span;
  }

  function pair(name, text, tone) {
    const both = part("legend-pair", "");
    both.append(part("legend-name", name), part(`legend-value ${tone || ""}`, text));
    return both;
  }

  function legendParts(bar, before) {
    const time = part("legend-time", tt.format.barTime(bar.time, precision.step));
    if (bar.close === undefined) return [time, part("legend-value", "no data")];
    const tone = bar.close >= bar.open ? "up" : "down";
    const parts = [time];
    for (const field of ["open", "high", "low", "close"]) {
      const text = tt.format.number(bar[field], precision.decimals);
      parts.push(pair(field[0].toUpperCase(), text, tone));
    }
    const base = before && before.close !== undefined ? before.close : bar.open;
    const change = bar.close - base;
    const mark = change > 0 ? "▲" : change < 0 ? "▼" : "";
    const percent = tt.format.signed((change / base) * 100, 2);
    const text = `${mark} ${tt.format.signed(change, precision.decimals)} (${percent}%)`;
    parts.push(part(`legend-value ${change >= 0 ? "up" : "down"}`, text.trim()));
    parts.push(pair("V", tt.format.compact(bar.volume)));
    return parts.concat(tt.signals.at(bar.time).map(signalLine), tt.fills.at(bar.time).map(fillLine));
  }

  // A signal of the bar, with its reason.
  function signalLine(row) {
    const { mark, tone } = tt.signals.MARKS[row.direction];
    const line = part("legend-signal", "");
    line.append(
      part(`signal-mark ${tone}`, `${mark} ${row.direction}`), part("legend-name", tt.signals.title(row)),
      part("legend-reason", row.reason)
    );
    return line;
  }

  function fillLine(fill) {
    const line = part("legend-signal", "");
    line.append(
      part(`signal-mark ${fill.side === "buy" ? "up" : "down"}`, fill.side === "buy" ? "▲ BOUGHT" : "▼ SOLD"),
      part("legend-name", `${fill.size} at ${tt.format.number(fill.price, precision.decimals)}`),
      part("legend-reason", fill.reason)
    );
    return line;
  }

  tt.chart = {
    load, prepend, put, use, restyle, redraw, flushSoon, loadOlder, point,
    tops: () => engine().tops(),
    clear,
    // Another page shows it: nothing of the previous page stays.
    belongTo(page) {
      if (owner === page) return;
      clear();
      owner = page;
      tt.signals.restrict(null);
      tt.fills.clear();
    },
    get owner() { return owner; },
    get view() { return view; },
    get bars() { return bars; },
    // The length of a bar, in seconds.
    get step() { return precision.step; },
    get engine() { return name; },
  };
})();
