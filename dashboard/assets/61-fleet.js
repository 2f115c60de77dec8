// The bots in the header of every page: how many live, what troubles them, and their money.
(function () {
  "use strict";
  const tt = (window.truetape = window.truetape || {});
  const { format } = tt;

  const STATES = {
    created: ["○", "New"], warming_up: ["◔", "Warming up"], running: ["▶", "Running"],
    paused: ["❚❚", "Paused"], stopping: ["◑", "Stopping"], stopped: ["■", "Stopped"],
    degraded: ["!", "Degraded"], failed: ["✕", "Failed"], archived: ["▽", "Archived"],
  };

  // What needs a person comes first.
  const RANK = {
    failed: 0, degraded: 1, stopping: 2, warming_up: 3, running: 3, paused: 4, created: 5, stopped: 6, archived: 9,
  };

  let totals = null;

  function state(name) {
    const [mark, word] = STATES[name] || ["", name];
    return `${mark} ${word}`;
  }

  function show() {
    const link = document.getElementById("fleet-link");
    if (!link || !totals) return;
    const troubled = totals.failed + totals.degraded;
    const text = totals.bots ? `▶ ${totals.running}/${totals.bots} bots` : "No bots";
    const trouble = troubled ? ` · ✕ ${troubled}` : "";
    if (link.textContent !== text + trouble) link.textContent = text + trouble;
    link.classList.toggle("bad", troubled > 0);
    link.title = `${totals.running} running, ${totals.warming_up} warming up, ${totals.paused} paused, `
      + `${totals.stopped} stopped, ${totals.degraded} degraded, ${totals.failed} failed`;
    const money = document.getElementById("fleet-equity");
    const day = format.signed(totals.day, 2);
    money.textContent = totals.bots ? `${format.number(totals.equity, 2)} (${day} today)` : "";
    money.className = totals.day > 0 ? "up" : totals.day < 0 ? "down" : "";
    money.title = "Equity of all bots, and the UTC day's profit after fees";
  }

  tt.live.on((frame) => {
    if (frame.type !== "fleet") return;
    totals = frame.totals;
    show();
    tt.fleet.heard(totals);
  });
  window.setInterval(show, 1000);

  tt.fleet = { state, STATES, RANK, heard() {}, get totals() { return totals; } };
})();
