// The sweep part of the form: the varying parameters, and the search.
import { make } from "../../core/elements.js";
import { formRow } from "../../core/form-fields.js";

const VARIED = ["parameters.", "exits."];
const PREFILLED = 2;

let form = null;

const ranges = () => [...form.querySelectorAll("[name^='vary.']")];

// A second control of a row: the values to try.
export function varying(field) {
  if (!VARIED.some((part) => field.name.startsWith(part))) return null;
  const example = field.choices.length || field.type === "boolean"
    ? "all, or some: a,b" : field.range || "100..300:50 or 100,200";
  const name = `vary.${field.name}`;
  return make("span", { className: "vary sweep-only" },
    make("span", { textContent: "vary" }),
    make("input", {
      name, type: "text", className: "field", autocomplete: "off", placeholder: example,
      "aria-label": `Values of ${field.label} to try`, "data-range": field.range || "",
    }),
    make("output", { className: "count" }));
}

export function chooser() {
  const option = (value, text) => make("label", { className: "mode" },
    make("input", { type: "radio", name: "mode", value, checked: value === "single" }),
    make("span", { textContent: text }));
  return make("div", { className: "modes", role: "radiogroup", "aria-label": "What to run" },
    option("single", "One backtest"), option("sweep", "Sweep"));
}

export function section(fields) {
  return make("details", { className: "form-section sweep-only", open: true },
    make("summary", { textContent: "Search" }), ...fields.map((field) => formRow(field)),
    make("p", { className: "points", role: "status" }));
}

export function choose(mode) {
  form.dataset.mode = mode;
  for (const radio of form.querySelectorAll("[name=mode]")) radio.checked = radio.value === mode;
  form.querySelector("[type=submit]").textContent = mode === "sweep" ? "Start sweep" : "Run backtest";
  if (mode === "sweep") suggest();
}

// Initial values: the first numbers vary around their defaults.
export function suggest() {
  if (ranges().some(({ value }) => value)) return;
  ranges().filter(({ dataset }) => dataset.range).slice(0, PREFILLED)
    .forEach((each) => { each.value = each.dataset.range; });
}

export function showCounts({ points, values }) {
  for (const each of ranges()) {
    const count = (values || {})[each.name.slice("vary.".length)];
    each.parentElement.querySelector(".count").textContent = count ? `× ${count}` : "";
    each.closest(".form-row").classList.toggle("varied", Boolean(each.value));
  }
  const combinations = points === 1 ? "1 combination" : `${(points || 0).toLocaleString("en-US")} combinations`;
  form.querySelector(".points").textContent = points ? `At most ${combinations}.` : "";
}

export function mount(host) {
  form = host;
  choose("single");
}

export const isSweep = () => Boolean(form) && form.dataset.mode === "sweep";

// The request of the form.
export function valuesToSend(values) {
  return Object.fromEntries(Object.entries(values).filter(([name]) =>
    name !== "mode" && (isSweep() || !/^(vary|sweep)\./.test(name))));
}
