// The bots in the header of every page: how many run, how many have a problem, their money.
import { make } from "../../core/elements.js";
import * as format from "../../core/format.js";
import { live } from "../../core/live.js";

const MOST_IN_HEADER = 2;

/** @typedef {{currency: string, equity: number, profit_today: number}} Money */
/**
 * @typedef {object} Totals
 * @property {number} bots
 * @property {number} running
 * @property {number} warming_up
 * @property {number} paused
 * @property {number} stopped
 * @property {number} degraded
 * @property {number} failed
 * @property {Money[]} money by quote currency
 */

/** @type {Totals | null} */
let totals = null;
/** @type {((totals: Totals) => void)[]} */
const handlers = [];

/**
 * Calls `handler` with the totals of every frame.
 * @param {(totals: Totals) => void} handler
 */
export const onTotals = (handler) => handlers.push(handler);

function show() {
  const link = document.getElementById("fleet-link");
  const money = document.getElementById("fleet-equity");
  if (!link || !money || !totals) return;
  const failing = totals.failed + totals.degraded;
  const text = totals.bots ? `▶ ${totals.running}/${totals.bots} bots` : "No bots";
  const problems = failing ? ` · ✕ ${failing}` : "";
  if (link.textContent !== text + problems) link.textContent = text + problems;
  link.classList.toggle("bad", failing > 0);
  link.title = `${totals.running} running, ${totals.warming_up} warming up, ${totals.paused} paused, `
    + `${totals.stopped} stopped, ${totals.degraded} degraded, ${totals.failed} failed`;
  const texts = totals.money.map(({ currency, equity, profit_today: profit }) =>
    `${format.moneyIn(equity, currency)} (${format.profit(profit, currency)} today)`);
  if (money.dataset.shown !== texts.join("\n")) {
    money.dataset.shown = texts.join("\n");
    money.replaceChildren(...totals.money.slice(0, MOST_IN_HEADER).map(({ profit_today: profit }, at) => make("span", {
      className: profit > 0 ? "up" : profit < 0 ? "down" : "", textContent: texts[at],
    })), texts.length > MOST_IN_HEADER ? `+${texts.length - MOST_IN_HEADER} more` : "");
  }
  money.title = ["Equity of all bots by quote currency, and the UTC day's profit after fees", ...texts].join("\n");
}

live.on((frame) => {
  if (frame.type !== "fleet") return;
  totals = frame.totals;
  show();
  handlers.forEach((handler) => handler(frame.totals));
});
window.setInterval(show, 1000);
