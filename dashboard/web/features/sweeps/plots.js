// The plots of a sweep: a heat map over two parameters, and every trial as a line over all of them.
import { axis, frame, titled } from "../../core/plots.js";

const MOST_VALUES = 40;
const BINS = 20;
const WRITTEN = 260;
const CELL_PX = 54;
const MOST_LINES = 600;
const SHADES = 8;

const isNumber = (value) => typeof value === "number";
const write = (value) => (isNumber(value) ? String(Number(value.toPrecision(6))) : value === null ? "none" : String(value));

// The positions along one parameter: one per value, or bins of a continuous range.
function places(values) {
  const distinct = [...new Set(values)].sort((a, b) => (isNumber(a) && isNumber(b) ? a - b
    : isNumber(a) ? 1 : isNumber(b) ? -1 : String(a).localeCompare(String(b))));
  if (distinct.length <= MOST_VALUES || !distinct.every(isNumber)) {
    return { names: distinct.map(write), at: new Map(distinct.map((value, at) => [value, at])) };
  }
  const low = distinct[0];
  const width = (distinct[distinct.length - 1] - low) / BINS;
  const at = (value) => Math.min(BINS - 1, Math.floor((value - low) / width));
  return {
    names: Array.from({ length: BINS }, (_, bin) => `${write(low + bin * width)}…`),
    at: new Map(distinct.map((value) => [value, at(value)])),
  };
}

// Better is at the top of the scale; 0 is the middle of a signed metric.
function scale(values, better, palette) {
  const known = values.filter((value) => value !== null);
  const [low, high] = [Math.min(...known), Math.max(...known)];
  const [bad, good] = better < 0 ? [palette.up, palette.down] : [palette.down, palette.up];
  if (low < 0 && high > 0) {
    const reach = Math.max(-low, high);
    return { colorscale: [[0, bad], [0.5, palette.background], [1, good]], zmin: -reach, zmax: reach };
  }
  // Of one sign only: from near 0, distinct from the empty background, to the end.
  const ends = high <= 0 && better > 0 ? [bad, palette.border] : [palette.border, better < 0 ? bad : good];
  return { colorscale: [[0, ends[0]], [1, ends[1]]], zmin: low, zmax: high === low ? low + 1 : high };
}

// The rows come best first.
function winner(rows, across, down, { x, y }, palette) {
  const best = rows.filter(({ value }) => value !== null).slice(0, 1);
  return {
    type: "scatter", mode: "markers", hoverinfo: "skip", showlegend: false,
    x: best.map(({ point }) => across.names[across.at.get(point[x.index])]),
    y: best.map(({ point }) => down.names[down.at.get(point[y.index])]),
    marker: { symbol: "square-open", size: 26, color: palette.strong, line: { width: 2 } },
  };
}

export function heat({ rows, x, y, metric }, palette) {
  const across = places(rows.map(({ point }) => point[x.index]));
  const down = places(rows.map(({ point }) => point[y.index]));
  const z = down.names.map(() => across.names.map(() => null));
  const best = down.names.map(() => across.names.map(() => null));
  rows.forEach(({ trial, point, value }) => {
    const [column, row] = [across.at.get(point[x.index]), down.at.get(point[y.index])];
    const held = z[row][column];
    if (value !== null && (held === null || value * metric.better > held * metric.better)) {
      z[row][column] = value;
      best[row][column] = trial;
    }
  });
  const text = z.map((line) => line.map((value) => (value === null ? "" : metric.write(value))));
  const isWritten = across.names.length * down.names.length <= WRITTEN
    && across.names.length * CELL_PX <= Math.min(window.innerWidth - 120, 900);
  return {
    data: [{
      type: "heatmap", x: across.names, y: down.names, z, text, customdata: best, hoverongaps: false,
      ...scale(z.flat(), metric.better, palette), xgap: 1, ygap: 1,
      texttemplate: isWritten ? "%{text}" : "", textfont: { size: 10, color: palette.strong },
      hovertemplate: `${x.label} %{x}, ${y.label} %{y}<br>${metric.title} %{text}<extra></extra>`,
      colorbar: { thickness: 10, outlinewidth: 0, tickfont: { color: palette.text, size: 11 } },
    }, winner(rows, across, down, { x, y }, palette)],
    layout: frame(palette, {
      height: 400, hovermode: "closest", dragmode: false, margin: { l: 60, r: 8, t: 8, b: 46 },
      xaxis: axis(palette, { type: "category", title: titled(x.label, palette), showgrid: false }),
      yaxis: axis(palette, { type: "category", title: titled(y.label, palette), showgrid: false }),
    }),
  };
}

// One parameter only: the metric by its values.
export function curve({ rows, x, metric }, palette) {
  const sorted = rows.filter(({ value }) => value !== null)
    .sort((a, b) => (isNumber(a.point[x.index]) ? a.point[x.index] - b.point[x.index] : 0));
  const numeric = sorted.every(({ point }) => isNumber(point[x.index]));
  return {
    data: [{
      type: "scatter", mode: "lines+markers", line: { color: palette.up, width: 1.4 },
      x: sorted.map(({ point }) => (numeric ? point[x.index] : write(point[x.index]))),
      y: sorted.map(({ value }) => value), customdata: sorted.map(({ trial }) => trial),
      text: sorted.map(({ value }) => metric.write(value)),
      hovertemplate: `${x.label} %{x}<br>${metric.title} %{text}<extra></extra>`,
    }],
    layout: frame(palette, {
      height: 320, hovermode: "closest", dragmode: false, margin: { l: 60, r: 8, t: 8, b: 46 },
      xaxis: axis(palette, { type: numeric ? "linear" : "category", title: titled(x.label, palette) }),
      yaxis: axis(palette, { title: titled(metric.title, palette) }),
    }),
  };
}

const mix = (one, other, share) => {
  const [a, b] = [one, other].map((hex) => [1, 3, 5].map((at) => parseInt(hex.slice(at, at + 2), 16)));
  return `rgb(${a.map((part, at) => Math.round(part + (b[at] - part) * share)).join(",")})`;
};

// The best lines, and a sample of the others: more would be unreadable.
function sampled(rows) {
  if (rows.length <= MOST_LINES) return rows;
  const half = MOST_LINES / 2;
  const step = (rows.length - half) / half;
  return [...rows.slice(0, half), ...Array.from({ length: half }, (_, at) => rows[half + Math.floor(at * step)])];
}

export function parallel({ rows, axes, metric }, palette) {
  const known = sampled(rows.filter(({ value }) => value !== null));
  const all = [...axes.map(({ index, label }) => ({ label, of: ({ point }) => point[index], write })),
    { label: metric.title, of: ({ value }) => value, write: metric.write, numeric: true }];
  const scales = all.map(({ of }) => {
    const values = known.map(of);
    if (!values.every(isNumber)) {
      const { names, at } = places(values);
      return { share: (value) => (names.length < 2 ? 0.5 : at.get(value) / (names.length - 1)), low: names[0], high: names[names.length - 1] };
    }
    const [low, high] = [Math.min(...values), Math.max(...values)];
    return { share: (value) => (high === low ? 0.5 : (value - low) / (high - low)), low, high };
  });
  const data = Array.from({ length: SHADES }, (_, shade) => {
    // The rows come best first; the best are drawn last, above all others.
    const from = SHADES - 1 - shade;
    const lines = known.slice(Math.floor(from * known.length / SHADES), Math.floor((from + 1) * known.length / SHADES));
    const points = lines.flatMap((row) => [...all.map(({ of }, at) => [at, scales[at].share(of(row))]), [null, null]]);
    return {
      type: "scatter", mode: "lines", hoverinfo: "skip", showlegend: false,
      x: points.map(([at]) => at), y: points.map(([, share]) => share),
      line: { color: mix(palette.down, palette.up, shade / (SHADES - 1)), width: from === 0 ? 1.8 : 1 },
      opacity: from === 0 ? 0.9 : 0.4,
    };
  });
  const note = (at, y, text, yanchor) => ({
    x: at, y, text, yanchor, showarrow: false, font: { size: 11, color: palette.strong },
  });
  return {
    data,
    layout: frame(palette, {
      height: 360, hovermode: false, dragmode: false, margin: { l: 40, r: 40, t: 24, b: 56 },
      xaxis: axis(palette, {
        tickvals: all.map((_, at) => at), ticktext: all.map(({ label }) => label), range: [-0.15, all.length - 0.85],
      }),
      yaxis: axis(palette, { visible: false, range: [-0.08, 1.08] }),
      annotations: all.flatMap(({ write: format }, at) => [
        note(at, 1.01, format(scales[at].high), "bottom"), note(at, -0.01, format(scales[at].low), "top")]),
    }),
  };
}
