// The head of a bot's page and the cards beside its chart: state, commands, money.
(function () {
  "use strict";
  const tt = (window.truetape = window.truetape || {});
  const { make, format } = tt;
  const TONES = {
    running: "good", paused: "paused", degraded: "warn", warming_up: "warn", stopping: "warn", failed: "bad",
  };

  let verifying = "";

  const element = (id) => document.getElementById(id);
  const tone = (value) => (value > 0 ? "up" : value < 0 ? "down" : "");

  function head(detail, reload) {
    const { row } = detail;
    const title = make("div", { className: "bot-title" },
      link("← Bots", "/bots"), make("h1", { textContent: row.name }),
      make("span", { className: `state-badge ${TONES[row.state] || "off"}`, "data-state": row.state, textContent: tt.fleet.state(row.state) }),
      verification(detail),
      make("span", { className: "spacer" }),
      ...controls(detail, reload));
    const about = [
      `${row.strategy}${row.parameters ? ` (${row.parameters})` : ""}`, `${row.instrument} ${row.timeframe}`,
      `version ${row.version}${row.next_version ? `, ${row.next_version} from the next start` : ""}`,
      row.reason ? `${row.reason}, ${tt.botFormats.ago(row.since)} ago` : "", row.degraded_reason === row.reason ? "" : row.degraded_reason, row.next_step,
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
      tt.setProps("url", { pathname: path, search: "" });
    });
    return made;
  }

  // Only allowed commands, the common ones first, the destructive ones apart.
  function controls(detail, reload) {
    const { row } = detail;
    const main = { start: "solid-button", resume: "solid-button" };
    const made = tt.botCommands.useful(row).map((verb) => {
      const { word, destructive } = tt.botCommands.VERBS[verb];
      const button = make("button", {
        type: "button", className: main[verb] || `text-button ${destructive ? "danger" : ""}`, textContent: word, "data-verb": verb,
        "data-required-role": "operator",
      });
      button.addEventListener("click", () => tt.botCommands.request(verb, [detail.row], reload));
      return button;
    });
    return [...made, ...settings(detail, reload)];
  }

  function settings(detail, reload) {
    const named = { name: detail.row.name, values: detail.values };
    const go = (name) => tt.setProps("url", { pathname: `/bots/${name}`, search: "" });
    const edit = tt.configForm.button("Edit", "text-button", () => tt.botForm.edit(named, reload));
    const clone = tt.configForm.button("Clone", "text-button", () => tt.botForm.clone(named, go));
    edit.disabled = detail.row.state === "archived";
    edit.dataset.requiredRole = clone.dataset.requiredRole = "operator";
    return [edit, clone];
  }

  // -- the last verification

  function verification(detail) {
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
    made.addEventListener("click", () => verify(detail));
    return made;
  }

  function verify(detail) {
    const { name } = detail.row;
    verifying = name;
    const again = () => { if (tt.bot.detail) head(tt.bot.detail, tt.bot.load); };
    again();
    tt.api.post("/fleet/verify", { name }).then((found) => {
      verifying = "";
      if (!tt.bot.detail || tt.bot.detail.row.name !== name) return;
      Object.assign(tt.bot.detail, { verification: found });
      Object.assign(tt.bot.detail.row, { verification: found });
      again();
      if (found.identical) tt.botCommands.toast(`${name}: identical, ${found.orders} orders and ${found.marks} marks replayed`);
      else tt.botCommands.toast(`${name} differs: ${found.difference}`, "red");
    }, (error) => {
      verifying = "";
      again();
      tt.botCommands.fail(error);
    });
  }

  // -- money and position

  // Protections are checked at every print, the maximum at closes and fills: they may differ.
  function sampling({ daily_before: daily }) {
    return "Drawdown: from the highest equity at any print, as its limit is checked. Maximum: over candle closes and fills"
      + `${daily ? `, of days before ${format.barTime(daily, 86400)} over their ends only` : ""}.`;
  }

  function money(detail) {
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
      ["Drawdown", tt.botFormats.ofLimit(row.drawdown, row.drawdown_limit), ""],
      ["Maximum drawdown", detail.max_drawdown === null ? "—" : `${format.number(detail.max_drawdown * 100, 2)} %`, ""],
    ], sampling(detail));
  }

  function position(detail) {
    const { row, price_decimals: decimals } = detail;
    const price = (value) => (value === null || value === undefined ? "none" : format.number(value, decimals));
    const count = detail.closed_round_trips.length;
    const lines = row.position ? [
      ["Side", row.position > 0 ? "▲ long" : "▼ short", row.position > 0 ? "up" : "down", "large"],
      ["Size", tt.botFormats.size(Math.abs(row.position)).replace("+", ""), ""],
      ["Worth", format.moneyIn(Math.abs(row.exposure), row.currency), ""],
      ["Entry", price(row.entry), ""], ["Market", price(row.price), ""],
      ["Stop", price(row.stop), ""], ["Target", price(row.target), ""],
      ["Holding time", tt.botFormats.ago(row.entry_at), ""],
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

  tt.botHead = { head, money, position };
})();
