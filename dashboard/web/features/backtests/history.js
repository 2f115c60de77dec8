// All stored backtests: search, notes and tags, deletion, comparison.
import * as api from "../../core/api.js";
import * as dialog from "../../core/dialog.js";
import { confirm } from "../../core/dialog.js";
import { make } from "../../core/elements.js";
import { fillGrid } from "../../core/grids.js";
import { colour, draw } from "../../core/plots.js";
import { go } from "./address.js";
import { value } from "./metrics.js";
import { compared } from "./plots.js";

const FAILED_AGAIN_MS = 5000;

let rows = [];
let chosen = [];

const element = (id) => document.getElementById(id);
const matches = (row, terms) => {
  const text = [row.strategy, row.parameters, row.instrument, row.timeframe, row.note, `#${row.id}`,
    ...row.tags].join(" ").toLowerCase();
  return terms.every((word) => text.includes(word));
};

export function load() {
  return api.get("/backtests").then(show, (error) => {
    showCount(error.message);
    window.setTimeout(() => element("backtest-count") && load(), FAILED_AGAIN_MS);
  });
}

function show(found) {
  rows = found;
  filter();
}

function filter() {
  const search = element("backtest-search");
  if (!search) return;
  const terms = search.value.toLowerCase().split(/\s+/).filter(Boolean);
  const fitting = rows.filter((row) => matches(row, terms));
  fillGrid("backtest-history", fitting);
  choose([]);
  const none = rows.length ? "No backtest matches this search." : "No backtest is kept yet: fill in the form and run one.";
  showCount(fitting.length ? `${fitting.length} of ${rows.length}` : none);
}

function showCount(text) {
  const host = element("backtest-count");
  if (host) host.textContent = text;
}

export function choose(selected) {
  chosen = selected || [];
  const compare = element("backtest-compare");
  const remove = element("backtest-delete");
  if (!compare) return;
  compare.disabled = chosen.length < 2 || chosen.length > 8;
  compare.textContent = chosen.length > 1 ? `Compare ${chosen.length}` : "Compare";
  remove.disabled = !chosen.length;
}

// -- dialogs

// `done(row)`: it is stored.
export function annotate(row, done) {
  const note = make("textarea", { className: "field note", name: "note", rows: 4, value: row.note });
  const tags = make("input", { className: "field", name: "tags", value: row.tags.join(", ") });
  const problem = make("p", { className: "form-problem", role: "alert" });
  const form = make("form", { className: "dialog-form" },
    labelled("Note", note), labelled("Tags", tags, "separated by commas"), problem,
    make("div", { className: "form-buttons" }, make("span", { className: "spacer" }),
      make("button", {
        type: "submit", className: "solid-button", textContent: "Save", "data-required-role": "operator",
      })));
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    const body = { backtest: row.id, note: note.value, tags: tags.value.split(",") };
    api.post("/backtests/annotate", body).then((found) => {
      show(found);
      done(found.find(({ id }) => id === row.id));
      dialog.close();
    }, (error) => { problem.textContent = error.message; });
  });
  dialog.open(`Backtest #${row.id}`, form);
  note.focus();
}

const labelled = (text, field, hint) => make("label", { className: "form-row" },
  make("span", { className: "form-name", textContent: text }), field,
  hint ? make("small", { textContent: hint }) : null);

export function remove(removed, done = () => {}) {
  const ids = removed.map(({ id }) => id);
  const named = removed.map(({ id, strategy, instrument }) => `#${id} ${strategy} on ${instrument}`);
  const title = removed.length > 1 ? `Delete ${removed.length} backtests?` : "Delete this backtest?";
  confirm({
    title,
    text: `${named.join(", ")}. `
      + "Results, notes and tags are gone for good; the same configuration can be run again.",
    yes: "Delete",
    no: "Keep",
    act: () => api.post("/backtests/delete", { backtests: ids }).then((found) => {
      show(found);
      done();
    }),
  });
}

// -- comparison

export function compare(runs, catalog) {
  const host = document.querySelector("#backtest-comparison [data-slot='tables']");
  draw("backtest-growth", compared, runs);
  host.replaceChildren(
    make("h2", { textContent: "What differs" }), table(runs, differing(runs)),
    make("h2", { textContent: "Metrics" }), table(runs, catalog.cards.map((card) => measured(runs, card))));
}

function differing(runs) {
  const names = [...new Set(runs.flatMap(({ values }) => Object.keys(values)))];
  const lines = names.map((name) => ({ name, texts: runs.map(({ values }) => values[name] || "—") }))
    .filter(({ texts }) => new Set(texts).size > 1);
  return lines.length ? lines : [{ name: "Nothing: the same settings on other data or code", texts: [] }];
}

function measured(runs, card) {
  const values = runs.map(({ metrics }) => metrics[card.name]);
  const isComparable = card.unit !== "money" || new Set(runs.map(({ currency }) => currency)).size === 1;
  const known = values.filter((value) => value !== null && value !== undefined);
  const hasBest = isComparable && card.better && new Set(known).size > 1;
  const best = card.better > 0 ? Math.max(...known) : Math.min(...known);
  const worst = card.better > 0 ? Math.min(...known) : Math.max(...known);
  const mark = (value) => (value === best ? "best" : value === worst ? "worst" : "");
  return {
    name: card.title, hint: card.formula,
    texts: values.map((given, at) => value(card, given, runs[at].currency)),
    marks: hasBest ? values.map(mark) : [],
  };
}

function table(runs, lines) {
  const open = (run, at) => {
    const made = make("button", { type: "button", className: "run-link", textContent: `#${run.id} ${run.strategy}` });
    made.style.borderColor = colour(at);
    made.addEventListener("click", () => go({ run: run.id }));
    return make("th", {}, made);
  };
  const cell = (text, mark) => make("td", { className: mark || "", title: mark || "" },
    mark === "best" ? `▲ ${text}` : mark === "worst" ? `▼ ${text}` : text);
  return make("div", { className: "scroller" }, make("table", { className: "compared" },
    make("thead", {}, make("tr", {}, make("th", {}), ...runs.map(open))),
    make("tbody", {}, ...lines.map(({ name, hint, texts, marks = [] }) => make("tr", {},
      make("th", { textContent: name, title: hint || "", scope: "row" }),
      ...texts.map((text, at) => cell(text, marks[at])))))));
}

document.addEventListener("input", ({ target }) => {
  if (target.id === "backtest-search") filter();
});
document.addEventListener("click", ({ target }) => {
  if (target.closest("#backtest-compare")) {
    go({ compare: chosen.map(({ id }) => id).sort((a, b) => a - b).join(",") });
  }
  if (target.closest("#backtest-delete")) remove(chosen);
});
