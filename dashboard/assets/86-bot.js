// A bot's own page: its story is read once and when something happened; its money moves with frames.
(function () {
  "use strict";
  const tt = (window.truetape = window.truetape || {});
  const AGAIN_MS = 400;
  const CURVE_MS = 2000;

  let name = null;
  let story = null;
  let snapshot = null;
  let number = 0;
  let held = [];
  let heldNews = [];
  let timer = 0;
  let drawnAt = 0;
  let asked = 0;
  let tab = "orders";
  let watched = "";

  const element = (id) => document.getElementById(id);
  const viewOf = () => (story ? { symbol: story.row.instrument, timeframe: story.row.timeframe } : null);
  const candleTopic = ({ symbol, timeframe }) => `candle.${timeframe}.${symbol}`;

  // -- what is shown

  function show(path, search) {
    const wanted = decodeURIComponent((path || "").replace(/^\/bots\//, ""));
    tab = new URLSearchParams(search || "").get("tab") || "orders";
    // The page that is left hears of the new address, too.
    if (!(path || "").startsWith("/bots/")) leave();
    if (!element("bot") || !(path || "").startsWith("/bots/")) return;
    if (wanted === name) {
      tables();
      return;
    }
    ["url", "bot-url", "notifications"].forEach((id) => tt.stores.add(id));
    tt.market.leave();
    forget();
    name = wanted;
    tt.chart.belongTo(owner);
    tt.state("loading");
    tt.shell.title(name);
    watch();
    load();
  }

  function forget() {
    name = null;
    story = null;
    snapshot = null;
    number = 0;
    held = [];
    heldNews = [];
    watched = "";
    window.clearTimeout(timer);
  }

  function leave() {
    if (name === null) return;
    forget();
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

  // -- the story

  function load() {
    const wanted = name;
    const at = ++asked;
    window.clearTimeout(timer);
    tt.api.get(`/fleet/bot?${new URLSearchParams({ name })}`).then((answer) => {
      if (name !== wanted || at !== asked) return;
      const first = story === null;
      const same = story && JSON.stringify(viewOf()) === JSON.stringify({ symbol: answer.row.instrument, timeframe: answer.row.timeframe });
      tt.shell.problem("bot", null);
      story = answer;
      number = answer.epoch === tt.live.epoch ? answer.number : 0;
      const news = heldNews;
      heldNews = [];
      tt.signals.restrict(answer.groups);
      draw();
      watch();
      if (first || !same) candles();
      news.forEach(takeNews);
    }, (error) => {
      if (name !== wanted) return;
      tt.shell.problem("bot", { title: `${wanted} cannot be shown`, action: error.message });
      if (!story) tt.state("error", `There is no bot ${wanted}`, error.message);
    });
  }

  function loadSoon() {
    window.clearTimeout(timer);
    timer = window.setTimeout(load, AGAIN_MS);
  }

  function draw() {
    tt.botHead.head(story, load);
    numbers();
    tables();
    curve(true);
    tt.fills.set(story.orders.filter(({ filled }) => filled), levels());
  }

  function numbers() {
    tt.botHead.money(story);
    tt.botHead.position(story);
    const { row } = story;
    tt.shell.title(`${tt.format.profitIn(row.total, row.currency)} ${row.name}`);
  }

  function levels() {
    const { row } = story;
    return [["entry", "entry"], ["stop", "stop"], ["target", "target"]]
      .filter(([kind]) => row.position && row[kind] !== null && row[kind] !== undefined)
      .map(([kind, title]) => ({ kind, title, price: row[kind] }));
  }

  function tables() {
    document.querySelectorAll("#bot-tabs [data-tab]").forEach((button) => {
      button.setAttribute("aria-selected", String(button.dataset.tab === tab));
    });
    if (!story) return;
    const counts = { orders: story.order_count, trips: story.trips.length, config: story.versions.length };
    document.querySelectorAll("#bot-tabs [data-tab]").forEach((button) => {
      const count = counts[button.dataset.tab];
      button.dataset.count = count ? count : "";
    });
    const view = tt.botTables[tab] ? tab : "orders";
    element("bot-table").replaceChildren(tt.botTables[view](story));
  }

  // The curve grows with the live equity; the store's own points come with the next story.
  function curve(must) {
    if (!must && Date.now() - drawnAt < CURVE_MS) return;
    drawnAt = Date.now();
    const { curve: kept, row } = story;
    if (!kept.time.length) {
      element("bot-equity").replaceChildren(tt.make("p", {
        className: "empty", textContent: "The curve begins with the first candle after the start.",
      }));
      return;
    }
    element("bot-equity").querySelector(".empty")?.remove();
    const live = row.living ? [Date.now() / 1000] : [];
    tt.backtestPlots.draw("bot-equity", "worth", {
      currency: row.currency,
      time: [...kept.time, ...live],
      equity: [...kept.equity, ...live.map(() => row.equity)],
      drawdown: [...kept.drawdown, ...live.map(() => -row.drawdown)],
    });
  }

  // -- candles

  function candles() {
    const wanted = JSON.stringify(viewOf());
    tt.api.get(`/candles/newest?${new URLSearchParams(viewOf())}`).then((answer) => {
      if (JSON.stringify(viewOf()) !== wanted) return;
      if (answer.problem) {
        tt.state("error", answer.problem.title, answer.problem.action);
        window.setTimeout(() => story && candles(), 5000);
        return;
      }
      snapshot = answer;
      if (!answer.candles.time.length) {
        tt.state("empty", answer.empty.title, answer.empty.action);
        return;
      }
      tt.state("ready");
      tt.chart.use("lightweight");
      tt.chart.load(`bot ${wanted}`, answer.candles, {
        decimals: answer.instrument.price_decimals, priceStep: answer.instrument.price_step, step: answer.step_s,
      });
      element("market-notice").textContent = answer.notice;
      tt.signals.restrict(story.groups);
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

  // -- news

  function takeNews(frame) {
    if (!story) {
      heldNews.push(frame);
      return;
    }
    if (frame.number <= number) return;
    number = frame.number;
    const before = story.row;
    story.row = { ...before, ...frame.row };
    const happened = frame.orders.length || frame.history.length || story.row.version !== before.version
      || story.row.state !== before.state || story.row.wanted !== before.wanted;
    story.orders = [...[...frame.orders].reverse(), ...story.orders];
    story.order_count += frame.orders.length;
    story.history = [...[...frame.history].reverse(), ...story.history];
    numbers();
    curve(false);
    if (frame.orders.length) tt.fills.set(story.orders.filter(({ filled }) => filled), levels());
    else tt.fills.setLevels(levels());
    for (const order of frame.orders.filter(({ filled }) => filled)) {
      tt.botCommands.toast(`${name} ${order.side === "buy" ? "bought" : "sold"} ${tt.botWords.size(order.size).replace("+", "")} at ${tt.format.number(order.price, story.price_decimals)}`,
        order.side === "buy" ? "teal" : "red");
    }
    if (!happened) return;
    tt.botHead.head(story, load);
    tables();
    loadSoon();
  }

  tt.live.on((frame) => {
    if (!element("bot")) leave();
    else if (name === null) return;
    else if (frame.type === "stale") { load(); if (story) candles(); }
    else if (frame.type === "values") tt.indicators.receive(frame);
    else if (frame.type === "signals") tt.signals.receive(frame);
    else if (frame.topic === `bot.${name}`) takeNews(frame);
    else if (story && !document.hidden && frame.topic === candleTopic(viewOf())) takeBars(frame);
  });

  document.addEventListener("click", ({ target }) => {
    const button = target.closest("#bot-tabs [data-tab]");
    if (button) tt.setProps("bot-url", { search: button.dataset.tab === "orders" ? "" : `?tab=${button.dataset.tab}` });
  });

  window.dash_clientside = window.dash_clientside || {};
  window.dash_clientside.bot = { show };
  tt.bot = { load, get story() { return story; }, get name() { return name; } };
})();
