// One sweep: the best trial, its overfitting check, and every trial.
import * as api from "../../core/api.js";
import { make } from "../../core/elements.js";
import * as format from "../../core/format.js";
import { fillGrid } from "../../core/grids.js";
import { draw } from "../../core/plots.js";
import { setProps } from "../../core/props.js";
import { go } from "../backtests/address.js";
import * as backtestForm from "../backtests/form.js";
import * as backtestJobs from "../backtests/jobs.js";
import { value } from "../backtests/metrics.js";
import { curve, heat, parallel } from "./plots.js";

const SHOWN = ["total_return", "sharpe", "sortino", "max_drawdown", "profit_factor", "win_rate",
  "round_trips", "exposure", "fees"];
const FEW_DAYS = 30;
const WRITERS = { fraction: ["ttPercent"], count: ["ttNumber", 0] };

let shown = null;
let cards = new Map();
let axes = { x: 0, y: 1 };

const slot = (name) => document.querySelector(`#sweep-result [data-slot="${name}"]`);
const label = (name) => name.replace(/^parameters\./, "").replace(/^exits\./, "").replaceAll("_", " ");
const titleOf = (name) => (cards.get(name) || { title: name }).title;

function action(text, does, more) {
  const made = make("button", { type: "button", className: `text-button ${more || ""}`, textContent: text });
  made.addEventListener("click", does);
  return made;
}

// -- head

function head(sweep) {
  const [best] = sweep.rows;
  const counts = `${sweep.trials.toLocaleString("en-US")} trials`
    + `${sweep.failed ? `, ${sweep.failed.toLocaleString("en-US")} failed` : ""}`;
  const about = [
    `${sweep.instrument} ${sweep.timeframe}`, sweep.fixed,
    `${format.barTime(sweep.start, 60)} to ${format.barTime(sweep.end, 60)} UTC`, counts,
  ].filter(Boolean).join(" · ");
  const has = best && best.metrics[at()] !== null && best.metrics[at()] !== undefined;
  const run = action("Run the best as a backtest", () => runTrial(best));
  run.dataset.requiredRole = "operator";
  run.disabled = !has;
  slot("head").replaceChildren(
    make("div", { className: "result-title" }, make("h1", { textContent: `Sweep of ${sweep.strategy}` }),
      make("span", { className: "badge plain-badge", textContent: "SWEEP" })),
    make("p", { className: "result-about", textContent: about }),
    make("div", { className: "result-actions" }, objectives(sweep), run),
    has ? make("p", { className: "best", textContent: `Best: ${pointText(best)}` }) : make("p", {
      className: "warning-line", textContent: "! No trial succeeded: see the problems in the table.",
    }),
    ...sweep.warnings.map((text) => make("p", { className: "warning-line", textContent: `! ${text}` })),
    ...(sweep.rows.length < sweep.trials ? [make("p", {
      className: "warning-line", textContent: `! Only the best ${sweep.rows.length.toLocaleString("en-US")} trials are shown.`,
    })] : []));
}

const at = () => shown.metrics.indexOf(shown.objective);
const pointText = ({ point }) => shown.varied.map((name, index) =>
  `${label(name)} ${point[index] === null ? "none" : point[index]}`).join(", ");

function objectives(sweep) {
  const choice = select("Best by", sweep.metrics.filter((name) => (cards.get(name) || {}).better)
    .map((name) => [name, titleOf(name)]), sweep.objective);
  choice.addEventListener("change", ({ target }) => go({ sweep: sweep.sweep, by: target.value }));
  return choice;
}

function select(text, options, value) {
  const made = make("select", { className: "field", "aria-label": text }, ...options.map(([name, textContent]) =>
    make("option", { value: name, textContent })));
  made.value = value;
  return make("label", { className: "chooser" }, make("span", { textContent: text }), made);
}

// -- selection bias

function selectionBias({ selection_bias: bias, trial_count: count, days }) {
  const host = slot("selection-bias");
  if (!bias) {
    host.replaceChildren(make("p", {
      className: "empty", textContent: "The best trial cannot be evaluated: it has no Sharpe ratio, or too few days were measured.",
    }));
    return;
  }
  const lines = [
    ["Sharpe ratio of the best", number(bias.sharpe), "As measured."],
    [`Best of ${count.toLocaleString("en-US")} useless trials`, number(bias.best_by_chance),
      "The Sharpe ratio that the best of as many trials without any edge would show. Counted are all "
      + "trials of the strategy on the instrument that were ever made."],
    ["Probabilistic Sharpe ratio", percent(bias.probabilistic_sharpe),
      "The probability that the true Sharpe ratio is above 0, had this been the only trial."],
    ["Deflated Sharpe ratio", percent(bias.deflated_sharpe),
      "The probability that its Sharpe ratio exceeds the best of as many trials without skill."],
  ];
  host.replaceChildren(
    make("div", { className: "metrics" }, ...lines.map(([title, text, about]) =>
      make("details", { className: "metric" }, make("summary", {},
        make("span", { className: "metric-title", textContent: title }),
        make("strong", { className: "metric-value", textContent: text })), make("p", { textContent: about })))),
    make("p", { className: `evaluation ${assessment(bias, days)[0]}`, textContent: assessment(bias, days)[1] }));
}

function assessment({ deflated_sharpe: deflated }, days) {
  if (days < FEW_DAYS) return ["fair", `! ${days} daily returns are too few for an evaluation: choose a longer span.`];
  if (deflated === null) return ["", "One trial is no choice: there is nothing to deflate."];
  if (deflated >= 0.95) return ["good", "✓ More than chance would give after so many tries. Confirm it with a walk-forward test."];
  if (deflated >= 0.5) return ["fair", "! May be more than chance: too little to rely on."];
  return ["poor", "✕ No better than the best of so many useless trials is expected to be."];
}

const number = (value) => format.number(value, 2);
const percent = (value) => (value === null ? format.UNKNOWN : `${format.number(value * 100, 1)} %`);

// -- plots

function metric() {
  const card = cards.get(shown.objective);
  return { title: card.title, better: card.better, write: (given) => value(card, given, shown.currency) };
}

function plots() {
  const index = at();
  const rows = shown.rows.map(({ trial, point, metrics, problem }) =>
    ({ trial, point, value: problem ? null : metrics[index] ?? null }));
  const named = shown.varied.map((name, number) => ({ index: number, label: label(name) }));
  const host = slot("axes");
  host.replaceChildren();
  if (named.length > 1) {
    const options = named.map(({ index: number, label: text }) => [number, text]);
    for (const [axis, text] of [["x", "Across"], ["y", "Up"]]) {
      const choice = select(text, options, axes[axis]);
      choice.addEventListener("change", ({ target }) => turn(axis, Number(target.value)));
      host.append(choice);
    }
    draw("sweep-heat", heat, { rows, x: named[axes.x], y: named[axes.y], metric: metric() });
  } else if (named.length) {
    draw("sweep-heat", curve, { rows, x: named[0], metric: metric() });
  }
  for (const id of ["sweep-heat", "sweep-parallel"]) document.getElementById(id).hidden = !named.length;
  if (named.length) draw("sweep-parallel", parallel, { rows, axes: named, metric: metric() });
}

function turn(axis, value) {
  const other = axis === "x" ? "y" : "x";
  if (axes[other] === value) axes[other] = axes[axis];
  axes[axis] = value;
  plots();
}

// -- trials

const writerOf = (unit) => (unit === "money" ? ["ttMoney", JSON.stringify(shown.currency)] : WRITERS[unit] || ["ttNumber", 3]);

function table(sweep) {
  const column = (field, headerName, [writer, ...more]) => ({
    field, headerName, type: "rightAligned", minWidth: 116, flex: 1,
    valueFormatter: { function: `${writer}(${["params.value", ...more].join(", ")})` },
  });
  const measured = [sweep.objective, ...SHOWN.filter((name) => name !== sweep.objective)]
    .filter((name) => sweep.metrics.includes(name));
  const columnDefs = [
    { field: "rank", headerName: "#", width: 62, type: "rightAligned" },
    ...sweep.varied.map((name, index) => ({
      field: `p${index}`, headerName: label(name), minWidth: 60 + 8 * label(name).length, flex: 1,
      type: "rightAligned", cellDataType: false,
    })),
    ...measured.map((name) => column(name, titleOf(name), writerOf((cards.get(name) || {}).unit))),
    ...(sweep.failed ? [{ field: "problem", headerName: "Problem", minWidth: 200, flex: 3 }] : []),
  ];
  const rowData = sweep.rows.map((row, index) => ({
    trial: row.trial, rank: index + 1, problem: row.problem,
    ...Object.fromEntries(row.point.map((value, number) => [`p${number}`, value === null ? "none" : value])),
    ...Object.fromEntries(measured.map((name) => [name, row.metrics[sweep.metrics.indexOf(name)] ?? null])),
  }));
  window.dash_ag_grid.getApiAsync("sweep-trials").then(() => setProps("sweep-trials", { columnDefs, rowData }));
}

// -- backtest of a trial

function valuesOf(row) {
  const point = Object.fromEntries(shown.varied.map((name, index) =>
    [name, row.point[index] === null ? "" : String(row.point[index])]));
  return { ...shown.values, ...point };
}

export function take(trial) {
  const row = shown && shown.rows.find((each) => each.trial === trial);
  if (!row) return;
  backtestForm.use(valuesOf(row));
  slot("taken").textContent = `The form holds ${pointText(row)}: run it to see fills, round trips and all metrics.`;
}

function runTrial(row) {
  backtestForm.use(valuesOf(row));
  const values = Object.fromEntries(Object.entries(valuesOf(row)).filter(([, text]) => text !== ""));
  api.post("/backtests/run", { values }).then((job) => backtestJobs.expect(job),
    (error) => { slot("taken").textContent = error.message; });
}

// -- the page

export function show(sweep, catalog) {
  if (!shown || shown.sweep !== sweep.sweep) axes = { x: 0, y: 1 };
  shown = sweep;
  cards = new Map(catalog.cards.map((card) => [card.name, card]));
  slot("taken").textContent = "Click a trial to copy its parameters into the form.";
  head(sweep);
  selectionBias(sweep);
  plots();
  table(sweep);
}

export function list(sweeps) {
  const none = "No sweeps yet. Choose Sweep in the form, select the parameters that vary, and start it.";
  document.getElementById("sweep-count").textContent = sweeps.length
    ? `${sweeps.length} ${sweeps.length === 1 ? "sweep" : "sweeps"}` : none;
  fillGrid("sweeps-grid", sweeps);
}
