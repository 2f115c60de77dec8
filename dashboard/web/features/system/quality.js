// The coverage of the stored data: a calendar per instrument and timeframe, and the holes.
import * as api from "../../core/api.js";
import { make } from "../../core/elements.js";
import * as format from "../../core/format.js";
import { liveTable } from "../../core/table.js";
import { dataJobList } from "./data-jobs.js";
import * as system from "./system.js";

const DAYS = 35;
const DAY_MS = 86400000;
const EVERY_MS = 30000;

let timer = 0;
let view = null;
let dataJobs = null;
const opened = new Set();

const host = () => document.getElementById("system-quality");

function mount() {
  view = make("div", { className: "quality-view" },
    make("p", { className: "empty", textContent: "Reading the store …" }));
  dataJobs = dataJobList(() => open());
  host().replaceChildren(dataJobs.node, view);
}

function open() {
  window.clearTimeout(timer);
  dataJobs.load();
  api.get(`/system/quality?days=${DAYS}`).then((quality) => {
    system.worked();
    show(quality);
  }, system.failed("The coverage cannot be read"));
  timer = window.setTimeout(() => {
    if (host() && !system.panel("data").hidden) open();
  }, EVERY_MS);
}

function show(quality) {
  const first = new Date(quality.first_day).getTime();
  const names = [...new Set(quality.coverage.map(({ instrument }) => instrument))];
  dataJobs.offer(names);
  view.replaceChildren(
    make("section", { className: "panel" },
      make("h2", { textContent: `Coverage of the last ${DAYS} days` }),
      legend(), calendar(quality.coverage, first)),
    make("section", { className: "panel" },
      make("h2", { textContent: "Holes" }), counts(quality.hole_counts), holes(quality.holes)));
}

function legend() {
  const steps = [0, 0.25, 0.5, 0.9, 1].map((part) => make("span", { className: "legend-step" },
    cell(part), `${Math.round(part * 100)} %`));
  return make("p", { className: "coverage-legend muted" }, ...steps,
    "of each UTC day: candles that are there, or known not to be");
}

// `part` is null if no time of it has passed.
function cell(part) {
  const node = make("i", { className: "day" });
  node.style.setProperty("--part", String(part || 0));
  node.dataset.full = part === null ? "later" : part >= 0.999 ? "yes" : part > 0 ? "part" : "no";
  return node;
}

function calendar(coverage, first) {
  if (!coverage.length) {
    return make("p", {
      className: "empty",
      textContent: "Nothing is stored yet. Start a collector, or download history.",
    });
  }
  const groups = Map.groupBy ? Map.groupBy(coverage, ({ instrument }) => instrument)
    : grouped(coverage);
  return make("div", { className: "system-scroll" },
    ...[...groups].map(([instrument, rows]) => group(instrument, rows, first)));
}

function grouped(coverage) {
  const groups = new Map();
  for (const row of coverage) {
    groups.set(row.instrument, [...(groups.get(row.instrument) || []), row]);
  }
  return groups;
}

function group(instrument, rows, first) {
  const shown = rows.find(({ timeframe }) => timeframe === "1m") || rows[0];
  const node = make("details", { className: "coverage-group", open: opened.has(instrument) },
    make("summary", {}, make("span", { className: "coverage-name" }, `${instrument} `,
      make("small", { textContent: shown.timeframe })), days(shown, first),
    make("span", { textContent: share(shown.days) })),
    make("table", { className: "coverage", "aria-label": `Coverage of ${instrument}` },
      make("tbody", {}, ...rows.map((row) => make("tr", {},
        make("th", { scope: "row", textContent: row.timeframe }),
        make("td", {}, days(row, first)),
        make("td", { className: "numeric", textContent: share(row.days) }))))));
  node.addEventListener("toggle", () => {
    if (node.open) opened.add(instrument);
    else opened.delete(instrument);
  });
  return node;
}

function days({ instrument, timeframe, days: parts }, first) {
  return make("div", { className: "days" }, ...parts.map((part, at) => {
    const node = cell(part);
    const day = format.day(new Date(first + at * DAY_MS));
    const text = part === null ? "not finished" : `${format.number(part * 100, 1)} %`;
    node.title = `${instrument} ${timeframe}, ${day}: ${text}`;
    return node;
  }));
}

function share(parts) {
  const known = parts.filter((part) => part !== null);
  const sum = known.reduce((total, part) => total + part, 0);
  return `${format.number((100 * sum) / Math.max(1, known.length), 0)} %`;
}

function counts(all) {
  return make("p", { className: "hole-counts" }, ...Object.entries(all).map(([state, count]) =>
    make("span", { className: `hole-count ${state}` },
      make("strong", { textContent: format.number(count, 0) }), ` ${state}`)));
}

function holes(all) {
  if (!all.length) {
    return make("p", { className: "empty", textContent: "✓ No trade id is missing from any tape." });
  }
  const table = liveTable([
    { title: "Instrument", text: ({ instrument }) => instrument },
    { title: "State", text: ({ state }) => state,
      tone: ({ state }) => ({ open: "warn", deferred: "warn", unrecoverable: "bad" })[state] || "" },
    { title: "Trades", numeric: true, text: ({ missing }) => format.number(missing, 0) },
    { title: "Ids", text: ({ first_id: from, last_id: to }) => `${from}–${to}` },
    { title: "Between", text: ({ after_time: from }) => format.when(from) },
    { title: "and", text: ({ before_time: to }) => format.when(to) },
    { title: "Found", text: ({ detected_at: at }) => format.when(at) },
  ], ({ instrument, first_id: id }) => `${instrument} ${id}`, "Holes of the tapes");
  table.show(all);
  return make("div", { className: "system-scroll" }, table.node);
}

system.tab("data", { mount, open });
