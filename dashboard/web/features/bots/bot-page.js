// The page of a bot: its details are read at first and after each event; its money is updated by frames.
(function () {
  "use strict";
  const tt = (window.truetape = window.truetape || {});
  const AGAIN_MS = 400;
  const CURVE_MS = 2000;

  let name = null;
  let detail = null;
  let snapshot = null;
  let number = 0;
  let held = [];
  let heldUpdates = [];
  let timer = 0;
  let drawnAt = 0;
  let requests = 0;
  let tab = "orders";
  let watched = "";

  const element = (id) => document.getElementById(id);
  const viewOf = () => (detail ? { symbol: detail.row.instrument, timeframe: detail.row.timeframe } : null);
  const candleTopic = ({ symbol, timeframe }) => `candle.${timeframe}.${symbol}`;

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
    ["url", "bot-url", "notifications"].forEach((id) => tt.stores.add(id));
    tt.market.leave();
    reset();
    name = chosen;
    tt.chart.belongTo(owner);
    tt.state("loading");
    tt.shell.title(name);
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
  }

  function leave() {
    if (name === null) return;
    reset();
    tt.live.watch([], "bot");
    if (tt.chart.owner === owner) tt.chart.clear();
  }

  function watch() {
    const view = viewOf();
    const prefix = view ? `indicator.${view.timeframe}.${view.symbol} ` : null;
    const topics = [`bot.${name}`, ...(view ? [candleTopic(view), tt.signals.topicOf(view),
      ...tt.indicators.topics().filter((topic) => topic.startsWith(prefix))] : [])];
    if (topics.join("\n") === watched) return;
    watched = topics.join("\n");
    tt.live.watch(topics, "bot");
  }

  const owner = {
    get view() { return viewOf(); },
    watch() { if (name !== null) watch(); },
    hint(text) { element("market-notice").textContent = text; },
    older(key, before) {
      const query = new URLSearchParams({ ...viewOf(), key, before });
      tt.api.get(`/candles/older?${query}`).then((answer) => {
        if (answer && answer.candles) tt.chart.prepend(answer.key, answer.candles);
      }, () => {});
    },
  };

  // -- the detail

  function load() {
    const chosen = name;
    const at = ++requests;
    window.clearTimeout(timer);
    tt.api.get(`/fleet/bot?${new URLSearchParams({ name })}`).then((answer) => {
      if (name !== chosen || at !== requests) return;
      const first = detail === null;
      const same = detail && JSON.stringify(viewOf()) === JSON.stringify({ symbol: answer.row.instrument, timeframe: answer.row.timeframe });
      tt.shell.problem("bot", null);
      detail = answer;
      number = answer.epoch === tt.live.epoch ? answer.number : 0;
      const updates = heldUpdates;
      heldUpdates = [];
      tt.signals.restrict(answer.groups);
      draw();
      watch();
      if (first || !same) candles();
      updates.forEach(takeUpdate);
    }, (error) => {
      if (name !== chosen) return;
      tt.shell.problem("bot", { title: `${chosen} cannot be shown`, action: error.message });
      if (!detail) tt.state("error", `There is no bot ${chosen}`, error.message);
    });
  }

  function loadSoon() {
    window.clearTimeout(timer);
    timer = window.setTimeout(load, AGAIN_MS);
  }

  function draw() {
    tt.botHead.head(detail, load);
    numbers();
    tables();
    curve(true);
    tt.fills.set(detail.orders.filter(({ filled }) => filled), levels());
  }

  function numbers() {
    tt.botHead.money(detail);
    tt.botHead.position(detail);
    const { row } = detail;
    tt.shell.title(`${tt.format.profitIn(row.total_profit, row.currency)} ${row.name}`);
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
    const view = tt.botTables[tab] ? tab : "orders";
    element("bot-table").replaceChildren(tt.botTables[view](detail));
  }

  // The curve grows with the live equity; stored points replace it at the next read.
  function curve(must) {
    if (!must && Date.now() - drawnAt < CURVE_MS) return;
    drawnAt = Date.now();
    const { curve: kept, row } = detail;
    if (!kept.time.length) {
      element("bot-equity").replaceChildren(tt.make("p", {
        className: "empty", textContent: "The curve begins with the first candle after the start.",
      }));
      return;
    }
    element("bot-equity").querySelector(".empty")?.remove();
    const live = row.is_active ? [Date.now() / 1000] : [];
    tt.backtestPlots.draw("bot-equity", "worth", {
      currency: row.currency,
      time: [...kept.time, ...live],
      equity: [...kept.equity, ...live.map(() => row.equity)],
      drawdown: [...kept.drawdown, ...live.map(() => -row.drawdown)],
    });
  }

  // -- candles

  function candles() {
    const chosen = JSON.stringify(viewOf());
    tt.api.get(`/candles/newest?${new URLSearchParams(viewOf())}`).then((answer) => {
      if (JSON.stringify(viewOf()) !== chosen) return;
      if (answer.problem) {
        tt.state("error", answer.problem.title, answer.problem.action);
        window.setTimeout(() => detail && candles(), 5000);
        return;
      }
      snapshot = answer;
      if (!answer.candles.time.length) {
        tt.state("empty", answer.empty.title, answer.empty.action);
        return;
      }
      tt.state("ready");
      tt.chart.use("lightweight");
      tt.chart.load(`bot ${chosen}`, answer.candles, {
        decimals: answer.instrument.price_decimals, priceStep: answer.instrument.price_step, step: answer.step_s,
      });
      element("market-notice").textContent = answer.notice;
      tt.signals.restrict(detail.groups);
      const frames = held;
      held = [];
      frames.forEach(takeBars);
    }, (error) => tt.state("error", "The candles cannot be read", error.message));
  }

  function takeBars(frame) {
    if (!snapshot) held.push(frame);
    else if (!tt.chart.view) candles();
    else if (frame.number > (snapshot.numbers[frame.topic] || 0)) tt.chart.put(frame.bars);
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
    if (frame.orders.length) tt.fills.set(detail.orders.filter(({ filled }) => filled), levels());
    else tt.fills.setLevels(levels());
    for (const order of frame.orders.filter(({ filled }) => filled)) {
      tt.botCommands.toast(`${name} ${order.side === "buy" ? "bought" : "sold"} ${tt.botFormats.size(order.size).replace("+", "")} at ${tt.format.number(order.price, detail.price_decimals)}`,
        order.side === "buy" ? "teal" : "red");
    }
    if (!happened) return;
    tt.botHead.head(detail, load);
    tables();
    loadSoon();
  }

  tt.live.on((frame) => {
    if (!element("bot")) leave();
    else if (name === null) return;
    else if (frame.type === "stale") { load(); if (detail) candles(); }
    else if (frame.type === "values") tt.indicators.receive(frame);
    else if (frame.type === "signals") tt.signals.receive(frame);
    else if (frame.topic === `bot.${name}`) takeUpdate(frame);
    else if (detail && !document.hidden && frame.topic === candleTopic(viewOf())) takeBars(frame);
  });

  document.addEventListener("click", ({ target }) => {
    const button = target.closest("#bot-tabs [data-tab]");
    if (button) tt.setProps("bot-url", { search: button.dataset.tab === "orders" ? "" : `?tab=${button.dataset.tab}` });
  });

  window.dash_clientside = window.dash_clientside || {};
  window.dash_clientside.bot = { show };
  tt.bot = { load, get detail() { return detail; }, get name() { return name; } };
})();
