// Plots on plain elements: Plotly figures in the colours of the page.
import { onSchemeChange, readPalette } from "./palette.js";
import { loadPlotly } from "./plotly.js";

export const MS = 1000;
export const SERIES = ["#4fc3f7", "#f0a63c", "#b388ff", "#7cb342", "#f06292", "#90a4ae", "#ffd54f", "#26c6da"];

/** @param {number[]} times in seconds */
export const ms = (times) => times.map((time) => time * MS);

/**
 * @param {Palette} palette
 * @param {object} [more]
 */
export function axis(palette, more) {
  return {
    gridcolor: palette.grid, linecolor: palette.border, zerolinecolor: palette.border,
    tickfont: { color: palette.text, size: 11 }, automargin: true, fixedrange: true, ...more,
  };
}

/**
 * @param {Palette} palette
 * @param {object} [more]
 */
export function frame(palette, more) {
  return {
    paper_bgcolor: "rgba(0,0,0,0)", plot_bgcolor: "rgba(0,0,0,0)",
    font: { family: palette.font, color: palette.text, size: 12 },
    margin: { l: 56, r: 14, t: 8, b: 28 }, hovermode: "x", dragmode: "zoom", barmode: "overlay",
    hoverlabel: { bgcolor: palette.background, font: { color: palette.strong } },
    legend: { orientation: "h", x: 0, y: 1.02, yanchor: "bottom", font: { color: palette.text } },
    ...more,
  };
}

/**
 * @param {Palette} palette
 * @param {object} [more]
 */
export const timeAxis = (palette, more) =>
  axis(palette, { type: "date", fixedrange: false, ...more });

/**
 * @param {(number | null)[]} x
 * @param {(number | null)[]} y
 * @param {string} name
 * @param {string} color
 * @param {object} [more]
 */
export function line(x, y, name, color, more) {
  return { type: "scatter", mode: "lines", x, y, name, line: { color, width: 1.6 }, ...more };
}

/**
 * @param {string} text
 * @param {Palette} palette
 */
export const titled = (text, palette) => ({ text, font: { size: 11, color: palette.text }, standoff: 6 });

/** @param {number} at */
export const colour = (at) => SERIES[at % SERIES.length];

/** @typedef {import("./palette.js").Palette} Palette */
/** @typedef {{data: object[], layout: object}} Figure */
/**
 * @template V
 * @typedef {(values: V, palette: Palette) => Figure} MakeFigure
 */
/** @typedef {(customdata: string) => void} Pick of a clicked point */

/** @type {Map<string, {make: MakeFigure<any>, values: unknown, pick: Pick | undefined}>} */
const drawn = new Map();

/** @type {(id: string) => PlotlyElement | null} */
const hostOf = (id) => /** @type {PlotlyElement | null} */ (document.getElementById(id));

/**
 * @param {PlotlyElement} host
 * @param {{make: MakeFigure<any>, values: unknown, pick: Pick | undefined}} plot
 */
function paint(host, { make, values, pick }) {
  const { data, layout } = make(values, readPalette());
  return window.Plotly.react(host, data, layout, { displayModeBar: false, responsive: true }).then(() => {
    host.removeAllListeners("plotly_click");
    if (pick) host.on("plotly_click", ({ points }) => pick(points[0].customdata));
  });
}

onSchemeChange(() => {
  for (const [id, plot] of drawn) {
    const host = hostOf(id);
    if (host?.data) paint(host, plot);
  }
});

/**
 * Draws values into the element of an id, and again when the scheme changes.
 * @template V
 * @param {string} id
 * @param {MakeFigure<V>} make
 * @param {V} values
 * @param {Pick} [pick]
 */
export function draw(id, make, values, pick) {
  const host = hostOf(id);
  if (!host) return;
  const plot = { make, values, pick };
  drawn.set(id, plot);
  loadPlotly(host.closest("[data-plotly]")?.getAttribute("data-plotly") ?? "").then(() => {
    if (host.isConnected && drawn.get(id) === plot) paint(host, plot);
  }, (error) => { host.textContent = error.message; });
}
