// The Backtests page: its address selects what is shown beside the form.
import * as api from "../../core/api.js";
import * as clientside from "../../core/clientside.js";
import { stores } from "../../core/props.js";
import { go } from "./address.js";
import * as backtestForm from "./form.js";
import * as backtestHistory from "./history.js";
import * as backtestJobs from "./jobs.js";
import * as backtestResult from "./result.js";
import * as shell from "../shell/shell.js";
import * as sweepResult from "../sweeps/result.js";

const VIEWS = {
  history: "backtest-list", result: "backtest-result", compare: "backtest-comparison",
  sweeps: "sweep-list", sweep: "sweep-result",
};
const FAILED_AGAIN_MS = 5000;
const LISTS = { history: "History", sweeps: "Sweeps" };

let catalog = null;
let mounted = null;
let requests = 0;

const element = (id) => document.getElementById(id);

function mount() {
  const host = element("backtest-form");
  if (!host || mounted === host) return;
  mounted = host;
  catalog = api.get("/backtests/catalog");
  catalog.then((answer) => backtestForm.mount(host, answer), (error) => {
    host.textContent = error.message;
    mounted = null;
    window.setTimeout(mount, FAILED_AGAIN_MS);
  });
  stores.add("backtests-url");
  stores.add("url");
  backtestJobs.load();
  backtestHistory.load();
}

function show(search) {
  mount();
  const query = new URLSearchParams(search || "");
  const number = ++requests;
  if (query.get("run")) result(query.get("run"), number);
  else if (query.get("compare")) compare(query.get("compare"), number);
  else if (query.get("sweep")) sweep(query.get("sweep"), query.get("by") || "", number);
  else if (query.get("sweeps")) sweeps(number);
  else view("history", "");
}

function sweep(digest, by, number) {
  Promise.all([api.get(`/sweeps/result?${new URLSearchParams({ digest, by })}`), catalog])
    .then(([found, answer]) => {
      if (number !== requests) return;
      view("sweep", `Sweep of ${found.strategy}`);
      sweepResult.show(found, answer);
    }, (error) => fail(error, number));
}

function sweeps(number) {
  api.get("/sweeps").then((found) => {
    if (number !== requests) return;
    view("sweeps", "");
    sweepResult.list(found);
  }, (error) => fail(error, number));
}

function result(id, number) {
  Promise.all([api.get(`/backtests/result?${new URLSearchParams({ id })}`), catalog])
    .then(([found, answer]) => {
      if (number !== requests) return;
      view("result", `#${found.id} ${found.strategy}`);
      backtestResult.show(found, answer);
    }, (error) => fail(error, number));
}

function compare(ids, number) {
  Promise.all([api.get(`/backtests/compared?${new URLSearchParams({ ids })}`), catalog])
    .then(([found, answer]) => {
      if (number !== requests) return;
      view("compare", `Comparison of ${found.length}`);
      backtestHistory.compare(found, answer);
    }, (error) => fail(error, number));
}

function fail(error, number) {
  if (number !== requests) return;
  view("history", "");
  shell.problem("backtests", { title: "This cannot be shown", action: error.message });
}

function view(name, title) {
  shell.problem("backtests", null);
  shell.title(title ? `${title} · Backtests` : "Backtests");
  for (const [each, id] of Object.entries(VIEWS)) element(id).hidden = each !== name;
  element("backtest-back").hidden = name in LISTS;
  for (const [each, id] of [["history", "backtest-show-history"], ["sweeps", "backtest-show-sweeps"]]) {
    element(id).hidden = !(name in LISTS);
    element(id).setAttribute("aria-pressed", String(each === name));
  }
  element("backtest-where").textContent = title;
}

document.addEventListener("click", ({ target }) => {
  const isOfSweep = !element("sweep-result")?.hidden;
  if (target.closest("#backtest-back")) go(isOfSweep ? { sweeps: 1 } : {});
  if (target.closest("#backtest-show-history")) go({});
  if (target.closest("#backtest-show-sweeps")) go({ sweeps: 1 });
});

backtestJobs.observe({
  done(query) {
    backtestHistory.load();
    go(query);
  },
  failed: backtestForm.showProblem,
});

// -- called by Dash

clientside.define("backtests", {
  show,
  chosen(rows) { backtestHistory.choose(rows); },
  opened(cell, rows) {
    if (!cell || cell.colId === "chosen") return;
    const row = (rows || []).find(({ id }) => String(id) === String(cell.rowId));
    if (row) go({ run: row.id });
  },
  sweep(cell) { if (cell) go({ sweep: cell.rowId }); },
  trial(cell) { if (cell) sweepResult.take(Number(cell.rowId)); },
  roundTrip(cell, rows) {
    const row = cell && (rows || []).find(({ number }) => String(number) === String(cell.rowId));
    if (row) backtestResult.toRoundTrip(row);
  },
});
