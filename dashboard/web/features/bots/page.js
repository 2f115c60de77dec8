// The Bots page: one table of all bots, updated by frames; whole rows are sent after events.
import * as api from "../../core/api.js";
import * as clientside from "../../core/clientside.js";
import { followColumns } from "../../core/columns.js";
import * as csv from "../../core/csv.js";
import { make } from "../../core/elements.js";
import * as format from "../../core/format.js";
import { live } from "../../core/live.js";
import { setProps, stores } from "../../core/props.js";
import * as botCommands from "./commands.js";
import * as botForm from "./form.js";
import * as botFormats from "./formats.js";
import * as botGroups from "./groups.js";
import { RANK, stateText } from "./states.js";
import { leave as leaveMarket } from "../market/page.js";
import { onTotals } from "../shell/fleet.js";
import * as shell from "../shell/shell.js";

const GRID = "bots-grid";
const TOPIC = "bots";
const BULK = ["start", "pause", "resume", "stop", "keep", "flatten", "kill", "archive"];
const NARROW = ["strategy", "instrument", "timeframe", "position", "unrealised", "total_profit", "equity",
  "drawdown", "round_trips", "win_rate", "fills_today", "last_event_at", "started_at", "verification", "total_return"];
const AGES = ["last_event_at", "started_at"];
const AGES_MS = 5000;

let rows = new Map();
let number = 0;
let ready = false;
let held = [];
let chosen = [];
let mounted = null;
let animation = 0;
let heads = new Map();
const touched = new Set();
const columns = followColumns(GRID, NARROW);

const element = (id) => document.getElementById(id);
const table = () => window.dash_ag_grid.getApiAsync(GRID);

function mount() {
  if (mounted === element("bots")) return;
  mounted = element("bots");
  rows = new Map();
  ready = false;
  held = [];
  chosen = [];
  ["url", "bots-url", "notifications"].forEach((id) => stores.add(id));
  leaveMarket();
  shell.title("Bots");
  live.watch([TOPIC], "bots");
  element("bots-bulk").replaceChildren(...BULK.map(bulkButton));
  pressed();
  table().then(columns.follow);
  load();
}

function load() {
  api.get("/bots").then((answer) => {
    if (!element("bots")) return;
    shell.problem("bots", null);
    rows = new Map(answer.rows.map((row) => [row.name, row]));
    number = answer.epoch === live.epoch ? answer.number : 0;
    ready = true;
    const frames = held;
    held = [];
    kpis(answer.totals);
    draw();
    frames.forEach(take);
  }, (error) => {
    shell.problem("bots", { title: "The bots cannot be read", action: error.message });
    window.setTimeout(() => element("bots") && load(), 5000);
  });
}

// -- the table

const order = (one, other) => RANK[one.state] - RANK[other.state]
  || Math.abs(other.profit_today) - Math.abs(one.profit_today) || one.name.localeCompare(other.name);

function fitting() {
  const terms = element("bots-search").value.toLowerCase().split(/\s+/).filter(Boolean);
  const matches = (row) => {
    const text = [row.name, row.state, row.strategy, row.instrument, row.timeframe, row.parameters]
      .join(" ").toLowerCase();
    return terms.every((word) => text.includes(word))
      && (row.state !== "archived" || terms.includes("archived"));
  };
  return [...rows.values()].filter(matches);
}

function draw() {
  const shown = fitting().sort(order);
  heads = botGroups.heads(shown);
  const rowData = [...heads.values(), ...shown].map((row) => ({ ...row }));
  table().then(() => setProps(GRID, { rowData }));
  count(shown.length);
}

function count(shown) {
  const archived = [...rows.values()].filter(({ state }) => state === "archived").length;
  const there = rows.size - archived;
  element("bots-count").textContent = there
    ? `${shown} of ${there}${archived ? `, ${archived} archived` : ""}`
    : "No bot yet: press New bot, or create one from a finished backtest.";
}

function take(frame) {
  if (!ready) {
    held.push(frame);
    return;
  }
  if (frame.number <= number) return;
  number = frame.number;
  let fresh = false;
  for (const row of frame.rows) {
    const before = rows.get(row.name);
    fresh = fresh || !before || (row.state === "archived") !== (before.state === "archived");
    rows.set(row.name, { ...before, ...row });
    touched.add(row.name);
  }
  if (fresh) draw();
  if (!animation) animation = window.requestAnimationFrame(() => flush(fresh));
}

function flush() {
  animation = 0;
  if (!element("bots")) return;
  bulk();
  const sums = summed();
  table().then((grid) => {
    // Rows missing from the grid are added with the whole table.
    const update = [...touched].filter((name) => grid.getRowNode(name)).map((name) => ({ ...rows.get(name) }));
    touched.clear();
    update.push(...sums.filter(({ name }) => grid.getRowNode(name)));
    if (update.length && element("bots")) setProps(GRID, { rowTransaction: { update, async: false } });
  });
}

// Return the group lines whose sums changed; a bot that changes its group redraws all.
function summed() {
  if (!botGroups.by) return [];
  const before = heads;
  heads = botGroups.heads(fitting());
  const same = heads.size === before.size
    && [...heads.values()].every(({ name, count }) => before.has(name) && before.get(name).count === count);
  if (!same) draw();
  return same ? [...heads.values()].filter(({ name, moved }) => before.get(name).moved !== moved) : [];
}

function pressed() {
  document.querySelectorAll("#bots-groups [data-group]").forEach((button) => {
    button.setAttribute("aria-pressed", String(button.dataset.group === botGroups.by));
  });
}

// -- as a file

// Fractions as percent, like their titles; ages as times.
const FILED = {
  total_return: ["Total %", csv.percent], drawdown: ["Drawdown %", csv.percent],
  win_rate: ["Won %", csv.percent], last_event_at: ["Last event at", csv.time],
  started_at: ["Started at", csv.time],
  verification: ["Verified", (value) => (value ? (value.identical ? "identical" : "differs") : "")],
};

function filed(column) {
  const [title, written] = FILED[column.getColId()] || [column.getColDef().headerName, (value) => value];
  return { title, written };
}

// The shown rows and columns, in their order; numbers in full.
function save() {
  table().then((grid) => grid.exportDataAsCsv({
    fileName: csv.named("bots"),
    columnKeys: grid.getAllDisplayedColumns().filter((column) => column.getColDef().field),
    shouldRowBeSkipped: ({ node }) => botGroups.isHead(node.data),
    processHeaderCallback: ({ column }) => filed(column).title,
    processCellCallback: ({ column, value }) => csv.safe(filed(column).written(value)),
  }));
}

// -- the line above

function kpis(totals) {
  const host = element("bots-kpis");
  if (!host || !totals) return;
  const tone = (value) => (value > 0 ? "up" : value < 0 ? "down" : "");
  // One line for each quote currency.
  const sums = (field, write, toned) => (totals.money.length ? totals.money : [{ currency: "", [field]: 0 }])
    .map((sum) => [write(sum[field], sum.currency), toned ? toned(sum[field]) : ""]);
  const cards = [
    ["Running", totals.running, totals.running ? "good" : ""],
    ...(totals.warming_up ? [["Warming up", totals.warming_up, "warn"]] : []), ["Paused", totals.paused, ""],
    ["Stopped", totals.stopped, ""], ["Degraded", totals.degraded, totals.degraded ? "warn" : ""],
    ["Failed", totals.failed, totals.failed ? "bad" : ""],
    ["Equity", sums("equity", format.moneyIn)], ["Today", sums("profit_today", format.profitIn, tone)],
    ["Total profit", sums("total_profit", format.profitIn, tone)], ["Exposure", sums("exposure", format.moneyIn)],
    ["Worst drawdown", `${format.number(totals.drawdown * 100, 2)} %`, "", totals.worst_bot],
  ];
  const shown = (value, kind) => make("strong", { className: `kpi-value ${kind}`, textContent: value });
  host.replaceChildren(...cards.map(([label, value, kind, title]) =>
    make("div", { className: `kpi ${Array.isArray(value) && value.length > 1 ? "several" : ""}`, title: title || "" },
      make("span", { className: "kpi-label", textContent: label }),
      ...(Array.isArray(value) ? value.map((each) => shown(...each)) : [shown(value, kind)]))));
}

// -- many at once

function bulkButton(verb) {
  const { word, destructive } = botCommands.VERBS[verb];
  const made = make("button", {
    type: "button", className: `text-button ${destructive ? "danger" : ""}`, textContent: word, "data-verb": verb,
    "data-required-role": "operator",
  });
  made.addEventListener("click", () => botCommands.request(verb, able(verb)));
  return made;
}

const able = (verb) => chosen.map((name) => rows.get(name)).filter((row) => row && botCommands.useful(row).includes(verb));

function bulk() {
  const host = element("bots-bulk");
  if (!host) return;
  host.hidden = !chosen.length;
  for (const button of host.children) {
    const possible = able(button.dataset.verb).length;
    const { word } = botCommands.VERBS[button.dataset.verb];
    button.disabled = !possible;
    button.textContent = possible && chosen.length > 1 ? `${word} ${possible}` : word;
    button.title = possible ? "" : "None of the chosen bots can do this in the state it is in";
  }
}

// -- the page

function go(name) {
  setProps("url", { pathname: `/bots/${name}`, search: "" });
}

function show(search) {
  mount();
  const id = new URLSearchParams(search || "").get("backtest");
  if (!id) return;
  botForm.fromBacktest(id, go);
  setProps("bots-url", { search: "" });
}

live.on((frame) => {
  if (!element("bots")) {
    if (mounted) live.watch([], "bots");
    mounted = null;
  } else if (frame.type === "stale") load();
  else if (frame.topic === TOPIC) take(frame);
});

onTotals((totals) => { if (element("bots")) kpis(totals); });

document.addEventListener("input", ({ target }) => {
  if (target.id === "bots-search") draw();
});
document.addEventListener("click", ({ target }) => {
  const grouped = target.closest("#bots-groups [data-group]");
  if (grouped) {
    botGroups.choose(grouped.dataset.group);
    pressed();
    draw();
  }
  if (target.closest("#bots-csv")) save();
  if (target.closest("#bots-columns")) table().then((grid) => columns.open(grid, target.closest("#bots-columns")));
  if (target.closest("#bots-new")) botForm.create(go);
  if (target.closest("#bots-kill-all")) {
    botCommands.killAll([...rows.values()].filter(({ allowed_commands: allowed }) => allowed.includes("kill")));
  }
});
window.setInterval(() => {
  if (element("bots")) table().then((grid) => grid.refreshCells({ columns: AGES, force: true }));
}, AGES_MS);

clientside.define("bots", {
  show,
  chosen(selected) {
    chosen = (selected || []).map(({ name }) => name);
    bulk();
  },
  opened(cell) {
    if (cell && rows.has(cell.rowId) && cell.colId !== "ag-Grid-SelectionColumn") go(cell.rowId);
  },
});

clientside.addGridFunctions({
  ttState: (value) => stateText(value),
  ttSymbol: (value) => String(value || "").split(":").pop(),
  ttSize: (value) => botFormats.size(value),
  ttShare: (value) => (value === null || value === undefined ? format.UNKNOWN : `${format.number(value * 100, 0)} %`),
  ttOfLimit: (value, limit) => botFormats.ofLimit(value, limit),
  ttAgo: (value) => botFormats.ago(value),
  ttVerification: (value) => (value ? (value.identical ? "✓ identical" : "✕ differs") : "—"),
});
