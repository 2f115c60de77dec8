// The form of a bot: new, cloned from a bot or a backtest, or a new configuration.
import * as api from "../../core/api.js";
import * as configForm from "../../core/config-form.js";
import * as dialog from "../../core/dialog.js";
import { button, make } from "../../core/elements.js";

const CHECK_MS = 300;
const OPEN = ["Bot", "Market", "Money"];
const NEEDED = "is required";
const FIXED = ["name", "instrument"];

let form = null;
let catalog = null;
let timer = 0;
let requests = 0;
let wasSent = false;

// `title`; initial `values`; `changes`: the name of the bot whose configuration changes;
// `warnings`: sentences to read first; `done(name)`.
function open(how) {
  api.get("/bots/catalog").then((answer) => {
    catalog = answer;
    if (catalog.strategies.length) build(how);
    else none(how);
  }, (error) => showText(how.title, error.message));
}

function showText(title, text) {
  dialog.open(title, make("p", { className: "dialog-text", textContent: text }));
}

function none({ title }) {
  showText(title, "The strategy engine has reported no strategies yet; it does so when it starts.");
}

function build(how) {
  wasSent = false;
  form = make("form", { className: "config-form bot-form", noValidate: true });
  const [bot, market, ...others] = catalog.sections;
  form.append(
    ...(how.warnings || []).map((text) => make("p", { className: "warning-line", textContent: text })),
    configForm.section(bot, true), configForm.strategySection(catalog.strategies), configForm.section(market, true),
    ...others.map((each) => configForm.section(each, OPEN.includes(each.title))),
    configForm.instruments(catalog), reasonRow(how),
    make("p", { className: "form-problem", role: "alert" }),
    make("div", { className: "form-buttons form-end" },
      button("Cancel", "text-button", () => dialog.close()),
      make("span", { className: "spacer" }),
      make("button", {
        type: "submit", className: "solid-button", textContent: how.changes ? "Save changes" : "Create bot",
        "data-required-role": "operator",
      })));
  form.addEventListener("submit", (event) => submit(event, how));
  form.addEventListener("input", () => changed(how));
  form.addEventListener("change", ({ target }) => {
    if (target.name === "strategy") configForm.showParameters(form, catalog.strategies);
    changed(how);
  });
  configForm.fill(form, catalog.strategies, begin(how.values));
  if (how.changes) FIXED.forEach((name) => { form.elements[name].readOnly = true; });
  dialog.open(how.title, form);
  form.elements[how.changes ? "strategy" : "name"].focus();
  changed(how);
}

function begin(values) {
  const [instrument] = catalog.instruments;
  const usual = configForm.defaults(catalog, FIXED);
  const frame = { instrument: instrument || "", timeframe: "1m" };
  if (!values) return { ...usual, ...frame };
  // Fields missing from a configuration are off, not default.
  const off = Object.fromEntries(Object.keys(usual)
    .filter((name) => /^(exits|protections)\./.test(name)).map((name) => [name, ""]));
  return { ...usual, ...off, ...values };
}

function reasonRow({ changes }) {
  return make("label", { className: "form-row", "data-field": "reason" },
    make("span", { className: "form-name", textContent: "Why" }),
    make("input", { className: "field", name: "reason", type: "text", maxLength: 200 }),
    make("small", {
      className: "hint",
      textContent: changes ? "Kept with the version; in force from the next start on" : "Stored with the bot",
    }),
    make("small", { className: "field-problem", role: "alert" }));
}

function body({ changes }) {
  const { reason = "", ...values } = configForm.values(form);
  return { values, reason, is_new: !changes };
}

function changed(how) {
  window.clearTimeout(timer);
  timer = window.setTimeout(check, CHECK_MS, how);
}

function check(how) {
  const number = ++requests;
  if (!form.isConnected) return;
  api.post("/bots/check", body(how)).then(({ problems }) => {
    if (number === requests) show(problems.filter(({ text }) => wasSent || text !== NEEDED));
  }, (error) => show([{ field: "", text: error.message }]));
}

function show(problems) {
  configForm.showProblems(form, problems);
}

// The server's validation errors: at their fields, or below the form.
function submit(event, how) {
  event.preventDefault();
  wasSent = true;
  const submitButton = form.querySelector("[type=submit]");
  submitButton.disabled = true;
  api.post("/bots/check", body(how)).then(({ config, problems }) => {
    show(problems);
    configForm.focusFirst(form, problems);
    if (!config) return null;
    return api.post(how.changes ? "/bots/change" : "/bots/create", body(how))
      .then(({ bot }) => { dialog.close(); how.done(bot); });
  }).catch((error) => {
    requests += 1;
    show([{ field: "", text: error.message }]);
    // Below the fields: it may be outside the visible part.
    form.querySelector(".form-problem").scrollIntoView({ block: "nearest" });
  }).finally(() => { submitButton.disabled = false; });
}

export const create = (done) => open({ title: "New bot", done });

export const edit = ({ name, values }, done) => open({ title: `Change ${name}`, values, changes: name, done });

export const clone = ({ name, values }, done) => open({
  title: `New bot like ${name}`, values: { ...values, name: `${name}-2` }, done,
});

export function fromBacktest(id, done) {
  const title = `New bot from backtest #${id}`;
  api.get(`/bots/from-backtest?${new URLSearchParams({ id })}`).then(
    ({ values, warnings }) => open({ title, values, warnings, done }),
    (error) => showText(title, error.message));
}
