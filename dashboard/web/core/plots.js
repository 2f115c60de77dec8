// Plots on plain elements: Plotly figures in the colours of the page.
import { onSchemeChange, readPalette } from "./palette.js";
import { loadPlotly } from "./plotly.js";

export const MS = 1000;
export const SERIES = ["#4fc3f7", "#f0a63c", "#b388ff", "#7cb342", "#f06292", "#90a4ae", "#ffd54f", "#26c6da"];

export const ms = (times) => times.map((time) => time * MS);

export function axis(palette, more) {
  return {
    gridcolor: palette.grid, linecolor: palette.border, zerolinecolor: palette.border,
    tickfont: { color: palette.text, size: 11 }, automargin: true, fixedrange: true, ...more,
  };
}

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

export const timeAxis = (palette, more) =>
  axis(palette, { type: "date", fixedrange: false, ...more });

export function line(x, y, name, color, more) {
  return { type: "scatter", mode: "lines", x, y, name, line: { color, width: 1.6 }, ...more };
}


export const titled = (text, palette) => ({ text, font: { size: 11, color: palette.text }, standoff: 6 });

export const colour = (at) => SERIES[at % SERIES.length];

const drawn = new Map();

function paint(host, figure, values, pick) {
  const { data, layout } = figure(values, readPalette());
  return window.Plotly.react(host, data, layout, { displayModeBar: false, responsive: true }).then(() => {
    host.removeAllListeners("plotly_click");
    if (pick) host.on("plotly_click", ({ points }) => pick(points[0].customdata));
  });
}

onSchemeChange(() => {
  for (const [id, [figure, values, pick]] of drawn) {
    const host = document.getElementById(id);
    if (host && host.data) paint(host, figure, values, pick);
  }
});

// `figure(values, palette)` returns {data, layout}; `pick` receives the customdata of a clicked point.
export function draw(id, figure, values, pick) {
  const host = document.getElementById(id);
  const source = host.closest("[data-plotly]").dataset.plotly;
  drawn.set(id, [figure, values, pick]);
  loadPlotly(source).then(() => {
    const latest = drawn.get(id);
    if (host.isConnected && latest[1] === values) paint(host, figure, values, pick);
  }, (error) => { host.textContent = error.message; });
}
