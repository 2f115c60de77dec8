// Choose an indicator, set its parameters and colours. The form is generated from the catalog; the
// server alone validates it.
import * as indicators from "./indicators.js";
import { inputOf, parameterField, readParameter } from "./parameters.js";
import { showProblems } from "../core/config-form.js";
import * as dialog from "../core/dialog.js";
import { closest, make } from "../core/elements.js";

const APPLY_MS = 250;

/** @typedef {import("./indicators.js").Indicator} Indicator */
/** @typedef {import("./series.js").Kind} Kind */

/** @type {string | null} */
let edited = null;
/** @type {HTMLFormElement | null} */
let shownForm = null;
let timer = 0;

// -- the list

const PLACES = [["overlay", "Over the price"], ["volume", "Over the volume"], ["own", "Below"]];

function choose() {
  const search = make("input", {
    type: "search", className: "field", placeholder: "Search", "aria-label": "Search indicators",
  });
  const found = make("div", { className: "kinds" });
  const fill = () => found.replaceChildren(...groups(search.value.trim().toLowerCase()));
  search.addEventListener("input", fill);
  search.addEventListener("keydown", (event) => {
    if (event.key === "Enter") found.querySelector("button")?.click();
  });
  fill();
  dialog.open("Indicators", search, found);
  search.focus();
}

/** @param {string} text */
function groups(text) {
  const full = indicators.list.length >= indicators.MOST;
  if (full) return [make("p", { textContent: `A chart holds ${indicators.MOST} indicators.` })];
  const matches = (/** @type {Kind} */ kind) => `${kind.title} ${kind.name} ${kind.summary}`.toLowerCase().includes(text);
  const parts = PLACES.flatMap(([pane, title]) => {
    const kinds = indicators.kinds().filter((kind) => kind.pane === pane && matches(kind));
    return kinds.length ? [make("h3", { textContent: title }), ...kinds.map(kindButton)] : [];
  });
  return parts.length ? parts : [make("p", { textContent: "No such indicator." })];
}

/** @param {Kind} kind */
function kindButton(kind) {
  const button = make(
    "button", { className: "kind", type: "button", "data-kind": kind.name },
    make("strong", { textContent: kind.title }), make("span", { textContent: kind.summary })
  );
  button.addEventListener("click", () => {
    const added = indicators.add(kind.name);
    if (added) edit(added.id);
  });
  return button;
}

// -- the form

/** @param {string} id */
export function edit(id) {
  const one = indicators.find(id);
  if (!one) return;
  edited = id;
  const problem = make("p", { className: "form-problem", role: "alert" });
  const form = make("form", { className: "dialog-form" });
  form.addEventListener("submit", (event) => { event.preventDefault(); dialog.close(); });
  shownForm = form;
  form.append(
    ...one.kind.parameters.map((parameter) => parameterField(one.parameters, parameter)),
    ...one.kind.outputs.filter(({ shape }) => shape !== "unseen")
      .map((output) => colourField(one, output)),
    problem, buttons(one)
  );
  form.addEventListener("input", () => applySoon(form));
  const about = make("details", { className: "about" },
    make("summary", { textContent: "How it is computed" }),
    make("p", { textContent: one.kind.about }));
  dialog.open(one.kind.title, form, about);
  showProblem();
}

/**
 * @param {Indicator} one
 * @param {import("./series.js").Output} output
 */
function colourField(one, output) {
  const input = make("input", {
    type: "color", className: "colour", name: `colour.${output.name}`,
    value: one.colours[output.name] || output.colour,
  });
  const name = output.name.replaceAll("_", " ");
  return make(
    "label", { className: "form-row colour-row" },
    make("span", { className: "form-name", textContent: `${name} colour` }), input
  );
}

/** @param {Indicator} one */
function buttons(one) {
  const button = (/** @type {string} */ text, /** @type {string} */ className, /** @type {() => void} */ does) => {
    const made = make("button", { type: "button", className, textContent: text });
    made.addEventListener("click", does);
    return made;
  };
  return make(
    "div", { className: "form-buttons" },
    button("Remove", "text-button danger", () => { indicators.remove(one.id); dialog.close(); }),
    button("Defaults", "text-button", () => {
      indicators.set(one.id, { parameters: {}, colours: {} });
      edit(one.id);
    }),
    make("span", { className: "spacer" }),
    make("button", { type: "submit", className: "solid-button", textContent: "Done" })
  );
}

/** @param {HTMLFormElement} form */
function applySoon(form) {
  window.clearTimeout(timer);
  const id = edited;
  timer = window.setTimeout(() => id !== null && apply(form, id), APPLY_MS);
}

/**
 * @param {HTMLFormElement} form
 * @param {string} id
 */
function apply(form, id) {
  const one = indicators.find(id);
  if (!one) return;
  /** @type {Record<string, import("./parameters.js").Value>} */
  const parameters = {};
  for (const parameter of one.kind.parameters) {
    parameters[parameter.name] = readParameter(form, parameter);
  }
  /** @type {Record<string, string>} */
  const colours = {};
  for (const { name, colour, shape } of one.kind.outputs) {
    if (shape === "unseen") continue;
    const { value } = inputOf(form, `colour.${name}`);
    if (value !== colour) colours[name] = value;
  }
  const same = JSON.stringify(parameters) === JSON.stringify({ ...defaults(one), ...one.parameters });
  indicators.set(id, same ? { colours } : { parameters, colours });
}

/** @param {Indicator} one */
const defaults = (one) => Object.fromEntries(
  one.kind.parameters.map((parameter) => [parameter.name, parameter.default])
);

// The server's validation errors, beside their fields.
export function showProblem() {
  indicators.list.filter(({ id }) => id !== edited).forEach(({ id }) => indicators.restoreAccepted(id));
  const one = edited === null ? undefined : indicators.find(edited);
  if (!one || !shownForm) return;
  showProblems(shownForm, one.problem ? [one.problem] : []);
}

document.addEventListener("click", (event) => {
  if (closest(event, "#market-indicators")) indicators.ready.then(choose);
});
document.addEventListener("keydown", (event) => {
  const typing = closest(event, "input, select, textarea, dialog");
  if (event.key !== "/" || typing || !document.getElementById("market-indicators")) return;
  event.preventDefault();
  indicators.ready.then(choose);
});

dialog.onClose(() => {
  edited = null;
  showProblem();
});
