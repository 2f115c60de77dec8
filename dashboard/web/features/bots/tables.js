// A bot as tables: orders, round trips, states, versions of its configuration, its log.
import * as csv from "../../core/csv.js";
import * as dialog from "../../core/dialog.js";
import { copyable } from "../../core/dialog.js";
import { button, make } from "../../core/elements.js";
import * as format from "../../core/format.js";
import * as botFormats from "./formats.js";
import { stateText } from "./states.js";

const SHOWN = 200;

export const time = (seconds) => (seconds ? format.barTime(seconds, 1) : "");
export const tone = (value) => (value > 0 ? "up" : value < 0 ? "down" : "");
const price = (detail, value) => format.number(value, detail.price_decimals);
// Every row of the page, numbers in full.
const FILED = {
  orders: ["number", "time", "side", "filled", "kind", "reason", "refusal", "size", "price", "fee", "realised",
    "position", "equity", "trade_id"],
  closed_round_trips: ["number", "side", "entry_time", "entry_price", "exit_time", "exit_price", "size", "fees", "profit",
    "return", "reason"],
};

function save(name, tab, rows) {
  const written = (field) => (row) => (field.endsWith("time") ? csv.time(row[field]) : row[field]);
  csv.save(`${name}-${tab.replaceAll("_", "-")}`, FILED[tab].map((field) => [field, written(field)]), rows);
}

const filed = (detail, tab, shown) => make("div", {},
  ...(detail[tab].length ? [button("CSV", "text-button file", () => save(detail.row.name, tab, detail[tab]))] : []),
  shown);

// Columns are [title, cell(row), class]; a cell is text or a node.
export function table(rows, columns, nothing) {
  if (!rows.length) return make("p", { className: "empty", textContent: nothing });
  const head = make("tr", {}, ...columns.map(([title, , kind]) =>
    make("th", { textContent: title, className: kind === "number" ? "number" : "" })));
  const body = rows.slice(0, SHOWN).map((row) => make("tr", {}, ...columns.map(([, cell, kind, mark]) => {
    const content = cell(row);
    return make("td", { className: [kind || "", mark ? mark(row) : ""].join(" ").trim() },
      content === null || content === undefined ? "" : content);
  })));
  const more = rows.length - SHOWN;
  return make("div", {}, make("table", {}, make("thead", {}, head), make("tbody", {}, ...body)),
    more > 0 ? make("p", { className: "muted", textContent: `and ${more} older` }) : null);
}

function orders(detail) {
  return filed(detail, "orders", table(detail.orders, [
    ["#", (row) => String(row.number), "number"], ["Time, UTC", (row) => time(row.time)],
    ["Side", (row) => (row.side === "buy" ? "▲ buy" : "▼ sell"), "", (row) => (row.side === "buy" ? "up" : "down")],
    ["Size", (row) => format.size(row.size), "number"], ["Price", (row) => price(detail, row.price), "number"],
    ["Status", (row) => (row.filled ? `filled, ${row.kind}` : `refused: ${row.refusal}`), "",
      (row) => (row.filled ? "" : "bad")],
    ["For", (row) => row.reason], ["Fee", (row) => format.money(row.fee, detail.row.currency), "number"],
    ["Realised", (row) => format.profit(row.realised, detail.row.currency), "number", (row) => tone(row.realised)],
    ["Position after", (row) => botFormats.size(row.position), "number"],
    ["Equity after", (row) => format.money(row.equity, detail.row.currency), "number"],
    ["Trade", (row) => String(row.trade_id), "number"],
  ], "No orders yet: the first comes with the first signal after the start."));
}

function roundTrips(detail) {
  return filed(detail, "closed_round_trips", table(detail.closed_round_trips, [
    ["#", (row) => String(row.number), "number"], ["Side", (row) => row.side],
    ["Entry, UTC", (row) => time(row.entry_time)], ["Entry price", (row) => price(detail, row.entry_price), "number"],
    ["Exit, UTC", (row) => time(row.exit_time)], ["Exit price", (row) => price(detail, row.exit_price), "number"],
    ["Size", (row) => format.size(row.size), "number"], ["Fees", (row) => format.money(row.fees, detail.row.currency), "number"],
    ["Profit", (row) => format.profit(row.profit, detail.row.currency), "number", (row) => tone(row.profit)],
    ["Return", (row) => (row.return === null ? "" : `${format.signed(row.return * 100, 2)} %`), "number",
      (row) => tone(row.return)],
    ["Exit reason", (row) => row.reason],
  ], "No closed round trip yet."));
}

function history(detail) {
  return table(detail.transitions, [
    ["#", (row) => String(row.number), "number"], ["Time, UTC", (row) => time(row.time)],
    ["From", (row) => stateText(row.before)], ["To", (row) => stateText(row.after)],
    ["By rule", (row) => row.rule], ["User", (row) => row.actor], ["Why", (row) => row.reason],
    ["At trade", (row) => (row.trade_id === null || row.trade_id < 0 ? "" : String(row.trade_id)), "number"],
  ], "Nothing has happened to this bot yet: start it.");
}

// -- the configuration, its versions and their changes

function config(detail) {
  return make("div", { className: "config" }, versions(detail), values(detail));
}

function versions(detail) {
  const list = detail.versions.map((version) => make("article", {
    className: "version", "data-version": version.number,
  },
  make("h3", { textContent: `Version ${version.number}` }),
  make("p", { className: "muted", textContent: [`${time(version.time)} UTC by ${version.actor}`, version.reason].filter(Boolean).join(": ") }),
  version.changes.length ? diff(version.changes) : make("p", { className: "muted", textContent: "The first version." })));
  return make("section", { className: "versions" }, make("h2", { textContent: "Versions" }), ...list);
}

function diff(changes) {
  return make("table", { className: "diff" }, make("tbody", {}, ...changes.map(({ field, before, after }) =>
    make("tr", {}, make("th", { textContent: field, scope: "row" }),
      make("td", { className: "before", textContent: before ? `− ${before}` : "− not set" }),
      make("td", { className: "after", textContent: after ? `+ ${after}` : "+ not set" })))));
}

function values(detail) {
  const json = JSON.stringify(detail.config, null, 2);
  return make("section", { className: "values" }, make("h2", { textContent: "Newest configuration" }),
    make("table", {}, make("tbody", {}, ...Object.entries(detail.values).map(([name, text]) =>
      make("tr", {}, make("th", { textContent: name, scope: "row" }), make("td", { textContent: text }))))),
    make("div", { className: "form-buttons" },
      button("JSON", "text-button", () => dialog.open("Configuration", ...copyable(json)))));
}

// -- commands and the journal, newest first

function log(detail) {
  const commands = detail.commands.map((row) => ({
    time: row.time, kind: "command", what: row.command, user: row.actor, why: row.reason,
    note: row.refusal ? `refused: ${row.refusal}` : row.answered_at ? `applied ${time(row.answered_at)}` : "waits",
    bad: Boolean(row.refusal),
  }));
  const decided = detail.journal.map((row) => ({
    time: row.time, kind: "journal", what: row.decision, user: row.actor, why: row.reason,
    note: row.trade_id < 0 ? `at ${time(row.tape_time)}` : `from trade ${row.trade_id}, ${time(row.tape_time)}`,
  }));
  const went = detail.transitions.map((row) => ({
    time: row.time, kind: "state", what: `${row.before} → ${row.after}`, user: row.actor, why: row.reason,
    note: row.rule, bad: row.after === "failed" || row.after === "degraded",
  }));
  const made = detail.versions.map((row) => ({
    time: row.time, kind: "version", what: `version ${row.number}`, user: row.actor, why: row.reason,
    note: row.changes.map(({ field }) => field).join(", "),
  }));
  const all = [...commands, ...decided, ...went, ...made].sort((one, other) => other.time - one.time);
  return table(all, [
    ["Time, UTC", (row) => time(row.time)], ["Kind", (row) => row.kind],
    ["What", (row) => row.what, "", (row) => (row.bad ? "bad" : "")], ["User", (row) => row.user],
    ["Why", (row) => row.why], ["", (row) => row.note, "muted"],
  ], "No data yet.");
}

// The tables by the name of their tab.
export const TABLES = { orders, "round-trips": roundTrips, history, config, log };
