// The form of a backtest, generated from the catalog. The server alone validates it.
import * as api from "../../core/api.js";
import * as configForm from "../../core/config-form.js";
import * as dialog from "../../core/dialog.js";
import { copyable } from "../../core/dialog.js";
import { button, make } from "../../core/elements.js";
import { formRow, usualText } from "../../core/form-fields.js";
import * as format from "../../core/format.js";
import { ofTab } from "../../core/storage.js";
import * as backtestJobs from "./jobs.js";
import * as sweepForm from "../sweeps/form.js";

const CHECK_MS = 300;
const INSTRUMENTS = "backtest-instruments";
const KEPT = "truetape-backtest-form";
const OPEN = ["Market", "Money"];
const NEEDED = "is required";
const DAY = 86400;
const SPANS = [["1 d", DAY], ["7 d", 7 * DAY], ["30 d", 30 * DAY], ["90 d", 90 * DAY],
  ["1 y", 365 * DAY], ["All", Infinity]];

let form = null;
let catalog = null;
let timer = 0;
let requests = 0;
let wasSent = false;
let stored = null;

// -- fields

function row(field) {
  const made = formRow(field, sweepForm.varying(field));
  if (field.name === "instrument") made.querySelector(".field").setAttribute("list", INSTRUMENTS);
  return made;
}

function section({ title, fields }) {
  return make("details", { className: "form-section", open: OPEN.includes(title) },
    make("summary", { textContent: title }), ...fields.map(row),
    title === "Market" ? spanRow() : null);
}

function spanRow() {
  return make("div", { className: "span-row" },
    ...SPANS.map(([text, length]) => button(text, "text-button", () => chooseSpan(length))),
    make("small", { className: "stored", role: "status" }));
}

function strategySection() {
  const choice = make("select", { name: "strategy", className: "field", "aria-label": "Strategy" },
    ...catalog.strategies.map(({ name, title }) =>
      make("option", { value: name, textContent: title })));
  return make("details", { className: "form-section", open: true },
    make("summary", { textContent: "Strategy" }),
    make("label", { className: "form-row", "data-field": "strategy" },
      make("span", { className: "form-name", textContent: "Strategy" }), choice,
      make("small", { className: "hint" }),
      make("small", { className: "field-problem", role: "alert" })),
    make("div", { className: "parameters" }));
}

function showParameters() {
  const host = form.querySelector(".parameters");
  const chosen = catalog.strategies.find(({ name }) => name === form.elements.strategy.value);
  host.replaceChildren(...(chosen ? chosen.fields.map(row) : []));
  form.querySelector("[data-field='strategy'] .hint").textContent =
    chosen ? chosen.description : "";
}

// -- values

function values() {
  const found = {};
  for (const element of form.elements) {
    const isOff = element.type === "radio" && !element.checked;
    if (element.name && element.value !== "" && !isOff) found[element.name] = element.value;
  }
  return found;
}

function fill(given) {
  if (given.strategy) form.elements.strategy.value = given.strategy;
  showParameters();
  for (const element of form.elements) {
    if (!element.name || ["strategy", "mode"].includes(element.name)) continue;
    const value = given[element.name];
    if (value !== undefined) {
      element.value = element.type === "datetime-local" ? value.slice(0, 16) : value;
    }
  }
  if (given.mode) sweepForm.choose(given.mode);
  changed();
  loadSpan();
}

function reset() {
  form.querySelectorAll("[name^='vary.']").forEach((each) => { each.value = ""; });
  // A chosen strategy's parameters start with their defaults.
  const fields = [...catalog.sections.flatMap(({ fields: all }) => all), ...catalog.sweep];
  fill(Object.fromEntries(fields
    .filter(({ name }) => !["instrument", "start", "end"].includes(name))
    .map((field) => [field.name, usualText(field)])));
}

// -- stored data

function loadSpan() {
  const { instrument, timeframe } = values();
  if (!instrument || !timeframe) return;
  const query = new URLSearchParams({ instrument, timeframe });
  api.get(`/backtests/span?${query}`).then((answer) => {
    stored = answer;
    showStored(answer.end
      ? `Stored: ${format.barTime(answer.start, DAY)} to ${format.barTime(answer.end, 60)}`
        + ` UTC, ${format.number(answer.known * 100, 2)} % known`
      : `No ${timeframe} candles of ${instrument} are stored.`);
    if (answer.end && !form.elements.start.value) chooseSpan(30 * DAY);
  }, (error) => { stored = null; showStored(error.message); });
}

function showStored(text) {
  if (form) form.querySelector(".stored").textContent = text;
}

function chooseSpan(length) {
  const end = stored && stored.end ? stored.end : Math.floor(Date.now() / 60000) * 60;
  const earliest = stored && stored.start ? stored.start : end - 365 * DAY;
  form.elements.end.value = local(end);
  form.elements.start.value = local(Math.max(end - length, earliest));
  changed();
}

const local = (seconds) => new Date(seconds * 1000).toISOString().slice(0, 16);

// -- checks

function changed() {
  ofTab.write(KEPT, JSON.stringify(values()));
  window.clearTimeout(timer);
  timer = window.setTimeout(check, CHECK_MS);
}

const post = (what) => api.post(`/${sweepForm.isSweep() ? "sweeps" : "backtests"}/${what}`,
  { values: sweepForm.valuesToSend(values()) });

function check() {
  const number = ++requests;
  return post("check").then((answer) => {
    if (number === requests) {
      sweepForm.showCounts(answer);
      showProblems(answer.problems.filter(({ text }) => wasSent || text !== NEEDED));
    }
    return answer;
  }, (error) => {
    showProblems([{ field: "", text: error.message }]);
    return { config: null, problems: [] };
  });
}

function showProblems(problems) {
  if (form) configForm.showProblems(form, problems);
}

function submit(event) {
  event.preventDefault();
  wasSent = true;
  check().then(({ config, problems }) => {
    if (config) return post("run").then((job) => { wasSent = false; backtestJobs.expect(job); });
    configForm.focusFirst(form, problems);
    return null;
  }).catch((error) => showProblems([{ field: "", text: error.message }]));
}

function showJson() {
  check().then(({ config }) => {
    if (!config) return;
    const text = JSON.stringify(config, null, 2);
    dialog.open("Configuration", ...copyable(text));
  });
}

// -- the page

function build(host) {
  form = make("form", { className: "backtest-form config-form", noValidate: true });
  const [market, ...others] = catalog.sections;
  form.append(
    sweepForm.chooser(), section(market), strategySection(), sweepForm.section(catalog.sweep),
    ...others.map(section),
    configForm.instruments(catalog, INSTRUMENTS),
    make("p", { className: "form-problem", role: "alert" }),
    make("div", { className: "form-buttons form-end" },
      button("Defaults", "text-button", reset), button("JSON", "text-button", showJson),
      make("span", { className: "spacer" }),
      make("button", {
        type: "submit", className: "solid-button", textContent: "Run backtest", "data-required-role": "operator",
      })));
  form.addEventListener("submit", submit);
  form.addEventListener("input", changed);
  form.addEventListener("change", ({ target }) => {
    if (target.name === "mode") sweepForm.choose(target.value);
    if (target.name === "strategy") {
      showParameters();
      if (sweepForm.isSweep()) sweepForm.suggest();
    }
    if (["instrument", "timeframe"].includes(target.name)) loadSpan();
  });
  host.replaceChildren(form);
  sweepForm.mount(form);
  const [instrument] = catalog.instruments;
  const kept = ofTab.readJson(KEPT) || {};
  fill({ instrument: instrument || "", ...kept });
}

function none(host) {
  host.replaceChildren(make("p", {
    className: "empty", textContent: "The strategy engine has not reported any strategies yet; "
      + "it does so when it starts: uv run main.py",
  }));
}

export function mount(host, given) {
  form = null;
  catalog = given;
  wasSent = false;
  if (catalog.strategies.length) build(host);
  else none(host);
}

// A stored backtest's fields, of which those that it leaves out are off.
export function use(given) {
  if (!form) return;
  reset();
  ["parameters", "exits", "protections", "steps"].forEach((part) => {
    for (const element of form.elements) {
      if (element.name.startsWith(`${part}.`) && part !== "parameters") element.value = "";
    }
  });
  fill({ mode: "single", ...given });
}

export function showProblem(field, text) {
  showProblems([{ field, text }]);
}
