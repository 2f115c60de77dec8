// One stored backtest: its result, warnings and round trips.
(function () {
  "use strict";
  const tt = (window.truetape = window.truetape || {});
  const { make } = tt;
  const { format } = tt;
  const HEADLINE = ["total_return", "benchmark_return", "max_drawdown", "sharpe", "sortino", "calmar",
    "profit_factor", "win_rate", "round_trips", "exposure", "fees", "net_profit"];
  const MONTHS = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];
  // Descriptive metrics, without predictive value.
  const PLAIN = ["net_profit", "total_return", "benchmark_return", "excess_return", "max_drawdown",
    "max_drawdown_money", "round_trips", "daily_returns"];
  const SAMPLED = ["return", "risk-adjusted", "drawdown", "tails", "significance", "trades", "holding", "benchmark"];
  const BY_ROUND_TRIPS = ["trades", "holding"];
  const FEW = 30;
  const SIGNED = ["return", "profit", "expectancy", "alpha", "cagr"];

  let shown = null;
  let cards = [];

  const slot = (name) => document.querySelector(`#backtest-result [data-slot="${name}"]`);

  // -- metrics

  function value(card, given, currency) {
    if (given === null || given === undefined) return format.UNKNOWN;
    const isSigned = SIGNED.some((word) => card.name.includes(word));
    const write = isSigned ? format.signed : format.number;
    switch (card.unit) {
      case "fraction": return `${write(given * 100, 2)} %`;
      case "money": return (isSigned ? format.profitIn : format.moneyIn)(given, currency);
      case "days": return `${format.number(given, given < 10 ? 2 : 1)} d`;
      case "count": return format.number(given, 0);
      default: return format.number(given, Math.abs(given) >= 1000 ? 0 : 3);
    }
  }

  function tone(card, given) {
    const hasTone = card.unit !== "count" && card.better > 0
      && ["return", "risk-adjusted", "trades", "benchmark"].includes(card.group);
    const centre = card.name === "profit_factor" ? 1 : 0;
    const neutral = ["win_rate", "winning_days", "payoff", "omega"].includes(card.name);
    if (!hasTone || neutral || given === null || given === undefined || given === centre) return "";
    return given > centre ? "up" : "down";
  }

  // The number of days or round trips behind a metric, if it is too small.
  function few(card, sample) {
    if (PLAIN.includes(card.name) || !SAMPLED.includes(card.group)) return "";
    const byRoundTrips = BY_ROUND_TRIPS.includes(card.group);
    const count = byRoundTrips ? sample.roundTrips : sample.days;
    return count < FEW ? `From ${count} ${byRoundTrips ? "round trips" : "days"} only: fewer than ${FEW} are not significant` : "";
  }

  function metric(card, given, currency, sample) {
    const little = few(card, sample);
    const about = [["Formula", card.formula], ["Requires", card.requires], ["Source", card.source],
      ["", card.notes]].filter(([, text]) => text);
    const head = make("summary", {},
      make("span", { className: "metric-title", textContent: card.title }),
      make("strong", { className: `metric-value ${little ? "" : tone(card, given)}`, textContent: value(card, given, currency) }));
    return make("details", { className: `metric${little ? " few" : ""}`, "data-metric": card.name, title: little }, head,
      ...about.map(([label, text]) => make("p", {}, label ? make("b", { textContent: `${label}: ` }) : null, text)));
  }

  function metrics(result) {
    const byName = new Map(cards.map((card) => [card.name, card]));
    const sample = { days: result.metrics.daily_returns || 0, roundTrips: result.metrics.round_trips || 0 };
    const head = HEADLINE.filter((name) => byName.has(name))
      .map((name) => metric(byName.get(name), result.metrics[name], result.currency, sample));
    const groups = [...new Set(cards.map(({ group }) => group))].map((group) =>
      make("section", { className: "metric-group" }, make("h3", { textContent: group }),
        make("div", { className: "metrics small" }, ...cards
          .filter((card) => card.group === group).map((card) => metric(card, result.metrics[card.name], result.currency, sample)))));
    const all = make("details", { className: "all-metrics" },
      make("summary", { textContent: `All ${cards.length} metrics` }), ...groups);
    slot("metrics").replaceChildren(make("div", { className: "metrics" }, ...head), all);
  }

  // -- head

  function badge(result) {
    const failed = result.reconciled.filter(({ holds }) => !holds);
    const compared = result.reconciled.reduce((sum, check) => sum + check.compared, 0);
    const text = failed.length ? `✕ ${failed.length} checks differ` : "✓ Reconciled";
    const made = make("span", { className: `badge ${failed.length ? "bad-badge" : "ok-badge"}`, textContent: text });
    made.title = `${result.reconciled.length} checks, ${compared.toLocaleString("en-US")} amounts compared`;
    return made;
  }

  function head(result) {
    const title = make("div", { className: "result-title" },
      make("h1", { textContent: `#${result.id} ${result.strategy}` }), badge(result),
      make("span", { className: "badge plain-badge", textContent: "BACKTEST" }));
    const days = (result.end - result.start) / 86400;
    const about = make("p", { className: "result-about", textContent: [
      result.parameters, `${result.instrument} ${result.timeframe}`,
      `${format.barTime(result.start, 60)} to ${format.barTime(result.end, 60)} UTC (${format.number(days, 1)} d)`,
      `run ${format.barTime(result.created_at, 60)} UTC`,
    ].filter(Boolean).join(" · ") });
    const actions = make("div", { className: "result-actions" },
      action("Use these settings", () => tt.backtestForm.fill(result.values)),
      action("Make a bot", () => tt.promotion.open(result)),
      action("JSON", () => tt.dialog.open("Configuration",
        ...tt.copyable(JSON.stringify(result.config, null, 2)))),
      action("Note and tags", () => tt.backtestHistory.annotate(result)),
      action("Delete", () => tt.backtestHistory.remove([result]), "danger"));
    slot("head").replaceChildren(title, about, actions, annotation(result),
      ...result.warnings.map((text) => make("p", { className: "warning-line", textContent: `! ${text}` })));
  }

  function annotation({ note, tags }) {
    return make("p", { className: "annotation", hidden: !note && !tags.length },
      ...tags.map((tag) => make("span", { className: "tag", textContent: tag })), note);
  }

  function action(text, does, more) {
    const made = make("button", { type: "button", className: `text-button ${more || ""}`, textContent: text });
    made.addEventListener("click", does);
    return made;
  }

  // -- tables

  function heat(change) {
    if (change === null) return {};
    const strength = Math.min(1, Math.abs(change) / 0.15);
    const colour = change >= 0 ? "var(--tt-up)" : "var(--tt-down)";
    return { style: `background: color-mix(in srgb, ${colour} ${Math.round(8 + strength * 42)}%, transparent)` };
  }

  const percent = (change) => (change === null ? "" : format.signed(change * 100, 1));

  function months(result) {
    slot("months").replaceChildren(calendar(result.months));
  }

  // Years, newest first, with the return of each month and of the year.
  function calendar(years) {
    const rows = years.map(({ year, months: changes, total }) => make("tr", {},
      make("th", { textContent: year, scope: "row" }),
      ...changes.map((change) => make("td", { ...heat(change), textContent: percent(change) })),
      make("td", { className: "total", textContent: percent(total) })));
    return make("table", { className: "months" },
      make("thead", {}, make("tr", {}, make("th", { textContent: "%" }),
        ...MONTHS.map((textContent) => make("th", { textContent })), make("th", { textContent: "Year" }))),
      make("tbody", {}, ...rows));
  }

  function facts(result) {
    const { quality, digests } = result;
    const checks = result.reconciled.map(({ name, what, compared, different, holds }) => make("li", {
      className: holds ? "" : "bad",
      textContent: `${holds ? "✓" : "✕"} ${name}: ${what} (${compared.toLocaleString("en-US")} compared`
        + `${different ? `, ${different} differ` : ""})`,
    }));
    const time = (text) => format.barTime(new Date(text) / 1000, 60);
    const gaps = quality.gaps.map(({ start, end }) =>
      make("li", { textContent: `${time(start)} to ${time(end)} UTC` }));
    const more = quality.gap_count - quality.gaps.length;
    const counts = [
      ["Warm-up", quality.warmup], ["Candles", quality.candles], ["Prints", quality.prints],
      ["Missing", quality.missing_candles],
      ["Incomplete", quality.incomplete_candles], ["Drilled into", result.drilled_candles],
    ].map(([name, count]) => [name, count.toLocaleString("en-US")]);
    slot("facts").replaceChildren(
      part("Reconciliation", make("ul", {}, ...checks)),
      part("Data", pairs([["Known", `${format.number((1 - quality.missing) * 100, 2)} %`], ...counts]),
        gaps.length ? make("ul", { className: "gaps" }, ...gaps) : make("p", { textContent: "No gaps." }),
        more > 0 ? make("p", { textContent: `and ${more} more` }) : null),
      part("Digests", pairs(Object.entries(digests).filter(([, text]) => text)),
        make("p", { textContent: "The same configuration, data and code give the same outcome, bit for bit." })));
  }

  const part = (title, ...content) =>
    make("section", { className: "fact-part" }, make("h3", { textContent: title }), ...content);

  const pairs = (rows) => make("dl", { className: "pairs" }, ...rows.flatMap(([name, text]) => [
    make("dt", { textContent: name }), make("dd", { textContent: text, title: text })]));

  // -- candles with fills

  function candles(at) {
    const query = new URLSearchParams({ id: shown.id, ...(at ? { at: Math.floor(at) } : {}) });
    const id = shown.id;
    tt.api.get(`/backtests/candles?${query}`).then((answer) => {
      if (!shown || shown.id !== id) return;
      const { time } = answer.candles;
      const host = slot("candles-nav");
      const length = time.length ? time[time.length - 1] - time[0] : 0;
      const step = (text, by, disabled) => {
        const made = action(text, () => candles(Math.max(1, time[0] + length / 2 + by * length * 0.9)));
        made.disabled = disabled;
        return made;
      };
      host.replaceChildren(step("← Earlier", -1, answer.begins), step("Later →", 1, answer.ends));
      if (time.length) tt.backtestPlots.draw("backtest-candles", "candles", { ...answer, currency: shown.currency });
    }, (error) => { slot("candles-nav").textContent = error.message; });
  }

  function show(result, catalog) {
    shown = result;
    cards = catalog.cards;
    head(result);
    metrics(result);
    months(result);
    facts(result);
    tt.backtestPlots.draw("backtest-equity", "equity", { ...result.curve, currency: result.currency });
    tt.backtestPlots.draw("backtest-histogram", "histogram", result.histogram);
    tt.fillGrid("backtest-round-trips", result.closed_round_trips.map((roundTrip) => ({ ...roundTrip, currency: result.currency })));
    candles(null);
  }

  tt.backtestResult = {
    show, value, metric, calendar,
    get shown() { return shown; },
    toRoundTrip(roundTrip) {
      candles((roundTrip.entry_time + roundTrip.exit_time) / 2);
      document.getElementById("backtest-candles").scrollIntoView({ block: "nearest" });
    },
    annotated(row) {
      if (shown && shown.id === row.id) head(Object.assign(shown, { note: row.note, tags: row.tags }));
    },
  };
})();
