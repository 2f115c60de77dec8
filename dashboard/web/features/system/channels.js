// Channels: settings, severities, last message, and a test of each.
import * as api from "../../core/api.js";
import { make } from "../../core/elements.js";
import * as format from "../../core/format.js";
import { liveTable } from "../../core/table.js";

const NAMES = {
  page: "In-app page", log: "Log", webhook: "Webhook", telegram: "Telegram", discord: "Discord", mail: "E-mail",
};
const OUTCOMES = {
  accepted: { text: "✓ accepted", tone: "ok" },
  refused: { text: "✕ refused", tone: "bad" },
  unreachable: { text: "▲ unreachable", tone: "warn" },
};
const STATES = { sent: "✓", waiting: "…", failed: "✕", dropped: "–" };

const named = (channel) => NAMES[channel] || channel;
const tries = (count) => `${count} ${count === 1 ? "try" : "tries"}`;

// The outcome of deliveries, as text.
export const deliveries = {
  short: ({ channel, state }) => `${STATES[state]} ${named(channel)}`,
  long(delivery) {
    return `${deliveries.short(delivery)}: ${deliveries.outcome(delivery)}`;
  },
  outcome({ state, attempts, problem, due_at: due, settled_at: settled }) {
    if (state === "sent") return `arrived ${format.ago(settled)} ago, ${tries(attempts)}`;
    if (state === "failed") return `given up ${format.ago(settled)} ago after ${tries(attempts)}: ${problem}`;
    if (state === "dropped") return "not sent: the alert ended first";
    if (attempts) return `next try at ${format.when(due)} after ${tries(attempts)}: ${problem}`;
    return new Date(due) > new Date() ? `waits until ${format.when(due)}` : "in progress";
  },
  tone: ({ state, attempts }) => (state === "failed" ? "bad" : state === "waiting" && attempts ? "warn" : ""),
};

export function channelList() {
  const table = liveTable([
    { title: "Channel", text: ({ name }) => named(name) },
    { title: "Configured", text: setUp, tone: ({ missing }) => (missing.length ? "muted" : "ok") },
    { title: "Severities", text: ({ min_severity: least }) => (least === "critical" ? "critical only" : `${least} and above`) },
    { title: "Quiet hours", text: quiet, hint: () => "Only critical alerts are sent in quiet hours; others wait" },
    { title: "Last message", text: last, tone: (row) => (row.last_delivery ? deliveries.tone(row.last_delivery) : "muted") },
    { title: "", make: tester, refresh: (node, row) => node.refresh(row) },
  ], ({ name }) => name, "Channels");
  table.node.className = "channels";

  function load() {
    // The rows stay in any case: the page shows that the server does not respond.
    api.get("/system/channels").then(table.show, () => {});
  }

  function tester({ name }) {
    const button = make("button", {
      className: "text-button", type: "button", textContent: "Test", "aria-label": `Test ${named(name)}`,
      "data-required-role": "operator",
    });
    const outcome = make("span", { className: "channel-outcome", role: "status" });
    const node = make("div", { className: "channel-test" }, button, outcome);
    let sending = false;
    let missing = [];

    function settle(text, tone) {
      sending = false;
      button.textContent = "Test";
      outcome.textContent = text;
      outcome.className = `channel-outcome ${tone}`;
      node.refresh({ missing });
    }

    node.refresh = (row) => {
      missing = row.missing;
      button.title = missing.length ? "It is not configured" : "Send a test now, whatever the severity and the hour";
      button.disabled = sending || missing.length > 0;
    };
    button.addEventListener("click", () => {
      sending = true;
      button.disabled = true;
      button.textContent = "Sending …";
      outcome.textContent = "";
      api.post("/system/channels/test", { channel: name }).then(({ outcome: came, problem }) => {
        const { text, tone } = OUTCOMES[came];
        settle(problem ? `${text}: ${problem}` : text, tone);
        load();
      }, (error) => settle(`✕ ${error.message}`, "bad"));
    });
    return node;
  }

  return {
    node: make("section", { className: "panel" }, make("h2", { textContent: "Channels" }),
      make("div", { className: "system-scroll" }, table.node)),
    load,
  };
}

function setUp({ missing }) {
  return missing.length ? `– not set up: ${missing.join(", ")} ${missing.length > 1 ? "are" : "is"} missing` : "✓ configured";
}

function quiet({ quiet_hours: hours }) {
  return hours ? `${hours.start.slice(0, 5)}–${hours.end.slice(0, 5)} UTC` : "none";
}

function last({ last_delivery: message }) {
  if (!message) return "none yet";
  const what = message.rule || "test";
  return `${STATES[message.state]} ${what}, ${deliveries.outcome(message)}`;
}
