// Commands to bots. Costly ones are confirmed by name and consequence; *kill all* is typed.
import * as api from "../../core/api.js";
import * as dialog from "../../core/dialog.js";
import { make } from "../../core/elements.js";
import * as format from "../../core/format.js";
import { setProps } from "../../core/props.js";
import * as botFormats from "./formats.js";
import { byCurrency, stateText } from "./states.js";

const NAMED = 12;
const TOAST_MS = 4000;
const UNDO_MS = 10000;
const undos = new Map();
let toasts = 0;

export const VERBS = {
  start: { word: "Start", does: "They follow their strategy from the next print on." },
  pause: { word: "Pause", does: "No new entries; exits are still managed." },
  resume: { word: "Resume", does: "Entries again; a halt of a protection is lifted." },
  flatten: {
    word: "Flatten", costly: true,
    does: "Open positions are closed at the next print. The bots go on and wait for another signal.",
  },
  stop: {
    word: "Stop", costly: true, does: "Open positions are closed at the next print, then the session ends.",
  },
  keep: {
    word: "Stop, keep", costly: true,
    does: "The session ends at once. Open positions are kept, and their exits are no longer managed.",
  },
  kill: {
    word: "Kill", costly: true, destructive: true,
    does: "Closes all positions at the next print. It takes precedence over all earlier commands.",
  },
  archive: {
    word: "Archive", costly: true, does: "Archives the bot permanently: its history is kept, and its name cannot be used again.",
  },
};

// Commands that can be undone, with their inverse. A resume lifts halts, too, so no bot may be halted.
const UNDO = {
  pause: { by: "resume", may: ({ state, desired_state: desired, halted }) => state === "running" && desired === "running" && !halted },
};

// `bots` are rows of the fleet's table.
function start(verb, bots, done) {
  if (!bots.length) return;
  if (VERBS[verb].costly) confirm(verb, bots, done);
  else act(verb, bots, done);
}

function act(verb, bots, done) {
  const names = bots.map(({ name }) => name);
  const undo = UNDO[verb];
  const back = undo && bots.every(undo.may) ? () => send(undo.by, names, done).catch(fail) : null;
  return send(verb, names, done, "", false, back);
}

function send(verb, names, done, reason, allBots, back) {
  const scope = allBots ? { all_bots: true } : { names };
  return api.post("/bots/command", { command: verb, ...scope, reason: reason || "" })
    .then(() => {
      toast(`${VERBS[verb].word}: ${named(names)}`, "teal", back);
      if (done) done();
    });
}

const named = (names) => (names.length > 3 ? `${names.length} bots` : names.join(", "));

// `back` undoes the reported command while the toast is shown.
export function toast(text, tone, back) {
  const id = `bots-${toasts += 1}`;
  if (back) undos.set(id, back);
  setProps("notifications", {
    sendNotifications: [{
      action: "show", id, message: back ? undoable(text, id) : text, color: tone || "teal",
      autoClose: back ? UNDO_MS : TOAST_MS,
    }],
  });
}

// In Dash's format of components: it renders the toasts.
function undoable(text, id) {
  const html = (type, props) => ({ namespace: "dash_html_components", type, props });
  const button = html("Button", { children: "Undo", type: "button", className: "text-button", "data-undo": id });
  return html("Span", { className: "undoable", children: [html("Span", { children: text }), button] });
}

document.addEventListener("click", ({ target }) => {
  const button = target.closest("[data-undo]");
  if (!button) return;
  const { undo: id } = button.dataset;
  const back = undos.get(id);
  undos.delete(id);
  setProps("notifications", { hideNotifications: [id] });
  if (back) back();
});

export function fail(error) {
  toast(error.message, "red");
}

function confirm(verb, bots, done, allBots) {
  const { word, does, destructive } = VERBS[verb];
  const many = bots.length > 1;
  const problem = make("p", { className: "form-problem", role: "alert" });
  const reason = make("input", { className: "field", name: "reason", type: "text", maxLength: 200 });
  const no = make("button", { type: "button", className: "solid-button", textContent: "Cancel" });
  const yes = make("button", {
    type: "submit", className: "text-button danger",
    textContent: many ? `${word} ${bots.length} bots` : `${word} ${bots[0].name}`, "data-required-role": "operator",
  });
  const typed = destructive && many ? typing("KILL", yes) : null;
  const form = make("form", { className: "confirm-form" },
    make("ul", { className: "named-bots" }, ...bots.slice(0, NAMED).map(line),
      bots.length > NAMED ? make("li", { textContent: `and ${bots.length - NAMED} more` }) : null),
    make("p", { className: "consequence", textContent: does }), exposure(bots),
    make("label", { className: "form-row" }, make("span", { className: "form-name", textContent: "Why" }), reason),
    typed, problem,
    make("div", { className: "form-buttons" }, yes, make("span", { className: "spacer" }), no));
  no.addEventListener("click", () => dialog.close());
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    yes.disabled = true;
    send(verb, bots.map(({ name }) => name), done, reason.value, allBots).then(
      () => dialog.close(),
      (error) => { problem.textContent = error.message; yes.disabled = false; });
  });
  dialog.open(many ? `${word} ${bots.length} bots?` : `${word} ${bots[0].name}?`, form);
  no.focus();
}

function typing(word, yes) {
  const input = make("input", { className: "field", type: "text", name: "typed", autocomplete: "off" });
  yes.disabled = true;
  input.addEventListener("input", () => { yes.disabled = input.value !== word; });
  return make("label", { className: "form-row" },
    make("span", { className: "form-name", textContent: `Type ${word}` }), input);
}

function line({ name, instrument, currency, position, unrealised, state }) {
  const held = position ? `holds ${botFormats.size(position)}, ${format.profitIn(unrealised, currency)} unrealised` : "flat";
  return make("li", {}, make("strong", { textContent: name }),
    make("span", { textContent: ` ${instrument}, ${stateText(state)}, ${held}` }));
}

function exposure(bots) {
  const held = bots.filter(({ position }) => position);
  if (!held.length) return null;
  const worth = byCurrency(held.map((bot) => ({ ...bot, exposure: Math.abs(bot.exposure) })), ["exposure"])
    .map((sum) => format.moneyIn(sum.exposure, sum.currency)).join(" and ");
  return make("p", {
    className: "consequence",
    textContent: `${held.length} of them ${held.length > 1 ? "hold positions" : "holds a position"} worth ${worth}.`,
  });
}

// Of the allowed commands, those that have an effect.
export function useful({ allowed_commands: allowed, state, desired_state: desired, halted }) {
  const isPaused = state === "paused" || desired === "paused";
  return allowed.filter((verb) => (verb === "pause" ? !isPaused : verb === "resume" ? isPaused || halted : true));
}

// All active bots at once: one command, also to those that start meanwhile.
export function killAll(bots) {
  if (bots.length) confirm("kill", bots, undefined, true);
  else toast("No active bot to kill.");
}

export function request(verb, bots, done) {
  try {
    const requested = start(verb, bots, done);
    if (requested && requested.catch) requested.catch(fail);
  } catch (error) { fail(error); }
}
