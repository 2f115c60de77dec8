// Log lines of all processes: stored ones, filtered, and new ones.
import * as api from "../../core/api.js";
import { make } from "../../core/elements.js";
import * as format from "../../core/format.js";
import * as system from "./system.js";

const LEVELS = ["DEBUG", "INFO", "WARNING", "ERROR", "CRITICAL"];
const MOST_ROWS = 600;
const TYPING_MS = 300;

let fields = null;
let list = null;
let toNow = null;
let state = null;
let until = "";
let requested = 0;
let typing = 0;

const host = () => document.getElementById("system-logs");

function mount() {
  fields = {
    process: make("select", { className: "field", "aria-label": "Process" }),
    level: make("select", { className: "field", "aria-label": "From level" },
      ...LEVELS.map((level) => make("option", { value: level, textContent: level }))),
    text: make("input", {
      className: "field", type: "search", placeholder: "Search in lines", "aria-label": "Search",
    }),
    follow: make("input", { type: "checkbox", checked: true }),
  };
  fields.level.value = "INFO";
  processes([]);
  list = make("ol", { className: "log-lines", tabIndex: 0, "aria-label": "Log lines" });
  toNow = make("button", {
    className: "text-button", type: "button", textContent: "To now", hidden: true,
  });
  toNow.addEventListener("click", () => go(""));
  state = make("span", { className: "muted", role: "status" });
  host().replaceChildren(
    make("div", { className: "log-tools" }, fields.process, fields.level, fields.text,
      make("label", { className: "follow" }, fields.follow, " Follow"),
      toNow, state),
    list);
  for (const name of ["process", "level"]) fields[name].addEventListener("change", () => go(until));
  fields.text.addEventListener("input", () => {
    window.clearTimeout(typing);
    typing = window.setTimeout(() => go(until), TYPING_MS);
  });
  list.addEventListener("scroll", () => {
    const below = list.scrollHeight - list.scrollTop - list.clientHeight;
    if (below > 60) fields.follow.checked = false;
  });
  fields.follow.addEventListener("change", down);
}

function processes(names) {
  const chosen = fields.process.value;
  const known = new Set(["", ...names, chosen].filter((name) => name !== undefined));
  fields.process.replaceChildren(...[...known].map((name) =>
    make("option", { value: name, textContent: name || "All processes" })));
  fields.process.value = chosen;
}

function go(time) {
  const query = { tab: "logs", process: fields.process.value, level: fields.level.value,
    text: fields.text.value, until: time };
  system.go(Object.fromEntries(Object.entries(query).filter(([, value]) => value)));
}

function open(query) {
  until = query.get("until") || "";
  const process = query.get("process") || "";
  if (![...fields.process.options].some(({ value }) => value === process)) {
    fields.process.append(make("option", { value: process, textContent: process }));
  }
  fields.process.value = process;
  fields.level.value = LEVELS.includes(query.get("level")) ? query.get("level") : "INFO";
  if (document.activeElement !== fields.text) fields.text.value = query.get("text") || "";
  fields.follow.checked = !until;
  toNow.hidden = !until;
  load();
}

function load() {
  const number = ++requested;
  const query = { process: fields.process.value, level: fields.level.value,
    text: fields.text.value, until };
  api.get(`/system/logs?${new URLSearchParams(query)}`).then((response) => {
    if (number !== requested) return;
    processes(response.processes);
    list.replaceChildren(...response.lines.map(row));
    showCount(response.lines.length);
    if (!response.lines.length) list.append(make("li", { className: "muted", textContent: "No log line matches." }));
    list.scrollTop = list.scrollHeight;
  }, (error) => { if (number === requested) showCount(0, error.message); });
}

function showCount(count, problem) {
  const end = until ? `up to ${format.when(until)}` : "live";
  state.textContent = problem || `${count} lines, ${end}`;
}

function lines(received) {
  if (until || !host() || !list) return;
  const matching = received.filter(matches);
  if (!matching.length) return;
  if (list.firstChild && list.firstChild.className === "muted") list.replaceChildren();
  list.append(...matching.map(row));
  while (list.children.length > MOST_ROWS) list.firstChild.remove();
  showCount(list.children.length);
  down();
}

function matches(line) {
  const process = fields.process.value;
  if (process && process !== line.process && process !== line.component) return false;
  if (LEVELS.indexOf(line.level) < LEVELS.indexOf(fields.level.value)) return false;
  const text = `${line.message} ${line.component} ${JSON.stringify(line.facts)} ${line.error}`;
  return text.toLowerCase().includes(fields.text.value.toLowerCase());
}

function down() {
  if (fields.follow.checked) list.scrollTop = list.scrollHeight;
}

function row(line) {
  const time = new Date(line.time);
  const clock = `${format.clock(time)}.${String(time.getUTCMilliseconds()).padStart(3, "0")}`;
  const facts = Object.entries(line.facts || {}).map(([name, value]) =>
    make("span", { className: "fact" }, make("i", { textContent: name }),
      typeof value === "string" ? value : JSON.stringify(value)));
  const error = line.error ? make("details", {},
    make("summary", { textContent: "traceback" }), make("pre", { textContent: line.error })) : null;
  return make("li", { "data-level": line.level },
    make("time", { textContent: clock, title: format.when(line.time) }),
    make("b", { textContent: line.level }),
    make("span", { className: "log-process", textContent: line.process || line.component }),
    make("span", { className: "log-text" }, make("span", { textContent: line.message }),
      ...facts, error));
}

system.tab("logs", { mount, open, lines });
