// Tiles, processes, collectors, and the cards of database, Redis and machine with their histories.
import * as api from "../../core/api.js";
import { confirm } from "../../core/dialog.js";
import { make } from "../../core/elements.js";
import * as format from "../../core/format.js";
import { sparkline } from "../../core/sparkline.js";
import { liveTable } from "../../core/table.js";
import * as system from "./system.js";

const MARKS = { ok: "✓", unknown: "?", degraded: "▲", down: "✕" };
const LABELS = { ok: "OK", unknown: "Unknown", degraded: "Degraded", down: "Down" };
const GOOD_STATES = ["running", "live"];
const HISTORY_EVERY_MS = 60000;
const POINTS = 120;
const MEGABYTE = 1e6;
const ALLOWED_LAG_MS = 500;
// The effect of a restart until the process runs again.
const MEANWHILE = {
  collectors: "No trades are collected until it is back; what was missed is fetched from the exchange.",
  strategies: "No candle is evaluated until it is back; then what has closed is caught up on.",
  bots: "No bot trades, and no command is carried out, until it is back; then bots go on where they were.",
  dashboard: "This page and all others lose their connection until it is back.",
  health: "No alert is opened or delivered until it is back.",
  maintenance: "A running clean-up or backup is stopped, and starts again later.",
  others: "Its work is delayed until it runs again.",
};

const megabytes = (value) => (value >= 1e9
  ? `${format.number(value / 1e9, 1)} GB` : `${format.number(value / MEGABYTE, 0)} MB`);
const whole = (value) => format.number(value, 0);
const milliseconds = (value) => `${format.number(value, value < 10 ? 1 : 0)} ms`;
const percent = (value) => `${format.number(value, 0)} %`;
const share = (value) => `${format.number(value * 100, 1)} %`;
const rate = (value) => `${format.number(value, value < 10 ? 1 : 0)}/s`;
const known = (value, write) =>
  (value === null || value === undefined ? format.UNKNOWN : write(value));

const CARDS = [
  ["PostgreSQL", "postgresql", [
    ["answer_ms", "Answers in", milliseconds], ["connections", "Connections", whole],
    ["longest_query_s", "Longest query", (value) => `${format.number(value, 1)} s`],
    ["cache_hit_ratio", "Cache hits", share], ["size_bytes", "Size", megabytes],
  ]],
  ["Redis", "redis", [
    ["answer_ms", "Answers in", milliseconds], ["clients", "Clients", whole],
    ["channels", "Channels", whole], ["memory_bytes", "Memory", megabytes],
    ["commands_per_s", "Commands", rate],
  ]],
  ["This machine", "host", [
    ["cpu_percent", "CPU", percent], ["load", "Load", (value) => format.number(value, 2)],
    ["memory_available_bytes", "Memory free", megabytes],
    ["disk_free_bytes", "Disk free", megabytes],
    ["disk_full_in_s", "Disk full in", (value) => format.age(value)],
  ]],
];

let processes = null;
let collectors = null;
let facts = null;
let cards = new Map();
let sparks = new Map();
let hours = "1";
let timer = 0;

const element = (id) => document.getElementById(id);

function mount() {
  processes = processTable();
  element("system-processes").replaceChildren(processes.node);
  collectors = streamTable();
  facts = make("p", { className: "muted collector-facts" });
  element("system-collectors").replaceChildren(facts, collectors.node);
  cards = new Map();
  sparks = new Map();
  element("system-metrics").replaceChildren(rangePicker(), ...CARDS.map(card));
  element("system-tiles").replaceChildren();
  load();
}

// -- tiles

function tiles(overview) {
  const host = element("system-tiles");
  overview.tiles.forEach((tile, at) => {
    const node = host.children[at] || host.appendChild(make("div", { className: "tile" },
      make("span", { className: "tile-part" }), make("strong", { className: "tile-status" }),
      make("span", { className: "tile-reason" }), make("small", { className: "tile-since" })));
    node.dataset.status = tile.status;
    const since = tile.since && tile.status !== "ok"
      ? `for ${format.ago(tile.since, overview.now)}` : "";
    const texts = [tile.part, `${MARKS[tile.status]} ${LABELS[tile.status]}`, tile.reason, since];
    texts.forEach((text, part) => {
      if (node.children[part].textContent !== text) node.children[part].textContent = text;
    });
    node.title = tile.since ? `since ${format.when(tile.since)}` : "";
  });
  while (host.children.length > overview.tiles.length) host.lastChild.remove();
}

// -- processes

function processTable() {
  return liveTable([
    { title: "Process", make: processName, refresh: indent },
    { title: "State", make: () => make("span", {}), refresh: processState },
    { title: "Up", numeric: true, text: ({ uptime_s: up }) => known(up, format.age) },
    { title: "Restarts", numeric: true, text: ({ restarts }) => whole(restarts),
      tone: ({ restarts }) => (restarts ? "warn" : "") },
    { title: "CPU", numeric: true, text: ({ cpu_percent: cpu }) => known(cpu, percent) },
    { title: "Memory", numeric: true, text: ({ rss_bytes: bytes }) => known(bytes, megabytes) },
    { title: "Loop lag", numeric: true, text: ({ loop_lag_ms: lag }) => known(lag, milliseconds),
      tone: ({ loop_lag_ms: lag }) => (lag > ALLOWED_LAG_MS ? "warn" : "") },
    { title: "", make: restartButton,
      refresh: (button, row) => { button.hidden = !row.restartable; } },
    { title: "Last error", make: lastError, refresh: writeError },
  ], ({ name }) => name, "Processes");
}

function processName(row) {
  const link = make("button", {
    className: "link-button", type: "button", textContent: row.name, title: "Show its log lines",
  });
  link.addEventListener("click", () => system.go({ tab: "logs", process: row.name }));
  return link;
}

function indent(link, row) {
  const depth = row.depth || 0;
  const text = depth ? `${"  ".repeat(depth - 1)}└ ${row.name}` : row.name;
  if (link.textContent !== text) link.textContent = text;
}

function processState(node, row) {
  const good = GOOD_STATES.includes(row.state);
  const exit = !good && row.last_exit_code !== null ? ` (exit ${row.last_exit_code})` : "";
  node.className = `state-word ${good ? "ok" : row.state === "failed" ? "bad" : "warn"}`;
  node.textContent = `${good ? "●" : "▲"} ${row.state}${exit}`;
  node.title = row.since ? `since ${format.when(row.since)}` : "";
}

function restartButton(row) {
  const button = make("button", {
    className: "text-button small", type: "button", textContent: "Restart",
    title: `Stop ${row.name}, and start it again`, "data-required-role": "operator",
  });
  button.addEventListener("click", () => confirm({
    title: `Restart ${row.name}?`,
    text: `${row.name} is stopped and started again. ${MEANWHILE[row.name] || MEANWHILE.others}`,
    yes: `Restart ${row.name}`,
    no: "Leave it running",
    act: () => api.post("/system/restart", { process: row.name }).then(() => {
      system.worked();
      button.textContent = "Requested";
      window.setTimeout(() => { button.textContent = "Restart"; }, 3000);
    }),
  }));
  return button;
}

function lastError() {
  return make("span", { className: "last-error" });
}

function writeError(node, row) {
  const when = row.last_error_at ? `${format.when(row.last_error_at)}: ` : "";
  const text = row.last_error ? `${when}${row.last_error}` : "";
  if (node.textContent !== text) node.textContent = text;
  node.title = text;
}

function withDepth(rows) {
  const depths = new Map();
  return rows.map((row) => {
    const depth = depths.has(row.supervisor) ? depths.get(row.supervisor) + 1 : 0;
    depths.set(row.name, depth);
    return { ...row, depth };
  });
}

// -- collectors

function streamTable() {
  return liveTable([
    { title: "Instrument", text: ({ instrument }) => instrument },
    { title: "Collector", text: ({ collector }) => collector },
    { title: "State", make: () => make("span", {}), refresh: streamState },
    { title: "Age", numeric: true, text: ({ age_s: age }) => known(age, (value) => format.age(value)),
      tone: ({ age_s: age }) => (age > 10 ? "warn" : "") },
    { title: "Trades", numeric: true, text: ({ trades_per_s: value }) => known(value, rate) },
    { title: "Last hour", make: (row) => spark(`stream:${row.instrument}`, "trades_per_s", rate) },
    { title: "Lag", numeric: true, text: ({ lag_ms: lag }) => known(lag, milliseconds),
      tone: ({ lag_ms: lag }) => (lag > 2000 ? "warn" : "") },
    { title: "Buffered", numeric: true, text: ({ buffered }) => whole(buffered) },
    { title: "Holes", numeric: true, text: holes, hint: holeTooltip,
      tone: (row) => (row.holes_unrecoverable ? "bad" : row.holes_open + row.holes_deferred ? "warn" : "") },
    { title: "Problem", text: ({ problem }) => problem, tone: () => "bad" },
  ], ({ instrument }) => instrument, "Streams of the collectors");
}

function streamState(node, row) {
  const good = row.state === "live";
  node.className = `state-word ${good ? "ok" : row.state === "failed" ? "bad" : "warn"}`;
  node.textContent = `${good ? "●" : "▲"} ${row.state}`;
}

function holes(row) {
  return [row.holes_open, row.holes_deferred, row.holes_unrecoverable].map(whole).join(" / ");
}

function holeTooltip(row) {
  return `${row.holes_open} open, ${row.holes_deferred} deferred, `
    + `${row.holes_unrecoverable} unrecoverable`;
}

function collectorFacts({ collectors: all }) {
  const texts = all.map((each) => {
    const clock = each.clock_offset_ms === null ? ""
      : `, clock ${format.signed(each.clock_offset_ms, 0)} ms`;
    const reconnects = each.reconnects ? `, ${whole(each.reconnects)} reconnects` : "";
    return `${each.name}: ${each.state.replace("_", " ")} at ${each.endpoint}${reconnects}${clock}`;
  });
  const text = texts.join(" · ") || "No collector has reported yet.";
  if (facts.textContent !== text) facts.textContent = text;
}

// -- cards and histories

function rangePicker() {
  const select = make("select", { className: "field", "aria-label": "Time span of the histories" });
  for (const [value, label] of [["1", "1 hour"], ["24", "24 hours"], ["168", "7 days"], ["720", "30 days"]]) {
    select.append(make("option", { value, textContent: label, selected: value === hours }));
  }
  select.addEventListener("change", () => { hours = select.value; load(); });
  return make("label", { className: "range-picker" }, "History of ", select);
}

function card([title, subject, names]) {
  const rows = names.map(([name, label, write]) => {
    const value = make("strong", { textContent: format.UNKNOWN });
    cards.set(`${subject} ${name}`, { value, write });
    return make("div", { className: "metric-row" },
      make("span", { className: "muted", textContent: label }),
      spark(subject, name, write), value);
  });
  return make("section", { className: "panel metric-card", "data-subject": subject },
    make("h2", { textContent: title }), ...rows);
}

function spark(subject, name, write) {
  const { picture, show } = sparkline();
  sparks.set(`${subject}\n${name}`, { show, write });
  fetchSpark(subject, name);
  return picture;
}

function load() {
  window.clearTimeout(timer);
  if (!element("system-metrics")) return;
  for (const key of sparks.keys()) fetchSpark(...key.split("\n"));
  timer = window.setTimeout(load, HISTORY_EVERY_MS);
}

function fetchSpark(subject, name) {
  const query = new URLSearchParams({ subject, name, hours, points: POINTS });
  api.get(`/system/history?${query}`).then((points) => {
    const found = sparks.get(`${subject}\n${name}`);
    if (!found) return;
    found.show(points, (low, high) =>
      `${found.write(low)} to ${found.write(high)} in the last ${hours} h`);
  }, () => {});
}

function metrics(overview) {
  for (const [key, { value, write }] of cards) {
    const [subject, name] = key.split(" ");
    const text = known((overview.metrics[subject] || {})[name], write);
    if (value.textContent !== text) value.textContent = text;
  }
}

system.tab("overview", {
  mount,
  open() {},
  frame(overview) {
    tiles(overview);
    processes.show(withDepth(overview.processes));
    collectors.show(overview.streams);
    collectorFacts(overview);
    metrics(overview);
  },
});
