// The only socket of this tab. Frames are absolute, so the next one repairs a loss; a gap that may not be
// repaired (new server, new connection, suspended tab) requests the snapshot again.
import { watchedBy } from "./topics.js";

/**
 * @typedef {object} Feed The state of the market data, as the server words it.
 * @property {"ok" | "lagging" | "reconnecting" | "off"} state
 * @property {string} text
 * @property {string} detail
 * @property {string | null} since
 * @property {string} endpoint
 * @property {boolean} unreachable
 * @property {string | null} retry_at
 */
/** @typedef {Record<string, any> & {type: string}} Frame Its fields depend on its type: dashboard/live/protocol.py. */

const FIRST_DELAY_MS = 250;
const CAP_DELAY_MS = 15000;
const SILENT_MS = 15000;
const RESYNC_EVERY_MS = 1000;
const POLL_MS = 5000;

/** @type {((frame: Frame) => void)[]} */
const handlers = [];
/** @type {WebSocket | null} */
let socket = null;
/** @type {Map<string, string[]>} */
const watchers = new Map();
/** @type {string[]} */
let topics = [];
let attempts = 0;
let receivedAt = 0;
let nonce = 0;
let resyncAt = 0;
let resyncTimer = 0;
let slept = false;

/** What is known of the connection, and how to use it. */
export const live = {
  connected: false,
  // When it connected, or was lost.
  since: Date.now(),
  attempts: 0,
  // Another server has another.
  epoch: /** @type {string | null} */ (null),
  // Of each confirmed topic, the frames that were sent before the first one received here.
  numbers: /** @type {Record<string, number>} */ ({}),
  feed: /** @type {Feed | null} */ (null),
  bus: true,
  alerts: /** @type {number | null} */ (null),
  on,
  watch,
  resync,
};

/**
 * Calls `handler` with every frame, also with those of this module: connection, topics, stale.
 * @param {(frame: Frame) => void} handler
 */
function on(handler) {
  handlers.push(handler);
}

/**
 * Each part of the page watches its own topics; all of them are sent to the server.
 * @param {string[]} partTopics
 * @param {string} part
 */
function watch(partTopics, part) {
  watchers.set(part, partTopics);
  const all = watchedBy(watchers);
  if (all.join("\n") === topics.join("\n")) return;
  topics = all;
  live.numbers = {};
  notify({ type: "topics" });
  if (socket && socket.readyState === WebSocket.OPEN) send({ type: "watch", topics });
}

/**
 * Requests that pages read their snapshots again, at most once a second.
 * @param {string} reason
 */
function resync(reason) {
  window.clearTimeout(resyncTimer);
  const wait = resyncAt + RESYNC_EVERY_MS - Date.now();
  if (wait > 0) {
    resyncTimer = window.setTimeout(() => resync(reason), wait);
    return;
  }
  resyncAt = Date.now();
  nonce += 1;
  notify({ type: "stale", nonce, reason });
}

/** @param {object} message */
function send(message) {
  socket?.send(JSON.stringify(message));
}

/** @param {Frame} frame */
function notify(frame) {
  for (const handler of handlers) handler(frame);
}

function connect() {
  const scheme = window.location.protocol === "https:" ? "wss" : "ws";
  socket = new WebSocket(`${scheme}://${window.location.host}/live`);
  socket.onopen = opened;
  socket.onmessage = received;
  socket.onclose = closed;
}

function opened() {
  receivedAt = Date.now();
  if (topics.length) send({ type: "watch", topics });
}

/** @param {MessageEvent<string>} event */
function received(event) {
  receivedAt = Date.now();
  for (const frame of JSON.parse(event.data)) take(frame);
}

/** @param {Frame} frame */
function take(frame) {
  if (frame.type === "hello") greeted(frame);
  else if (frame.type === "watching") live.numbers = frame.numbers;
  else if (frame.type === "feed") fed(frame);
  else if (frame.type === "resync") resync("frames were lost");
  else if (document.hidden) slept = true;
  notify(frame);
}

/** @param {Frame} frame */
function greeted(frame) {
  const again = live.epoch !== null;
  live.epoch = frame.epoch;
  live.connected = true;
  live.since = Date.now();
  attempts = live.attempts = 0;
  if (again) resync("connected again");
  notify({ type: "connection" });
}

/** @param {Frame} frame */
function fed(frame) {
  const back = frame.bus_connected && !live.bus;
  live.feed = frame.feed;
  live.bus = frame.bus_connected;
  live.alerts = frame.open_alerts;
  if (back) resync("bus reconnected");
}

function closed() {
  if (live.connected) live.since = Date.now();
  live.connected = false;
  attempts += 1;
  live.attempts = attempts;
  notify({ type: "connection" });
  const delay = Math.min(CAP_DELAY_MS, FIRST_DELAY_MS * 2 ** Math.min(attempts - 1, 10));
  window.setTimeout(connect, delay * (0.5 + Math.random()));
}

/** Connects; called once, by the entry. */
export function start() {
  window.setInterval(() => {
    if (live.connected && Date.now() - receivedAt > SILENT_MS) socket?.close();
  }, 1000);

  // Without the bus nothing is pushed: request the snapshot instead.
  window.setInterval(() => {
    if (live.connected && !live.bus && !document.hidden) resync("polling");
  }, POLL_MS);

  document.addEventListener("visibilitychange", () => {
    if (!document.hidden && slept) {
      slept = false;
      resync("tab is seen again");
    }
  });

  connect();
}
