// The user, the open sessions, and the audit log.
import * as api from "../../core/api.js";
import { make } from "../../core/elements.js";
import * as format from "../../core/format.js";
import { liveTable } from "../../core/table.js";
import { user } from "../shell/user.js";
import * as system from "./system.js";

const LABELS = { done: "● done", refused: "▲ refused", failed: "✕ failed" };

let sessions = null;
let commands = null;
let logins = null;
let refusals = null;
let me = null;
let others = null;
let current = "";

function mount() {
  sessions = liveTable([
    { title: "User", text: ({ id, name }) => (id === current ? `${name} (this browser)` : name) },
    { title: "Since", text: ({ started_at: at }) => format.when(at) },
    { title: "From", text: ({ address }) => address },
    { title: "Browser", text: ({ agent }) => agent },
    { title: "", make: revokeButton },
  ], ({ id }) => id, "Open sessions");
  commands = auditTable("Commands");
  logins = auditTable("Logins");
  refusals = auditTable("Refused", [
    { title: "Times", text: ({ count }) => format.number(count, 0) },
    { title: "First", text: ({ first_at: at }) => format.when(at) },
  ]);
  me = make("p", {});
  others = make("section", { className: "panel" }, make("h2", { textContent: "Open sessions" }),
    make("div", { className: "system-scroll" }, sessions.node));
  document.getElementById("system-access").replaceChildren(
    make("section", { className: "panel" }, make("h2", { textContent: "You" }), me), others,
    auditPanel("Commands", commands), auditPanel("Logins", logins),
    auditPanel("Refused commands and logins", refusals));
}

function auditTable(title, more = []) {
  return liveTable([
    { title: "When", text: ({ at }) => format.when(at) },
    ...more,
    { title: "User", text: ({ username, role }) => (username ? `${username} (${role})` : "not logged in") },
    { title: "From", text: ({ address }) => address },
    { title: "Request", text: ({ action }) => action },
    { title: "Parameters", text: ({ details }) => details },
    { title: "Outcome", text: ({ outcome }) => LABELS[outcome],
      tone: ({ outcome }) => (outcome === "done" ? "ok" : outcome === "failed" ? "bad" : "warn") },
    { title: "Note", text: ({ note }) => note },
  ], ({ key }) => key, title);
}

const auditPanel = (title, table) => make("section", { className: "panel" }, make("h2", { textContent: title }),
  make("div", { className: "system-scroll access-audit" }, table.node));

function revokeButton({ id }) {
  const button = make("button", {
    className: "text-button danger", type: "button", textContent: "End", title: "End this session",
  });
  button.addEventListener("click", () => {
    api.post("/access/sessions/revoke", { session: id })
      .then(load, system.failed("The session was not ended"));
  });
  return button;
}

function load() {
  const way = user.locked ? ""
    : " No user can log in, and only this machine reaches the page: truetape users adds users.";
  me.textContent = `You are ${user.name}, ${user.role}.${way}`;
  others.hidden = !user.locked;
  api.get("/access/sessions").then((response) => {
    current = response.current;
    sessions.show(response.sessions);
  }, system.failed("Sessions cannot be read"));
  showAudit("/access/audit?kind=commands", "commands", commands);
  showAudit("/access/audit?kind=logins", "logins", logins);
  // Repetitions are one line: who guesses passwords must not hide what others did.
  showAudit("/access/refusals", "refusals", refusals);
}

function showAudit(path, what, table) {
  api.get(path).then((entries) => {
    system.worked();
    table.show(entries.map((entry, at) => ({ ...entry, key: `${entry.at} ${entry.action} ${entries.length - at}` })));
  }, system.failed(`The list of ${what} cannot be read`));
}

system.tab("access", { mount, open: load });
