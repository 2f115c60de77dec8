// The queued, running and ended backtests and sweeps.
import * as api from "../../core/api.js";
import { make } from "../../core/elements.js";
import * as format from "../../core/format.js";
import { go } from "./address.js";

const BUSY_MS = 500;
const IDLE_MS = 5000;
const LABELS = {
  waiting: "Waiting", running: "Running", done: "Done", failed: "Failed", cancelled: "Cancelled",
};
const MARKS = { waiting: "…", running: "▶", done: "✓", failed: "✕", cancelled: "■" };

let timer = 0;
let states = new Map();
let shown = "";
const paces = new Map();
let observer = { done() {}, failed() {} };

/** `given` is notified of ended jobs: done(query of the address), failed(field, problem). */
export function observe(given) {
  observer = given;
}

const host = () => document.getElementById("backtest-jobs");
const hasEnded = ({ state }) => !["waiting", "running"].includes(state);

export function load() {
  window.clearTimeout(timer);
  if (!host()) return;
  api.get("/backtests/jobs").then(show, () => plan(IDLE_MS));
}

function plan(wait) {
  window.clearTimeout(timer);
  timer = window.setTimeout(load, wait);
}

function show({ jobs, now }) {
  if (!host()) return;
  reportEnded(jobs);
  const text = JSON.stringify(jobs);
  if (text !== shown || !host().childElementCount) {
    shown = text;
    host().replaceChildren(...jobs.map((job) => row(job, new Date(now))));
  }
  plan(jobs.every(hasEnded) ? IDLE_MS : BUSY_MS);
}

// Jobs that ended since the last request: the history lists them, and the page opens them.
function reportEnded(jobs) {
  for (const job of jobs) {
    const before = states.get(job.id);
    if (before === undefined || before === job.state || !hasEnded(job)) continue;
    if (job.state === "done") observer.done(shownAt(job));
    if (job.state === "failed") observer.failed(job.field, job.problem);
  }
  states = new Map(jobs.map(({ id, state }) => [id, state]));
}

function row(job, now) {
  const { state } = job;
  const config = isSweep(job) ? job.config.backtest : job.config;
  const what = `${config.strategy} · ${config.instrument} ${config.timeframe}`;
  const bar = make("progress", { max: 1, value: job.progress, "aria-label": "Progress" });
  return make("div", { className: "job", "data-state": state, "data-job": job.id },
    make("span", { className: "job-state", textContent: `${MARKS[state]} ${LABELS[state]}` }),
    make("div", { className: "job-what" },
      make("strong", { textContent: isSweep(job) ? `Sweep of ${what} · ${job.config.vary.join(", ")}` : what }),
      make("small", { className: state === "failed" ? "bad" : "", textContent: outcome(job, now) })),
    state === "running" ? bar : null,
    ...actions(job));
}

const isSweep = ({ kind }) => kind === "sweep";
const shownAt = (job) => (isSweep(job) ? { sweep: job.sweep } : { run: job.backtest_id });

function outcome(job, now) {
  if (job.state === "failed") return job.problem;
  if (job.state === "cancelled") {
    return isSweep(job) ? "Finished trials are kept: start it again to go on." : "Nothing was stored.";
  }
  if (job.state === "waiting") return "Starts when the one before it has ended.";
  if (job.state === "done") {
    if (isSweep(job)) return job.summary;
    return job.is_new ? "A new run." : "From store: an identical run exists.";
  }
  const percent = `${Math.round(job.progress * 100)} %`;
  if (job.progress < 0.02) return "Starting the engine and reading the data";
  const left = secondsLeft(job, now);
  return left === null ? percent : `${percent}, about ${format.age(left)} left`;
}

// By the pace since its first progress: before, it was starting and reading.
function secondsLeft({ id, progress }, now) {
  const first = paces.get(id);
  if (!first || progress <= first.progress) {
    paces.set(id, { now, progress });
    return null;
  }
  const [done, spent] = [progress - first.progress, (now - first.now) / 1000];
  return spent > 3 && done > 0.02 ? (spent * (1 - progress)) / done : null;
}

function actions(job) {
  if (!hasEnded(job)) {
    const cancel = button("Cancel", "text-button", () => post("cancel", job));
    cancel.dataset.requiredRole = "operator";
    return [cancel];
  }
  const dismiss = make("button", {
    type: "button", className: "icon-button icon-cross", "aria-label": "Dismiss", "data-required-role": "operator",
  });
  dismiss.addEventListener("click", () => post("dismiss", job));
  const open = () => go(shownAt(job));
  return [job.state === "done" ? button("Open", "text-button", open) : null, dismiss];
}

function button(text, className, does) {
  const made = make("button", { type: "button", className, textContent: text });
  made.addEventListener("click", () => { made.disabled = true; does(); });
  return made;
}

function post(what, job) {
  api.post(`/backtests/${what}`, { job: job.id }).then(show, load);
}

// It may have ended before the next request.
export function expect({ id }) {
  if (!states.has(id)) states.set(id, "waiting");
  load();
}
