// Named layouts: built-in ones, and those that a user saved. The last used one is stored
// in this browser.
import * as indicators from "./indicators.js";
import * as api from "../core/api.js";
import * as dialog from "../core/dialog.js";
import { closest, make } from "../core/elements.js";

const NONE = "No layout";

/** @typedef {import("./indicators.js").Plain} Plain */
/** @typedef {{name: string, indicators: Plain[]}} Layout */

/** @type {{ready_made: Layout[], saved: Layout[]}} */
let layouts = { ready_made: [], saved: [] };
let problem = "";

export function named() {
  const slot = document.getElementById("market-layout-name");
  const text = indicators.layout ? label() : NONE;
  if (slot && slot.textContent !== text) slot.textContent = text;
}

// A dot marks unsaved changes.
function label() {
  const kept = [...layouts.ready_made, ...layouts.saved].find(({ name }) => name === indicators.layout);
  return kept && !same(kept.indicators) ? `${kept.name} •` : indicators.layout;
}

/** @param {Plain[]} stored */
function same(stored) {
  const text = (/** @type {Plain} */ { indicator, parameters, colours, hidden }) => JSON.stringify([
    indicator, filled(indicator, parameters), Object.entries(colours || {}).sort(), Boolean(hidden),
  ]);
  return stored.map(text).join() === indicators.plain().map(text).join();
}

/**
 * @param {string} indicator
 * @param {Plain["parameters"]} parameters
 */
function filled(indicator, parameters) {
  const kind = indicators.kinds().find(({ name }) => name === indicator);
  return kind ? kind.parameters.map(({ name, default: usual }) => (
    parameters && name in parameters ? parameters[name] : usual
  )) : [];
}

function load() {
  return api.get("/charts/layouts").then((answer) => {
    layouts = answer;
    named();
  });
}

/**
 * @param {string} path
 * @param {object} body
 * @param {() => void} [then]
 */
function post(path, body, then) {
  problem = "";
  return api.post(`/charts/layouts/${path}`, body).then((answer) => {
    layouts = answer;
    if (then) then();
  }, (error) => { problem = error.message; }).then(() => { named(); show(); });
}

function show() {
  const { layout } = indicators;
  const mine = layouts.saved.some(({ name }) => name === layout);
  const name = make("input", {
    className: "field", placeholder: "Name", maxLength: 40, value: mine ? layout : "",
    "aria-label": "Name of the layout",
  });
  const save = make("form", { className: "layout-save" }, name,
    make("button", {
      type: "submit", className: "solid-button", textContent: "Save", "data-required-role": "operator",
    }));
  save.addEventListener("submit", (event) => {
    event.preventDefault();
    const newName = name.value.trim();
    post("save", { name: newName, indicators: indicators.plain() }, () => indicators.named(newName));
  });
  dialog.open(
    "Layouts",
    make("h3", { textContent: "Ready-made" }), row({ name: NONE, indicators: [] }, null),
    ...layouts.ready_made.map((each) => row(each, each.name)),
    make("h3", { textContent: "Saved" }),
    ...(layouts.saved.length ? layouts.saved.map(savedRow)
      : [make("p", { textContent: "Save the indicators of the chart under a name." })]),
    make("h3", { textContent: "Save this chart's indicators" }), save,
    make("p", { className: "form-problem", role: "alert", textContent: problem })
  );
}

/**
 * @param {Layout} each
 * @param {string | null} name
 * @param {...HTMLElement} more
 */
function row(each, name, ...more) {
  const button = make("button", {
    className: "kind", type: "button", textContent: each.name, "data-layout": each.name,
  });
  button.addEventListener("click", () => {
    indicators.use(name, each.indicators);
    named();
    dialog.close();
  });
  const line = make("div", { className: "layout-row" }, button, ...more);
  if (indicators.layout === name) line.setAttribute("aria-current", "true");
  return line;
}

/** @param {Layout} each */
function savedRow(each) {
  const tool = (
    /** @type {string} */ text, /** @type {string} */ title, /** @type {(button: HTMLButtonElement) => void} */ does, className = "",
  ) => {
    const button = make("button", {
      className: `text-button ${className}`, type: "button", textContent: text,
      "aria-label": `${title} ${each.name}`, "data-required-role": "operator",
    });
    button.addEventListener("click", () => does(button));
    return button;
  };
  return row(
    each, each.name,
    tool("Rename", "Rename", (button) => rename(each, button)),
    tool("Delete", "Delete", (button) => remove(each, button), "danger")
  );
}

/**
 * @param {Layout} each
 * @param {HTMLButtonElement} button
 */
function rename(each, button) {
  const input = make("input", {
    className: "field", value: each.name, maxLength: 40, "aria-label": `New name of ${each.name}`,
  });
  const form = make("form", { className: "layout-save" }, input,
    make("button", { type: "submit", className: "solid-button", textContent: "Rename" }));
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    const newName = input.value.trim();
    const current = indicators.layout === each.name;
    post("rename", { name: each.name, new_name: newName },
      () => { if (current) indicators.named(newName); });
  });
  button.parentElement?.replaceWith(form);
  input.select();
}

/**
 * Confirmed twice, since it cannot be undone.
 * @param {Layout} each
 * @param {HTMLButtonElement} button
 */
function remove(each, button) {
  if (button.dataset.sure !== "yes") {
    button.dataset.sure = "yes";
    button.textContent = "Really?";
    return;
  }
  const current = indicators.layout === each.name;
  post("delete", { name: each.name }, () => { if (current) indicators.named(null); });
}

document.addEventListener("click", (event) => {
  if (!closest(event, "#market-layouts")) return;
  problem = "";
  indicators.ready.then(load).catch((error) => { problem = error.message; }).then(show);
});

// Only a saved layout is compared with the stored one.
indicators.ready.then(() => (indicators.layout ? load() : null))
  .catch(() => { /* the page shows that the server is unreachable */ });
indicators.observe({ listed: named });
