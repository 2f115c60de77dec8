// The System page: the address selects the tab; data are received over the socket.
import * as format from "../../core/format.js";
import { live } from "../../core/live.js";
import * as shell from "../shell/shell.js";
import { user } from "../shell/user.js";

const POLL_MS = 300;
const tabs = {};

let mounted = null;
let shown = null;
let latest = null;

const element = (id) => document.getElementById(id);

// A tab: `mount()`, `open(query)` when it is shown, `frame(overview)` and `lines(lines)` while it is.
export function tab(name, given) {
  tabs[name] = given;
}

// Changes the address, which opens the tab again.
export function go(query) {
  const search = new URLSearchParams(query).toString();
  window.history.pushState({}, "", `/system${search ? `?${search}` : ""}`);
  applyAddress();
}

export const panel = (name) => document.querySelector(`#system [data-panel="${name}"]`);

export const failed = (title) => (error) => shell.problem("system", { title, action: error.message });

export function worked() {
  shell.problem("system", null);
}

function applyAddress() {
  const page = element("system");
  if (!page) {
    if (mounted) leave();
    return;
  }
  const topics = ["system", "logs"];
  // Log lines with the commands of other users are for admins.
  if (user.may("admin")) topics.push("commands");
  live.watch(topics, "system");
  if (mounted === page && shown === window.location.search) return;
  const fresh = mounted !== page;
  mounted = page;
  shown = window.location.search;
  open(new URLSearchParams(shown), fresh);
}

function leave() {
  mounted = shown = null;
  shell.title(null);
  worked();
  live.watch([], "system");
}

function open(query, fresh) {
  const name = query.get("tab") in tabs ? query.get("tab") : "overview";
  shell.title("System");
  for (const button of document.querySelectorAll("#system [data-tab]")) {
    if (button.dataset.tab === name) button.setAttribute("aria-current", "true");
    else button.removeAttribute("aria-current");
  }
  for (const each of document.querySelectorAll("#system [data-panel]")) {
    each.hidden = each.dataset.panel !== name;
  }
  if (fresh) for (const each of Object.values(tabs)) each.mount();
  tabs[name].open(query);
  if (latest) frame(latest);
}

function frame(overview) {
  latest = overview;
  // It may be called just after the page was left.
  if (!mounted || !element("system")) return;
  note(overview);
  for (const each of Object.values(tabs)) if (each.frame) each.frame(overview);
}

function note({ problem, read_at: readAt }) {
  const host = element("system-note");
  host.hidden = !problem;
  const since = readAt ? `What is below is of ${format.when(readAt)}.` : "Nothing is known yet.";
  host.textContent = problem ? `${problem}. ${since} The page retries every two seconds.` : "";
  mounted.classList.toggle("stale", Boolean(problem));
}

document.addEventListener("click", ({ target }) => {
  const button = target.closest("#system [data-tab]");
  if (button) go(button.dataset.tab === "overview" ? {} : { tab: button.dataset.tab });
});

live.on((message) => {
  if (message.type === "system") frame(message.system);
  else if (message.type === "logs" && mounted && tabs.logs) tabs.logs.lines(message.lines);
});

window.addEventListener("popstate", applyAddress);
window.setInterval(applyAddress, POLL_MS);
