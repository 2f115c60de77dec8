// The shell: clock, title, the badge with the state of the feed, and the banner with its reason.
import * as format from "../../core/format.js";
import { live } from "../../core/live.js";

const LABELS = { ok: "Live", lagging: "Lagging", reconnecting: "Reconnecting", off: "Off" };
const base = document.title;
/** @typedef {import("../../core/live.js").Feed} Feed */
/** @typedef {{title: string, action: string, command?: string}} Message */

/** @type {Map<string, Message | null>} */
const problems = new Map();
let skew = 0;

const element = (/** @type {string} */ id) => document.getElementById(id);

function feedStatus() {
  if (!live.connected) {
    const word = live.attempts > 1 ? `Reconnecting (${live.attempts})` : "Reconnecting";
    return { state: "reconnecting", word, detail: "The dashboard server does not respond" };
  }
  if (!live.feed) return { state: "lagging", word: "Connecting", detail: "" };
  if (!live.bus) {
    return { state: "off", word: "Not live", detail: "Redis is down; polling every 5 s" };
  }
  const { state, text, detail } = live.feed;
  return { state, word: LABELS[state], detail: [text, detail].filter(Boolean).join(": ") };
}

function showBadge() {
  const badge = element("feed-badge");
  const text = element("feed-text");
  if (!badge || !text) return;
  const { state, word, detail } = feedStatus();
  badge.dataset.state = state;
  badge.title = detail;
  if (text.textContent !== word) text.textContent = word;
}

// How many topics the server has confirmed.
function showTopics() {
  const badge = element("feed-badge");
  if (badge) badge.dataset.topics = String(Object.keys(live.numbers).length);
}

function showAlerts() {
  const link = element("alerts-link");
  const count = element("alert-count");
  if (!link || !count) return;
  const { alerts } = live;
  const text = alerts ? String(alerts) : "";
  const label = alerts === null ? "Alerts: not known yet" : `Open alerts: ${alerts}`;
  if (count.textContent !== text) count.textContent = text;
  link.title = label;
  link.setAttribute("aria-label", label);
  link.dataset.state = alerts ? "open" : "quiet";
}

// -- the banner

/** @param {string | number} time */
function at(time) {
  const date = new Date(time);
  return `${format.day(date)} ${format.clock(date)} UTC`;
}

function messages() {
  const found = [...problems.values()].flatMap((each) => each ?? []);
  if (!live.connected && live.attempts > 2) {
    found.push({
      title: `The dashboard server has not responded since ${at(live.since)}`,
      action: "This page reconnects automatically. It shows the last values received.",
    });
  }
  if (live.connected && !live.bus) {
    found.push({
      title: "Redis is down", action: "Live updates are off; this page polls every 5 s instead.",
    });
  }
  if (live.connected && live.feed && live.feed.state !== "ok") found.push(feedMessage(live.feed));
  return found;
}

/**
 * @param {Feed} feed
 * @returns {Message}
 */
function feedMessage(feed) {
  const since = feed.since ? ` since ${at(feed.since)}` : "";
  const parts = [feed.detail];
  if (feed.unreachable) parts.push(`Trying ${feed.endpoint} again${retry(feed)}.`);
  const host = element("banner");
  return {
    title: `${feed.text}${since}`,
    action: parts.filter(Boolean).join(" "),
    command: feed.unreachable && host?.dataset.demo ? host.dataset.demo : "",
  };
}

/** @param {Feed} feed */
function retry(feed) {
  if (!feed.retry_at) return "";
  const wait = (new Date(feed.retry_at).getTime() - (Date.now() + skew)) / 1000;
  return wait > 0.5 ? ` in ${format.age(wait)}` : " now";
}

function showBanner() {
  const host = element("banner");
  if (!host) return;
  const found = messages();
  const text = JSON.stringify(found);
  if (host.dataset.shown === text) return;
  host.dataset.shown = text;
  host.replaceChildren(...found.map(line));
}

/** @param {Message} message */
function line({ title, action, command }) {
  const row = document.createElement("div");
  row.className = "banner-line";
  row.append(textNode("strong", title), textNode("span", action));
  if (command) row.append(textNode("span", "Without a connection, run the demo:"));
  if (command) row.append(textNode("code", command));
  return row;
}

/**
 * @param {string} tag
 * @param {string} text
 */
function textNode(tag, text) {
  const node = document.createElement(tag);
  node.textContent = text || "";
  return node;
}

function showWhere() {
  for (const link of document.querySelectorAll(".nav-link")) {
    if (!(link instanceof HTMLAnchorElement)) continue;
    const { pathname } = new URL(link.href);
    const below = pathname !== "/" && window.location.pathname.startsWith(`${pathname}/`);
    const here = pathname === window.location.pathname || below;
    if (here) link.setAttribute("aria-current", "page");
    else link.removeAttribute("aria-current");
  }
}

// -- the clock and other parts

function tick() {
  const clock = element("clock");
  const now = new Date(Date.now() + skew);
  if (clock) clock.textContent = format.clock(now);
  const gone = !live.connected && Date.now() - live.since > 10000;
  document.body.classList.toggle("server-gone", gone);
  showWhere();
  showBadge();
  showAlerts();
  showBanner();
}

live.on((frame) => {
  if (frame.type === "feed") skew = new Date(frame.now).getTime() - Date.now();
  if (frame.type === "watching" || frame.type === "topics") showTopics();
  if (frame.type === "feed" || frame.type === "connection") tick();
});

/**
 * @param {string} kind
 * @param {Message | null} found
 */
export function problem(kind, found) {
  problems.set(kind, found);
  showBanner();
}

/** @param {string | null} text */
export function title(text) {
  const shown = text ? `${text} · ${base}` : base;
  if (document.title !== shown) document.title = shown;
}

window.setInterval(tick, 1000);
