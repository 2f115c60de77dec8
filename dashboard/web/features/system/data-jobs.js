// Jobs on stored data: a form to request them, and their progress.
import * as api from "../../core/api.js";
import { make } from "../../core/elements.js";
import * as format from "../../core/format.js";
import * as system from "./system.js";

const KINDS = [
  ["repair", "Repair holes", "Fetch the trades of declared holes from the exchange"],
  ["download", "Download history", "Fetch the exchange's own candles where none are known"],
  ["verify", "Verify candles", "Verify stored candles by their trades"],
];
const DAYS = [["1", "1 day"], ["7", "7 days"], ["30", "30 days"], ["90", "90 days"], ["365", "1 year"]];
const MARKS = { waiting: "…", running: "▶", done: "✓", failed: "✕", cancelled: "■" };
const BUSY_MS = 700;
const FAILED_AGAIN_MS = 5000;

const isLive = ({ state }) => state === "waiting" || state === "running";

export function dataJobList(whenDone) {
  const name = make("select", { className: "field", "aria-label": "Instrument" });
  const days = make("select", { className: "field", "aria-label": "Of the last" },
    ...DAYS.map(([value, textContent]) => make("option", { value, textContent })));
  days.value = "7";
  const buttons = KINDS.map(([kind, label, hint]) => {
    const button = make("button", {
      className: "text-button", type: "button", textContent: label, title: hint, "data-required-role": "operator",
    });
    button.addEventListener("click", () => start(kind));
    return button;
  });
  const list = make("div", { className: "data-jobs", "aria-live": "polite" });
  let timer = 0;
  let busy = false;

  function start(kind) {
    api.post("/system/data-jobs/start", { kind, instrument: name.value, days: Number(days.value) })
      .then(() => { system.worked(); load(); }, system.failed("The run was not started"));
  }

  function load() {
    window.clearTimeout(timer);
    if (!list.isConnected) return;
    for (const button of buttons) button.disabled = !name.value;
    api.get("/system/data-jobs").then(show, () => {
      if (busy) timer = window.setTimeout(load, FAILED_AGAIN_MS);
    });
  }

  function show(jobs) {
    const rows = jobs.map(row);
    list.replaceChildren(...rows);
    const live = jobs.some(isLive);
    if (busy && !live) whenDone();
    busy = live;
    if (live) timer = window.setTimeout(load, BUSY_MS);
  }

  function row(job) {
    const { spec, state, progress, summary, requested_by: user } = job;
    const [, label] = KINDS.find(([kind]) => kind === spec.kind);
    const end = make("button", {
      className: "text-button small", type: "button", textContent: "Cancel", hidden: !isLive(job),
      "data-required-role": "operator",
    });
    end.addEventListener("click", () => {
      api.post("/system/data-jobs/cancel", { job: job.id })
        .then(load, system.failed("It was not cancelled"));
    });
    return make("div", { className: "data-job", "data-state": state },
      make("strong", { textContent: `${MARKS[state]} ${label}` }),
      make("span", { textContent: `${spec.instrument}, ${format.number(spec.days, 0)} d, by ${user}` }),
      make("progress", { max: 1, value: progress, hidden: !isLive(job) }),
      make("span", { className: state === "failed" ? "bad" : "muted", textContent: summary }), end);
  }

  return {
    node: make("section", { className: "panel" }, make("h2", { textContent: "Repair and complete" }),
      make("div", { className: "data-job-form" }, name, days, ...buttons),
      list),
    load,
    offer(names) {
      const chosen = name.value;
      if (String([...name.options].map(({ value }) => value)) === String(names)) return;
      name.replaceChildren(...names.map((each) => make("option", { value: each, textContent: each })));
      if (names.includes(chosen)) name.value = chosen;
      load();
    },
  };
}
