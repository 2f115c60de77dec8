// The head of a bot's page and the cards beside its chart: state, commands, money.
import * as api from "../../core/api.js";
import { button, make } from "../../core/elements.js";
import * as format from "../../core/format.js";
import { setProps } from "../../core/props.js";
import * as botCommands from "./commands.js";
import * as botForm from "./form.js";
import * as botFormats from "./formats.js";
import { stateText } from "./states.js";

const TONES = {
  running: "good", paused: "paused", degraded: "warn", warming_up: "warn", stopping: "warn", failed: "bad",
};

let verifying = "";

const element = (id) => document.getElementById(id);
const tone = (value) => (value > 0 ? "up" : value < 0 ? "down" : "");

// `page` has `detail`, and `load()` to read it again.
export function head(page) {
  const { detail } = page;
  const { row } = detail;
  const title = make("div", { className: "bot-title" },
    link("← Bots", "/bots"), make("h1", { textContent: row.name }),
    make("span", { className: `state-badge ${TONES[row.state] || "off"}`, "data-state": row.state, textContent: stateText(row.state) }),
    verification(page),
    make("span", { className: "spacer" }),
    ...controls(detail, page.load));
  const about = [
    `${row.strategy}${row.parameters ? ` (${row.parameters})` : ""}`, `${row.instrument} ${row.timeframe}`,
    `version ${row.version}${row.next_version ? `, ${row.next_version} from the next start` : ""}`,
    row.reason ? `${row.reason}, ${botFormats.ago(row.since)} ago` : "", row.degraded_reason === row.reason ? "" : row.degraded_reason, row.next_step,
  ];
  const desired = row.desired_state !== row.state && row.desired_state !== "created" && row.state !== "archived"
    ? make("p", { className: "desired-state", textContent: `desired state: ${row.desired_state}` }) : null;
  element("bot-head").replaceChildren(title,
    make("p", { className: "result-about", textContent: about.filter(Boolean).join(" · ") }), ...[desired].filter(Boolean),
    ...detail.warnings.map((text) => make("p", { className: "warning-line", textContent: `! ${text}` })));
}

function link(text, path) {
  const made = make("a", { href: path, textContent: text, className: "back" });
  made.addEventListener("click", (event) => {
    event.preventDefault();
    setProps("url", { pathname: path, search: "" });
  });
  return made;
}

// Only allowed commands, the common ones first, the destructive ones apart.
function controls(detail, reload) {
  const { row } = detail;
  const main = { start: "solid-button", resume: "solid-button" };
  const made = botCommands.useful(row).map((verb) => {
    const { word, destructive } = botCommands.VERBS[verb];
    const button = make("button", {
      type: "button", className: main[verb] || `text-button ${destructive ? "danger" : ""}`, textContent: word, "data-verb": verb,
      "data-required-role": "operator",
    });
    button.addEventListener("click", () => botCommands.request(verb, [detail.row], reload));
    return button;
  });
  return [...made, ...settings(detail, reload)];
}

function settings(detail, reload) {
  const named = { name: detail.row.name, values: detail.values };
  const go = (name) => setProps("url", { pathname: `/bots/${name}`, search: "" });
  const edit = button("Edit", "text-button", () => botForm.edit(named, reload));
  const clone = button("Clone", "text-button", () => botForm.clone(named, go));
  edit.disabled = detail.row.state === "archived";
  edit.dataset.requiredRole = clone.dataset.requiredRole = "operator";
  return [edit, clone];
}

// -- the last verification

function verification(page) {
  const { detail } = page;
  const found = detail.row.verification === undefined ? detail.verification : detail.row.verification;
  const busy = verifying === detail.row.name;
  const text = busy ? "◔ Replaying" : !found ? "Verify" : found.identical ? "✓ Identical" : "✕ Differs";
  const kind = busy || !found ? "" : found.identical ? "ok-badge" : "bad-badge";
  const made = make("button", {
    type: "button", id: "bot-verify", className: `badge verify ${kind}`, textContent: text, disabled: busy,
    "data-required-role": "operator",
  });
  made.title = !found || busy ? "Replay the bot from tape, signals and journal, and compare every order and mark"
    : `${found.difference ? `${found.cause}: ${found.difference}` : "Replayed to the last digit"}: ${found.orders} orders, ${found.marks} marks, `
      + `${String(found.digest).slice(0, 16)}, checked ${format.barTime(new Date(found.verified_at) / 1000, 1)} UTC`;
  made.addEventListener("click", () => verify(page));
  return made;
}

function verify(page) {
  const { name } = page.detail.row;
  verifying = name;
  const again = () => { if (page.detail) head(page); };
  again();
  api.post("/bots/verify", { name }).then((found) => {
    verifying = "";
    if (!page.detail || page.detail.row.name !== name) return;
    Object.assign(page.detail, { verification: found });
    Object.assign(page.detail.row, { verification: found });
    again();
    if (found.identical) botCommands.toast(`${name}: identical, ${found.orders} orders and ${found.marks} marks replayed`);
    else botCommands.toast(`${name} differs: ${found.difference}`, "red");
  }, (error) => {
    verifying = "";
    again();
    botCommands.fail(error);
  });
}

// -- money and position

// Protections are checked at every print, the maximum at closes and fills: they may differ.
function sampling({ daily_before: daily }) {
  return "Drawdown: from the highest equity at any print, as its limit is checked. Maximum: over candle closes and fills"
    + `${daily ? `, of days before ${format.barTime(daily, 86400)} over their ends only` : ""}.`;
}

export function money(detail) {
  const { row } = detail;
  const percent = (value) => (value === null ? "" : ` (${format.signed(value * 100, 2)} %)`);
  const plain = (value) => format.money(value, row.currency);
  const profit = (value) => format.profit(value, row.currency);
  card("bot-money", row.currency ? `Money, ${row.currency}` : "Money", [
    ["Equity", plain(row.equity), "", "large"],
    ["Today", profit(row.profit_today) + percent(row.return_today), tone(row.profit_today)],
    ["Total, after fees", profit(row.total_profit) + percent(row.total_return), tone(row.total_profit)],
    ["Realised", profit(row.realised), tone(row.realised)],
    ["Unrealised", profit(row.unrealised), tone(row.unrealised)],
    ["Fees paid", plain(row.fees), ""],
    ["Paid in", plain(row.capital), ""],
    ["Drawdown", botFormats.ofLimit(row.drawdown, row.drawdown_limit), ""],
    ["Maximum drawdown", detail.max_drawdown === null ? "—" : `${format.number(detail.max_drawdown * 100, 2)} %`, ""],
  ], sampling(detail));
}

export function position(detail) {
  const { row, price_decimals: decimals } = detail;
  const price = (value) => (value === null || value === undefined ? "none" : format.number(value, decimals));
  const count = detail.closed_round_trips.length;
  const lines = row.position ? [
    ["Side", row.position > 0 ? "▲ long" : "▼ short", row.position > 0 ? "up" : "down", "large"],
    ["Size", botFormats.size(Math.abs(row.position)).replace("+", ""), ""],
    ["Worth", format.moneyIn(Math.abs(row.exposure), row.currency), ""],
    ["Entry", price(row.entry), ""], ["Market", price(row.price), ""],
    ["Stop", price(row.stop), ""], ["Target", price(row.target), ""],
    ["Holding time", botFormats.ago(row.entry_at), ""],
  ] : [["Side", "flat", "", "large"], ["Market", price(row.price), ""]];
  if (row.halted) lines.push(["Halted", row.halted, "warn"]);
  card("bot-position", "Position", [...lines,
    ["Round trips", String(count), ""],
    ["Won", count ? `${format.number((detail.won / count) * 100, 1)} %` : "—", ""],
    ["Fills today", String(row.fills_today), ""]]);
}

function card(id, title, lines, note = "") {
  element(id).replaceChildren(...[make("h2", { textContent: title }),
    make("dl", {}, ...lines.flatMap(([name, text, kind, extra]) => [
      make("dt", { textContent: name }),
      make("dd", { className: [kind, extra || ""].join(" ").trim(), textContent: text })])),
  note ? make("p", { className: "muted", textContent: note }) : null].filter(Boolean));
}
