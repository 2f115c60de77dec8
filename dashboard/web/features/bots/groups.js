// Bots in groups: a line with sums above those that share a strategy, an instrument or a state.
// Sorting by a column sorts within the groups.
import * as clientside from "../../core/clientside.js";
import * as format from "../../core/format.js";
import { ofBrowser } from "../../core/storage.js";
import { RANK, byCurrency, stateText } from "./states.js";

const KEPT_AS = "truetape.bots.group";
const KINDS = ["strategy", "instrument", "state"];

export let by = ofBrowser.read(KEPT_AS);
if (!KINDS.includes(by)) by = "";

export const isHead = (row) => row.group !== undefined;
const keyOf = (row) => (isHead(row) ? row.group : row[by]);
const word = (key) => (by === "state" ? stateText(key) : key);
const tone = (value) => (value > 0 ? "up" : value < 0 ? "down" : "");

export function choose(kind) {
  by = KINDS.includes(kind) ? kind : "";
  ofBrowser.write(KEPT_AS, by);
}

// The group lines of these rows: also rows of the table, with `group` set.
export function heads(rows) {
  const found = new Map();
  if (!by) return found;
  for (const row of rows) {
    const name = `group ${row[by]}`;
    const head = found.get(name) || { name, group: row[by], word: word(row[by]), rows: [] };
    head.rows.push(row);
    found.set(name, head);
  }
  for (const [name, { rows: own, ...head }] of found) {
    const money = byCurrency(own, ["profit_today", "total_profit"]);
    // `moved` changes with any of the sums.
    found.set(name, { ...head, count: own.length, money, moved: JSON.stringify(money) });
  }
  return found;
}

// The worst state first, else by name.
function compare(key, other) {
  return by === "state" ? RANK[key] - RANK[other] : key.localeCompare(other);
}

// Sort nodes into groups, each after its line.
function arrange(nodes) {
  if (!by) return;
  const groups = new Map();
  for (const node of nodes) {
    const key = keyOf(node.data);
    if (!groups.has(key)) groups.set(key, { head: [], rows: [] });
    groups.get(key)[isHead(node.data) ? "head" : "rows"].push(node);
  }
  const keys = [...groups.keys()].sort(compare);
  keys.flatMap((key) => [...groups.get(key).head, ...groups.get(key).rows])
    .forEach((node, at) => { nodes[at] = node; });
}

function sum(title, value, currency) {
  const { createElement } = window.React;
  return createElement("span", { className: "group-sum" }, `${title} `,
    createElement("span", { className: tone(value) }, format.profitIn(value, currency)));
}

clientside.addGridFunctions({
  ttIsGroup: (row) => isHead(row),
  ttBotGroups: ({ nodes }) => arrange(nodes),
});
clientside.addGridComponents({
  BotGroup({ data }) {
    const { createElement } = window.React;
    return createElement("div", { className: "group-line" },
      createElement("strong", {}, data.word),
      createElement("span", { className: "muted" }, `${data.count} ${data.count === 1 ? "bot" : "bots"}`),
      ...data.money.flatMap(({ currency, profit_today: today, total_profit: total }) => [sum("today", today, currency), sum("total", total, currency)]));
  },
});
