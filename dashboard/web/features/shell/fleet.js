// The bots in the header of every page: how many run, how many have a problem, their money.
(function () {
  "use strict";
  const tt = (window.truetape = window.truetape || {});
  const { format } = tt;

  const STATES = {
    created: ["○", "New"], warming_up: ["◔", "Warming up"], running: ["▶", "Running"],
    paused: ["❚❚", "Paused"], stopping: ["◑", "Stopping"], stopped: ["■", "Stopped"],
    degraded: ["!", "Degraded"], failed: ["✕", "Failed"], archived: ["▽", "Archived"],
  };

  // States that require a user's action come first.
  const RANK = {
    failed: 0, degraded: 1, stopping: 2, warming_up: 3, running: 3, paused: 4, created: 5, stopped: 6, archived: 9,
  };

  const MOST_IN_HEADER = 2;

  let totals = null;

  // Return the sums of fields by quote currency, that of most rows first: never added up.
  function byCurrency(rows, fields) {
    const found = new Map();
    for (const row of rows) {
      const sums = found.get(row.currency) || { currency: row.currency, bots: 0, ...Object.fromEntries(fields.map((field) => [field, 0])) };
      sums.bots += 1;
      for (const field of fields) sums[field] += row[field];
      found.set(row.currency, sums);
    }
    return [...found.values()].sort((one, other) => other.bots - one.bots || one.currency.localeCompare(other.currency));
  }

  function state(name) {
    const [mark, word] = STATES[name] || ["", name];
    return `${mark} ${word}`;
  }

  function show() {
    const link = document.getElementById("fleet-link");
    if (!link || !totals) return;
    const failing = totals.failed + totals.degraded;
    const text = totals.bots ? `▶ ${totals.running}/${totals.bots} bots` : "No bots";
    const problems = failing ? ` · ✕ ${failing}` : "";
    if (link.textContent !== text + problems) link.textContent = text + problems;
    link.classList.toggle("bad", failing > 0);
    link.title = `${totals.running} running, ${totals.warming_up} warming up, ${totals.paused} paused, `
      + `${totals.stopped} stopped, ${totals.degraded} degraded, ${totals.failed} failed`;
    const money = document.getElementById("fleet-equity");
    const texts = totals.money.map(({ currency, equity, profit_today: profit }) =>
      `${format.moneyIn(equity, currency)} (${format.profit(profit, currency)} today)`);
    if (money.dataset.shown !== texts.join("\n")) {
      money.dataset.shown = texts.join("\n");
      money.replaceChildren(...totals.money.slice(0, MOST_IN_HEADER).map(({ profit_today: profit }, at) => tt.make("span", {
        className: profit > 0 ? "up" : profit < 0 ? "down" : "", textContent: texts[at],
      })), texts.length > MOST_IN_HEADER ? `+${texts.length - MOST_IN_HEADER} more` : "");
    }
    money.title = ["Equity of all bots by quote currency, and the UTC day's profit after fees", ...texts].join("\n");
  }

  tt.live.on((frame) => {
    if (frame.type !== "fleet") return;
    totals = frame.totals;
    show();
    tt.fleet.receive(totals);
  });
  window.setInterval(show, 1000);

  tt.fleet = { state, STATES, RANK, byCurrency, receive() {}, get totals() { return totals; } };
})();
