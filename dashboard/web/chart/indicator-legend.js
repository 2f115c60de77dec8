// The names and values of the indicators, at the top of their panes, with their actions.
import * as indicatorDialog from "./indicator-dialog.js";
import * as indicators from "./indicators.js";
import { make } from "../core/elements.js";
import * as format from "../core/format.js";

const host = () => document.getElementById("market-chart");
const first = () => document.getElementById("market-indicator-legend");
/** @typedef {import("./bars.js").Bars} Bars */
/** @typedef {import("./indicators.js").Indicator} Indicator */
/** @typedef {{decimals: number, step: number, priceStep: number}} Precision `step`: of a bar, in seconds */

/** @type {[Bars, number, Precision] | null} */
let shown = null;
/** @type {() => number[]} */
let tops = () => [];

/**
 * `read` returns where the panes of the chart begin, in pixels.
 * @param {() => number[]} read
 */
export function onPanes(read) {
  tops = read;
}

/**
 * @param {string} name
 * @param {string} label
 * @param {() => void} does
 */
function action(name, label, does) {
  const button = make("button", {
    className: `indicator-action icon-button icon-${name}`, type: "button", title: label,
    "aria-label": label,
  });
  button.addEventListener("click", does);
  return button;
}

/** @param {Indicator} one */
function row(one) {
  const line = make("div", { className: "indicator-row", "data-indicator": one.id });
  const name = make("button", {
    className: "indicator-name", type: "button", textContent: one.label, title: one.kind.summary,
  });
  name.addEventListener("click", () => indicatorDialog.edit(one.id));
  line.append(name);
  if (one.problem) {
    line.append(make("span", {
      className: "indicator-problem", textContent: one.problem.text, role: "status",
    }));
  } else if (one.waiting) {
    line.append(make("span", { className: "indicator-waiting", textContent: "computing…" }));
  } else if (!one.hidden) {
    one.kind.outputs.filter(({ shape }) => shape !== "unseen").forEach((output) => {
      const value = make("span", { className: "indicator-value", title: output.name });
      value.dataset.output = output.name;
      value.textContent = format.UNKNOWN;
      line.append(value);
    });
  }
  line.classList.toggle("hidden-indicator", one.hidden);
  line.append(
    action(one.hidden ? "hidden" : "eye", one.hidden ? "Show" : "Hide",
      () => indicators.set(one.id, { hidden: !one.hidden })),
    action("gear", `Edit ${one.label}`, () => indicatorDialog.edit(one.id)),
    action("cross", `Remove ${one.label}`, () => indicators.remove(one.id))
  );
  return line;
}

// Hidden indicators stay listed at the top.
export function build() {
  const chart = host();
  const top = first();
  if (!chart || !top) return;
  chart.querySelectorAll(".pane-legend").forEach((old) => old.remove());
  top.replaceChildren();
  const panes = new Map();
  indicators.series().forEach(({ indicator, pane }) => panes.set(indicator, pane));
  for (const one of indicators.list) {
    const pane = panes.get(one) || 0;
    let home = pane === 0 ? top : chart.querySelector(`[data-pane="${pane}"]`);
    if (!home) {
      home = make("div", { className: "pane-legend", "data-pane": pane });
      chart.append(home);
    }
    home.append(row(one));
  }
  settle();
  place();
  if (shown) show(...shown);
  indicatorDialog.showProblem();
}

export function place() {
  if (!host()?.querySelector(".pane-legend")) return;
  window.requestAnimationFrame(() => window.setTimeout(settle, 30));
}

/** @type {(chart: HTMLElement | null) => HTMLElement[]} */
const panesOf = (chart) => [...(chart?.querySelectorAll(".pane-legend") ?? [])].filter((each) => each instanceof HTMLElement);

/** @type {(line: HTMLElement) => HTMLElement[]} */
const valuesOf = (line) => [...line.querySelectorAll(".indicator-value")].filter((each) => each instanceof HTMLElement);

function settle() {
  const edges = tops();
  panesOf(host()).forEach((legend) => {
    const top = edges[Number(legend.dataset.pane)];
    legend.hidden = top === undefined;
    if (top !== undefined) legend.style.top = `${Math.round(top) + 4}px`;
  });
}

/**
 * @param {Bars} bars
 * @param {number} at
 * @param {Precision} precision
 */
export function show(bars, at, precision) {
  shown = [bars, at, precision];
  for (const one of indicators.list) {
    const line = /** @type {HTMLElement | null} */ (document.querySelector(`.indicator-row[data-indicator="${one.id}"]`));
    const cells = bars.list[at] && one.values.get(bars.list[at].time);
    if (!line) continue;
    for (const [name, value] of Object.entries({ first: one.first, last: one.last, values: one.values.size })) {
      if (line.dataset[name] !== String(value)) line.dataset[name] = String(value);
    }
    valuesOf(line).forEach((slot) => fill(slot, one, cells, precision));
  }
}

/**
 * @param {HTMLElement} slot
 * @param {Indicator} one
 * @param {import("./series.js").Cells | undefined} cells
 * @param {Precision} precision
 */
function fill(slot, one, cells, precision) {
  const at = one.kind.outputs.findIndex(({ name }) => name === slot.dataset.output);
  const value = cells ? cells[at] : null;
  const { sign, falling, colour, name } = one.kind.outputs[at];
  const sense = (cells && sign ? cells[one.kind.outputs.findIndex((each) => each.name === sign)] : 0) ?? 0;
  slot.style.color = sense < 0 ? falling : one.colours[name] || colour;
  const text = one.kind.pane === "overlay" && value !== null
    ? format.number(value, precision.decimals) : format.plain(value);
  if (slot.textContent !== text) slot.textContent = text;
}

window.addEventListener("resize", place);
window.addEventListener("pointerup", place);
