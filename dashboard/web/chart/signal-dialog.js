// Which strategies are shown on the chart, their state, and a form to request another.
import { parameterField, readParameter } from "./parameters.js";
import * as signals from "./signals.js";
import { focusFirst, showProblems } from "../core/config-form.js";
import * as api from "../core/api.js";
import * as dialog from "../core/dialog.js";
import { closest, make } from "../core/elements.js";
import * as format from "../core/format.js";

/** @typedef {import("./signals.js").Group} Group */
/** @typedef {import("./signals.js").Waiting} Waiting */
/** @typedef {{name: string, title: string, description: string, parameters: import("./series.js").Parameter[]}} Strategy */

/** @type {(() => void) | null} */
let shows = null;
let problem = "";

/**
 * @param {string} text
 * @param {string} className
 * @param {() => void} does
 * @param {string} [label]
 */
function button(text, className, does, label) {
  const made = make("button", { type: "button", className, textContent: text });
  if (label) made.setAttribute("aria-label", label);
  made.addEventListener("click", does);
  return made;
}

/** @param {HTMLButtonElement} made */
function commanding(made) {
  made.dataset.requiredRole = "operator";
  return made;
}

function list() {
  shows = list;
  const { groups, waiting, span } = signals;
  const name = span ? `${span.symbol.split(":")[1]} ${span.timeframe}` : "this chart";
  const rows = [...groups.map(groupRow), ...waiting.map(waitingRow)];
  dialog.open(
    "Signals",
    make("p", {
      className: "dialog-text",
      textContent: rows.length ? `Strategies that watch ${name}.` : `No strategy watches ${name} yet.`,
    }),
    ...rows,
    make("p", { className: "form-problem", role: "alert", textContent: problem }),
    make("div", { className: "form-buttons" },
      commanding(button("Request a strategy", "solid-button", choose)))
  );
}

/** @param {Group} group */
function groupRow(group) {
  const { mark, tone } = signals.MARKS[group.target];
  const hidden = signals.isHidden(group.id);
  const row = make("div", { className: "group-row", "data-group": group.id },
    make("span", { className: `signal-mark ${tone}`, textContent: `${mark} ${group.target}` }),
    make("div", {},
      make("strong", { textContent: group.title }),
      make("small", { textContent: group.parameters }),
      state(group)),
    button(hidden ? "Show" : "Hide", "text-button", () => { signals.toggle(group.id); list(); }));
  if (group.withdrawable.length) row.append(removal(group));
  return row;
}

/** @param {Group} group */
function state({ problem, request_problem: pending, evaluated_to: upTo }) {
  if (problem) return make("small", { className: "bad", textContent: `Skipped: ${problem}` });
  return make("small", {
    textContent: pending || `evaluated up to ${format.barTime(upTo, 1)} UTC`,
  });
}

/** @param {Waiting} request */
function waitingRow(request) {
  const row = make("div", { className: "group-row" },
    make("span", { className: "signal-mark flat", textContent: request.is_transient ? "…" : "✕" }),
    make("div", {},
      make("strong", { textContent: request.title }),
      make("small", { textContent: request.parameters }),
      make("small", {
        className: request.is_transient ? "" : "bad",
        textContent: request.problem || "waits for the strategy engine",
      }, ...(request.has_report ? [": ", report(request)] : []))));
  if (request.withdrawable.length) row.append(removal(request));
  return row;
}

/** @param {Waiting} request */
function report({ strategy }) {
  return make("a", {
    href: `/strategies?name=${encodeURIComponent(strategy)}`, textContent: "see the report",
  });
}

/** @param {Group | Waiting} request */
function removal({ title, withdrawable }) {
  return commanding(button("Remove", "text-button danger", () => post("withdraw", { requesters: withdrawable }),
    `Remove ${title}`));
}

/**
 * @param {string} path
 * @param {object} body
 */
function post(path, body) {
  problem = "";
  return api.post(`/signals/${path}`, body).then(() => {
    signals.expect();
    signals.load();
  }, (error) => { problem = error.message; }).then(list);
}

// -- request another

function choose() {
  shows = null;
  api.get("/signals/strategies").then((strategies) => {
    const none = "The strategy engine has reported no strategies yet; it does so when it starts.";
    dialog.open(
      "Request a strategy",
      ...(strategies.length ? strategies.map(kind)
        : [make("p", { className: "dialog-text", textContent: none })])
    );
  }, (error) => { problem = error.message; list(); });
}

/** @param {Strategy} strategy */
function kind(strategy) {
  const made = make("button", {
    className: "kind", type: "button", "data-strategy": strategy.name,
  }, make("strong", { textContent: strategy.title }),
  make("span", { textContent: strategy.description }));
  made.addEventListener("click", () => form(strategy));
  return made;
}

/** @param {Strategy} strategy */
function form(strategy) {
  // The chart may have changed since: the request is for the one that is shown now.
  const { span } = signals;
  const made = make("form", { className: "dialog-form" });
  made.append(
    ...strategy.parameters.map((parameter) => parameterField({}, parameter)),
    make("p", { className: "form-problem", role: "alert" }),
    make("div", { className: "form-buttons" },
      button("Back", "text-button", choose), make("span", { className: "spacer" }),
      make("button", { type: "submit", className: "solid-button", textContent: "Show its signals" }))
  );
  made.addEventListener("submit", (event) => {
    event.preventDefault();
    /** @type {Record<string, import("./parameters.js").Value>} */
    const parameters = {};
    for (const parameter of strategy.parameters) {
      const value = readParameter(made, parameter);
      if (value !== parameter.default) parameters[parameter.name] = value;
    }
    if (!span) return;
    const { symbol, timeframe } = span;
    const body = { symbol, timeframe, strategy: strategy.name, parameters };
    api.post("/signals/request", body).then(() => {
      problem = "";
      signals.expect();
      signals.load();
      list();
    }, (error) => {
      const { problems, message } = error;
      showProblems(made, problems.length ? problems : [{ field: "", text: message }]);
      focusFirst(made, problems);
    });
  });
  dialog.open(strategy.title, make("p", {
    className: "dialog-text", textContent: strategy.description,
  }), made);
}

document.addEventListener("click", (event) => {
  if (!closest(event, "#market-signals")) return;
  problem = "";
  signals.expect();
  signals.load();
  list();
});

const isWatched = () => Boolean(shows) && dialog.isOpen("Signals");

signals.observe({ isWatched, listed() { if (isWatched()) shows?.(); } });
