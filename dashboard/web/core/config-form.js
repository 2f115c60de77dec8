// Forms generated from the schema of a configuration: of backtests and of bots. The server alone
// validates them.
import { make } from "./elements.js";
import { formRow, usualText } from "./form-fields.js";

const INSTRUMENTS = "form-instruments";

// -- fields

function row(field) {
  const made = formRow(field);
  if (field.name === "instrument") made.querySelector(".field").setAttribute("list", INSTRUMENTS);
  return made;
}

export function section({ title, fields }, open, ...more) {
  return make("details", { className: "form-section", open },
    make("summary", { textContent: title }), ...fields.map(row), ...more);
}

// Imported data may lack the steps of their instrument: then the form names what it requires.
export function instruments({ instruments: names, without_steps: without }, id = INSTRUMENTS) {
  return make("datalist", { id }, ...names.map((value) =>
    make("option", { value, label: without.includes(value) ? `${value}: steps not stored` : value })));
}

export function strategySection(strategies) {
  const choice = make("select", { name: "strategy", className: "field", "aria-label": "Strategy" },
    ...strategies.map(({ name, title }) =>
      make("option", { value: name, textContent: title })));
  return make("details", { className: "form-section", open: true },
    make("summary", { textContent: "Strategy" }),
    make("label", { className: "form-row", "data-field": "strategy" },
      make("span", { className: "form-name", textContent: "Strategy" }), choice,
      make("small", { className: "hint" }),
      make("small", { className: "field-problem", role: "alert" })),
    make("div", { className: "parameters" }));
}

export function showParameters(form, strategies) {
  const host = form.querySelector(".parameters");
  const chosen = strategies.find(({ name }) => name === form.elements.strategy.value);
  host.replaceChildren(...(chosen ? chosen.fields.map(row) : []));
  form.querySelector("[data-field='strategy'] .hint").textContent =
    chosen ? chosen.description : "";
}

// -- values

export function values(form) {
  const found = {};
  for (const element of form.elements) {
    if (element.name && element.value !== "") found[element.name] = element.value;
  }
  return found;
}

// Fields that are not given stay unchanged.
export function fill(form, strategies, given) {
  if (given.strategy) form.elements.strategy.value = given.strategy;
  showParameters(form, strategies);
  for (const element of form.elements) {
    if (!element.name || element.name === "strategy") continue;
    const value = given[element.name];
    if (value !== undefined) {
      element.value = element.type === "datetime-local" ? value.slice(0, 16) : value;
    }
  }
}

// A chosen strategy's parameters start with their defaults.
export function defaults({ sections }, but) {
  const fields = sections.flatMap(({ fields: all }) => all);
  return Object.fromEntries(fields.filter(({ name }) => !but.includes(name))
    .map((field) => [field.name, usualText(field)]));
}

// -- problems

export function showProblems(form, problems) {
  form.querySelectorAll(".form-row").forEach((each) => {
    const problem = problems.find(({ field }) => field === each.dataset.field);
    each.classList.toggle("wrong", Boolean(problem));
    each.querySelector(".field-problem").textContent = problem ? problem.text : "";
    if (problem) each.closest("details").open = true;
  });
  const rest = problems.filter(({ field }) => !form.querySelector(`[data-field="${field}"]`));
  form.querySelector(".form-problem").textContent = rest
    .map(({ field, text }) => (field ? `${field}: ${text}` : text)).join("; ");
}

export function focusFirst(form, problems) {
  const first = problems[0] && form.querySelector(`[data-field="${problems[0].field}"] .field`);
  if (first) first.focus();
}
