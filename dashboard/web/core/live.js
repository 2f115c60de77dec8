// The only socket of this tab. Frames are absolute, so the next one repairs a loss; a gap that may not be
// repaired (new server, new connection, suspended tab) requests the snapshot again.
const FIRST_DELAY_MS = 250;
const CAP_DELAY_MS = 15000;
const SILENT_MS = 15000;
const RESYNC_EVERY_MS = 1000;
const POLL_MS = 5000;

const handlers = [];
let socket = null;
const watchers = new Map();
let topics = [];
let attempts = 0;
let receivedAt = 0;
let nonce = 0;
let resyncAt = 0;
let resyncTimer = 0;
let slept = false;

export const live = {
  connected: false,
  since: Date.now(),
  attempts: 0,
  epoch: null,
  numbers: {},
  feed: null,
  bus: true,
  alerts: null,
};

live.on = (handler) => handlers.push(handler);
// Each part of the page watches its own topics; all of them are sent to the server.
live.watch = function (partTopics, part) {
  watchers.set(part, partTopics);
  const all = [...new Set([...watchers.values()].flat())];
  if (all.join("\n") === topics.join("\n")) return;
  topics = all;
  live.numbers = {};
  notify({ type: "topics" });
  if (socket && socket.readyState === WebSocket.OPEN) send({ type: "watch", topics });
};

live.resync = function (reason) {
  window.clearTimeout(resyncTimer);
  const wait = resyncAt + RESYNC_EVERY_MS - Date.now();
  if (wait > 0) {
    resyncTimer = window.setTimeout(() => live.resync(reason), wait);
    return;
  }
  resyncAt = Date.now();
  nonce += 1;
  notify({ type: "stale", nonce, reason });
};

function send(message) {
  socket.send(JSON.stringify(message));
}

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

function received(event) {
  receivedAt = Date.now();
  for (const frame of JSON.parse(event.data)) take(frame);
}

function take(frame) {
  if (frame.type === "hello") greeted(frame);
  else if (frame.type === "watching") live.numbers = frame.numbers;
  else if (frame.type === "feed") fed(frame);
  else if (frame.type === "resync") live.resync("frames were lost");
  else if (document.hidden) slept = true;
  notify(frame);
}

function greeted(frame) {
  const again = live.epoch !== null;
  live.epoch = frame.epoch;
  live.connected = true;
  live.since = Date.now();
  attempts = live.attempts = 0;
  if (again) live.resync("connected again");
  notify({ type: "connection" });
}

function fed(frame) {
  const back = frame.bus_connected && !live.bus;
  live.feed = frame.feed;
  live.bus = frame.bus_connected;
  live.alerts = frame.open_alerts;
  if (back) live.resync("bus reconnected");
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

window.setInterval(() => {
  if (live.connected && Date.now() - receivedAt > SILENT_MS) socket.close();
}, 1000);

// Without the bus nothing is pushed: request the snapshot instead.
window.setInterval(() => {
  if (live.connected && !live.bus && !document.hidden) live.resync("polling");
}, POLL_MS);

document.addEventListener("visibilitychange", () => {
  if (!document.hidden && slept) {
    slept = false;
    live.resync("tab is seen again");
  }
});

connect();
