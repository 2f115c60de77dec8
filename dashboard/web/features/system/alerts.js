// Alerts: open ones with their actions, closed ones, and deliveries.
import * as api from "../../core/api.js";
import { make } from "../../core/elements.js";
import * as format from "../../core/format.js";
import { liveTable } from "../../core/table.js";
import { channelList, deliveries } from "./channels.js";
import { remedy } from "./remedies.js";
import * as system from "./system.js";

const MARKS = { info: "●", warning: "▲", critical: "✕" };
const RANGES = [["24", "24 hours"], ["168", "7 days"], ["720", "30 days"]];
const MUTES = [["1", "Mute 1 h"], ["8", "Mute 8 h"], ["24", "Mute 24 h"], ["168", "Mute 7 days"]];
const BEFORE_MS = 5 * 60 * 1000;
// Messages are sent within seconds of an alert.
const EVERY_MS = 5000;

let open = null;
let mutes = null;
let history = null;
let none = null;
let channels = null;
let listed = [];
let sent = new Map();
let hours = "24";
let shown = "";
let timer = 0;

const named = ({ rule, subject, opened_at: at }) => `${rule} ${subject} ${at}`;

function mount() {
  open = make("div", { className: "alert-list", "aria-live": "polite" });
  mutes = make("div", { className: "mute-list" });
  history = historyTable();
  channels = channelList();
  listed = [];
  none = make("p", { className: "empty", textContent: "No alert opened in this time." });
  shown = "";
  const select = make("select", { className: "field", "aria-label": "History of" },
    ...RANGES.map(([value, label]) => make("option", { value, textContent: label })));
  select.value = hours;
  select.addEventListener("change", () => { hours = select.value; load(); });
  document.getElementById("system-alerts").replaceChildren(
    make("section", { className: "panel" }, make("h2", { textContent: "Open" }), open, mutes),
    channels.node,
    make("section", { className: "panel" },
      make("div", { className: "panel-head" }, make("h2", { textContent: "History" }), select),
      make("div", { className: "system-scroll" }, history.node), none));
}

function historyTable() {
  return liveTable([
    { title: "Opened", text: ({ opened_at: at }) => format.when(at) },
    { title: "Lasted", text: lasted },
    { title: "Severity", make: () => make("span", {}), refresh: severity },
    { title: "What", text: ({ summary }) => summary },
    { title: "Evidence", text: ({ evidence }) => evidence },
    { title: "How it ended", text: ({ resolution, resolved_at: at }) => (at ? resolution : "open") },
    { title: "Notifications", text: (alert) => messages(alert).map(deliveries.short).join(" · "),
      hint: (alert) => messages(alert).map(deliveries.long).join("\n") },
    { title: "Acknowledged by", text: ({ acknowledged_by: user }) => user },
    { title: "", make: (alert) => logButton(alert) },
  ], named, "History of alerts");
}

function lasted({ since, resolved_at: end }) {
  return end ? format.ago(since, end) : `${format.ago(since)} so far`;
}

function severity(node, alert) {
  node.className = `severity ${alert.severity}`;
  node.textContent = `${MARKS[alert.severity]} ${alert.severity}`;
}

function load() {
  api.get(`/system/alerts?hours=${hours}`).then((alerts) => {
    system.worked();
    listed = alerts;
    history.show(alerts);
    none.hidden = alerts.length > 0;
  }, system.failed("The history of alerts cannot be read"));
  follow();
}

// -- deliveries

const messages = (alert) => sent.get(named(alert)) || [];

function follow() {
  window.clearTimeout(timer);
  channels.load();
  api.get(`/system/deliveries?hours=${hours}`).then(group, () => {});
  timer = window.setTimeout(() => {
    const panel = system.panel("alerts");
    if (panel && !panel.hidden) follow();
  }, EVERY_MS);
}

function group(deliveries) {
  sent = new Map();
  for (const delivery of deliveries) {
    sent.set(named(delivery), [...(sent.get(named(delivery)) || []), delivery]);
  }
  history.show(listed);
  for (const node of open.querySelectorAll(".alert-notifications")) showDeliveries(node);
}

function deliveriesOf(alert) {
  const node = make("ul", { className: "alert-notifications", "data-alert": named(alert), "aria-label": "Notifications sent" });
  showDeliveries(node);
  return node;
}

function showDeliveries(node) {
  const all = sent.get(node.dataset.alert) || [];
  node.replaceChildren(...all.map((delivery) =>
    make("li", { className: deliveries.tone(delivery) || "muted", textContent: deliveries.long(delivery) })));
}

// -- open ones

function frame(overview) {
  const text = JSON.stringify([overview.alerts, overview.mutes, overview.read_at === null]);
  if (text === shown || !open) return;
  // A button about to be pressed must not vanish: only changes are redrawn.
  shown = text;
  const rows = overview.alerts.map((alert) => card(alert, overview));
  open.replaceChildren(...(rows.length ? rows : [make("p", {
    className: "empty",
    textContent: overview.read_at ? "✓ Nothing is wrong." : "Not known: the database has not answered yet.",
  })]));
  mutes.replaceChildren(...overview.mutes.map(mute));
  if (!document.querySelector('#system [data-panel="alerts"]').hidden) load();
}

function card(alert, { mutes: all, now }) {
  const muted = all.some(({ rule, subject }) => rule === alert.rule && subject === alert.subject);
  const mark = make("span", {});
  severity(mark, alert);
  const seen = alert.acknowledged_at
    ? `seen by ${alert.acknowledged_by} ${format.ago(alert.acknowledged_at, now)} ago` : "";
  return make("article", { className: "alert-card", "data-severity": alert.severity },
    make("header", {}, mark, make("strong", { textContent: alert.summary })),
    make("p", { textContent: alert.evidence }),
    make("p", { className: "muted", textContent: [
      `since ${format.when(alert.since)}`, alert.notification_count > 1 ? `notified ${alert.notification_count} times` : "", seen,
      muted ? "muted" : "",
    ].filter(Boolean).join(" · ") }),
    deliveriesOf(alert),
    remedy(alert.remedy, named(alert)),
    make("footer", {}, acknowledge(alert), muteChoice(alert), logButton(alert)));
}

function acknowledge(alert) {
  const button = make("button", {
    className: "text-button", type: "button", textContent: "Acknowledge",
    hidden: Boolean(alert.acknowledged_at), title: "Stop its repeated notifications", "data-required-role": "operator",
  });
  button.addEventListener("click", () => command("acknowledge", alert, {}));
  return button;
}

function muteChoice(alert) {
  const select = make("select", {
    className: "field", "aria-label": `Mute ${alert.summary}`,
    title: "The alert stays on this page, and no notification is sent", "data-required-role": "operator",
  },
    make("option", { value: "", textContent: "Mute …" }),
    ...MUTES.map(([value, textContent]) => make("option", { value, textContent })));
  select.addEventListener("change", () => {
    if (select.value) command("mute", alert, { hours: Number(select.value) });
  });
  return select;
}

function mute({ rule, subject, until, by, reason }) {
  const button = make("button", {
    className: "text-button", type: "button", textContent: "Unmute", title: "Deliver it again",
    "data-required-role": "operator",
  });
  button.addEventListener("click", () => command("unmute", { rule, subject }, {}));
  const why = reason ? `: ${reason}` : "";
  return make("p", {}, make("span", {
    className: "muted", textContent: `${rule} of ${subject} is muted until ${format.when(until)} by ${by}${why} `,
  }), button);
}

function command(what, { rule, subject }, more) {
  api.post(`/system/alerts/${what}`, { rule, subject, ...more })
    .then(() => { system.worked(); load(); }, system.failed(`Could not ${what} the alert`));
}

// -- from an alert to its log lines

function logButton(alert) {
  const button = make("button", {
    className: "text-button", type: "button", textContent: "Log lines",
    title: "What was logged when it opened",
  });
  button.addEventListener("click", () => {
    const opened = new Date(alert.opened_at).getTime();
    const until = new Date(opened + BEFORE_MS);
    const query = { tab: "logs", level: "INFO" };
    if (until < new Date()) query.until = until.toISOString();
    const [kind, name] = alert.subject.split(":");
    if (name && ["process", "collector"].includes(kind)) query.process = name;
    system.go(query);
  });
  return button;
}

system.tab("alerts", { mount, open: load, frame });
