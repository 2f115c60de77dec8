// Figures of `dashboard/figures`, drawn by `dcc.Graph`: in the colours of the page, as the user left them.
import * as clientside from "./clientside.js";

/**
 * @typedef {{name?: string, visible?: boolean | "legendonly"}} Trace
 * @typedef {{fixedrange?: boolean, autorange?: unknown, range?: unknown}} Axis
 * @typedef {{uirevision?: string, [name: string]: unknown}} Layout
 * @typedef {{data: Trace[], layout: Layout}} Figure
 */

const TOKEN = "--tt-";

/**
 * The same values, with the value of each colour token that they name.
 * @param {any} value
 * @param {(token: string) => string} read
 * @returns {any}
 */
export function coloured(value, read) {
  if (typeof value === "string") return value.startsWith(TOKEN) ? read(value) : value;
  if (Array.isArray(value)) return value.map((each) => coloured(each, read));
  if (value === null || typeof value !== "object") return value;
  return Object.fromEntries(Object.entries(value).map(([name, each]) => [name, coloured(each, read)]));
}

/**
 * The figure as the user left the plot: zoomed, and without the traces that the legend has switched off.
 * @param {Figure} figure
 * @param {Figure | null} shown
 * @returns {Figure}
 */
export function keepView(figure, shown) {
  if (!shown || !shown.layout || shown.layout.uirevision !== figure.layout.uirevision) return figure;
  const off = new Set(shown.data.filter(({ visible }) => visible === "legendonly").map(({ name }) => name));
  /** @type {Trace[]} */
  const data = figure.data.map((trace) => (off.has(trace.name) ? { ...trace, visible: "legendonly" } : trace));
  const layout = { ...figure.layout };
  for (const [name, value] of Object.entries(layout)) {
    const axis = /** @type {Axis | null} */ (value);
    const now = /** @type {Axis | undefined} */ (shown.layout[name]);
    if (axis && axis.fixedrange === false && !axis.range && now && now.autorange === false) {
      layout[name] = { ...axis, autorange: false, range: now.range };
    }
  }
  return { data, layout };
}

/**
 * Draws one of `figures`, which are by the values of the plot's choice; a plot without one has one figure.
 * The colours are the page's at this time; a change of its scheme draws again.
 * @param {Record<string, Figure> | null} figures
 * @param {string | null} _scheme
 * @param {string} [choice]
 */
function draw(figures, _scheme, choice) {
  if (!figures) return window.dash_clientside.no_update;
  const { id } = window.dash_clientside.callback_context.outputs_list;
  const shown = /** @type {Figure | null} */ (/** @type {unknown} */ (document.querySelector(`#${id} .js-plotly-plot`)));
  const figure = keepView(figures[choice || ""] || Object.values(figures)[0], shown);
  const style = window.getComputedStyle(document.documentElement);
  return coloured(figure, (token) => style.getPropertyValue(token).trim());
}

clientside.define("figures", { draw });
