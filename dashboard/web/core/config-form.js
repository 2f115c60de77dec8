// Forms generated from the schema of a configuration: of backtests and of bots. The server alone
// validates them.
import { make } from "./elements.js";
import { formRow, usualText } from "./form-fields.js";

/** @typedef {import("./form-fields.js").Field} Field */
/** @typedef {{name: string, title: string, description: string, fields: Field[]}} Strategy */
/** @typedef {{title: string, fields: Field[]}} Section */
/** @typedef {{field: string, text: string}} Problem */
/** @typedef {HTMLInputElement | HTMLSelectElement} Control */

const INSTRUMENTS = "form-instruments";

/**
 * Return the named controls of a form.
 * @param {HTMLFormElement} form
 * @returns {Control[]}
 */
const controlsOf = (form) => [...form.elements].flatMap((element) => (
  (element instanceof HTMLInputElement || element instanceof HTMLSelectElement) && element.name ? [element] : []));

/** @type {(form: HTMLFormElement) => Control | undefined} */
const strategyOf = (form) => controlsOf(form).find(({ name }) => name === "strategy");

/**
 * @param {ParentNode} host
 * @param {string} selector
 * @param {string} text
 */
function setText(host, selector, text) {
  const node = host.querySelector(selector);
  if (node) node.textContent = text;
}

// -- fields

/** @param {Field} field */
function row(field) {
  const made = formRow(field);
  if (field.name === "instrument") made.querySelector(".field")?.setAttribute("list", INSTRUMENTS);
  return made;
}

/**
 * @param {Section} section
 * @param {boolean} open
 * @param {...(Node | null)} more
 */
export function section({ title, fields }, open, ...more) {
  return make("details", { className: "form-section", open },
    make("summary", { textContent: title }), ...fields.map(row), ...more);
}

/**
 * Imported data may lack the steps of their instrument: then the form names what it requires.
 * @param {{instruments: string[], without_steps: string[]}} catalog
 */
export function instruments({ instruments: names, without_steps: without }, id = INSTRUMENTS) {
  return make("datalist", { id }, ...names.map((value) =>
    make("option", { value, label: without.includes(value) ? `${value}: steps not stored` : value })));
}

/** @param {Strategy[]} strategies */
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

/**
 * @param {HTMLFormElement} form
 * @param {Strategy[]} strategies
 */
export function showParameters(form, strategies) {
  const chosen = strategies.find(({ name }) => name === strategyOf(form)?.value);
  form.querySelector(".parameters")?.replaceChildren(...(chosen ? chosen.fields.map(row) : []));
  setText(form, "[data-field='strategy'] .hint", chosen ? chosen.description : "");
}

// -- values

/**
 * @param {HTMLFormElement} form
 * @returns {Record<string, string>}
 */
export function values(form) {
  return Object.fromEntries(controlsOf(form).filter(({ value }) => value !== "")
    .map(({ name, value }) => [name, value]));
}

/**
 * Fields that are not given stay unchanged.
 * @param {HTMLFormElement} form
 * @param {Strategy[]} strategies
 * @param {Record<string, string>} given
 */
export function fill(form, strategies, given) {
  const strategy = strategyOf(form);
  if (given.strategy && strategy) strategy.value = given.strategy;
  showParameters(form, strategies);
  for (const element of controlsOf(form)) {
    if (element === strategy) continue;
    const value = given[element.name];
    if (value !== undefined) {
      element.value = element.type === "datetime-local" ? value.slice(0, 16) : value;
    }
  }
}

/**
 * A chosen strategy's parameters start with their defaults.
 * @param {{sections: Section[]}} catalog
 * @param {string[]} but
 */
export function defaults({ sections }, but) {
  const fields = sections.flatMap(({ fields: all }) => all);
  return Object.fromEntries(fields.filter(({ name }) => !but.includes(name))
    .map((field) => [field.name, usualText(field)]));
}

// -- problems

/**
 * @param {HTMLFormElement} form
 * @param {Problem[]} problems
 */
export function showProblems(form, problems) {
  form.querySelectorAll(".form-row").forEach((each) => {
    const problem = problems.find(({ field }) => field === each.getAttribute("data-field"));
    each.classList.toggle("wrong", Boolean(problem));
    setText(each, ".field-problem", problem ? problem.text : "");
    const part = each.closest("details");
    if (problem && part) part.open = true;
  });
  const rest = problems.filter(({ field }) => !form.querySelector(`[data-field="${field}"]`));
  setText(form, ".form-problem", rest.map(({ field, text }) => (field ? `${field}: ${text}` : text)).join("; "));
}

/**
 * @param {HTMLFormElement} form
 * @param {Problem[]} problems
 */
export function focusFirst(form, problems) {
  const first = problems[0] && form.querySelector(`[data-field="${problems[0].field}"] .field`);
  if (first instanceof HTMLElement) first.focus();
}
