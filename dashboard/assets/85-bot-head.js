// The head of a bot's page and the cards beside its chart: its state, what can be asked, its money.
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

  function head(story, reload) {
    const { row } = story;
    const title = make("div", { className: "bot-title" },
      link("← Bots", "/bots"), make("h1", { textContent: row.name }),
      make("span", { className: `state-badge ${TONES[row.state] || "off"}`, "data-state": row.state, textContent: tt.fleet.state(row.state) }),
      verdict(story),
      make("span", { className: "spacer" }),
      ...controls(story, reload));
    const about = [
      `${row.strategy}${row.parameters ? ` (${row.parameters})` : ""}`, `${row.instrument} ${row.timeframe}`,
      `version ${row.version}${row.next_version ? `, ${row.next_version} from the next start` : ""}`,
      row.reason ? `${row.reason}, ${tt.botWords.ago(row.since)} ago` : "", row.trouble === row.reason ? "" : row.trouble, row.then,
    ];
    const wanted = row.wanted !== row.state && row.wanted !== "created" && row.state !== "archived"
      ? make("p", { className: "desired-state", textContent: `desired state: ${row.wanted}` }) : null;
    element("bot-head").replaceChildren(title,
      make("p", { className: "result-about", textContent: about.filter(Boolean).join(" · ") }), ...[wanted].filter(Boolean),
      ...story.warnings.map((text) => make("p", { className: "warning-line", textContent: `! ${text}` })));
  }

  function link(text, path) {
    const made = make("a", { href: path, textContent: text, className: "back" });
    made.addEventListener("click", (event) => {
      event.preventDefault();
      tt.setProps("url", { pathname: path, search: "" });
    });
    return made;
  }

  // Only what the state allows, the usual first; the grave ones apart.
  function controls(story, reload) {
    const { row } = story;
    const main = { start: "solid-button", resume: "solid-button" };
    const made = tt.botCommands.useful(row).map((verb) => {
      const { word, grave } = tt.botCommands.VERBS[verb];
      const button = make("button", {
        type: "button", className: main[verb] || `text-button ${grave ? "danger" : ""}`, textContent: word, "data-verb": verb,
        "data-required-role": "operator",
      });
      button.addEventListener("click", () => tt.botCommands.ask(verb, [story.row], reload));
      return button;
    });
    return [...made, ...settings(story, reload)];
  }

  function settings(story, reload) {
    const named = { name: story.row.name, values: story.values };
    const go = (name) => tt.setProps("url", { pathname: `/bots/${name}`, search: "" });
    const edit = tt.configForm.button("Edit", "text-button", () => tt.botForm.edit(named, reload));
    const clone = tt.configForm.button("Clone", "text-button", () => tt.botForm.clone(named, go));
    edit.disabled = story.row.state === "archived";
    edit.dataset.requiredRole = clone.dataset.requiredRole = "operator";
    return [edit, clone];
  }

  // -- whether it is what its logs say

  function verdict(story) {
    const found = story.row.verdict === undefined ? story.verdict : story.row.verdict;
    const busy = verifying === story.row.name;
    const text = busy ? "◔ Replaying" : !found ? "Verify" : found.identical ? "✓ Identical" : "✕ Differs";
    const kind = busy || !found ? "" : found.identical ? "ok-badge" : "bad-badge";
    const made = make("button", {
      type: "button", id: "bot-verify", className: `badge verify ${kind}`, textContent: text, disabled: busy,
      "data-required-role": "operator",
    });
    made.title = !found || busy ? "Replay the bot from tape, signals and journal, and compare every order and mark"
      : `${found.difference ? `${found.cause}: ${found.difference}` : "Replayed to the last digit"}: ${found.orders} orders, ${found.marks} marks, `
        + `${String(found.digest).slice(0, 16)}, checked ${format.barTime(new Date(found.checked_at) / 1000, 1)} UTC`;
    made.addEventListener("click", () => verify(story));
    return made;
  }

  function verify(story) {
    const { name } = story.row;
    verifying = name;
    const again = () => { if (tt.bot.story) head(tt.bot.story, tt.bot.load); };
    again();
    tt.api.post("/fleet/verify", { name }).then((found) => {
      verifying = "";
      if (!tt.bot.story || tt.bot.story.row.name !== name) return;
      Object.assign(tt.bot.story, { verdict: found });
      Object.assign(tt.bot.story.row, { verdict: found });
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

  // Protections look at every print, the maximum at closes and fills: they may differ.
  function sampling({ daily_before: daily }) {
    return "Drawdown: from the highest equity at any print, as its limit is checked. Maximum: over candle closes and fills"
      + `${daily ? `, of days before ${format.barTime(daily, 86400)} over their ends only` : ""}.`;
  }

  function money(story) {
    const { row } = story;
    const percent = (value) => (value === null ? "" : ` (${format.signed(value * 100, 2)} %)`);
    const plain = (value) => format.money(value, row.currency);
    const profit = (value) => format.profit(value, row.currency);
    card("bot-money", row.currency ? `Money, ${row.currency}` : "Money", [
      ["Equity", plain(row.equity), "", "large"],
      ["Today", profit(row.day) + percent(row.day_return), tone(row.day)],
      ["Total, after fees", profit(row.total) + percent(row.total_return), tone(row.total)],
      ["Realised", profit(row.realised), tone(row.realised)],
      ["Unrealised", profit(row.unrealised), tone(row.unrealised)],
      ["Fees paid", plain(row.fees), ""],
      ["Paid in", plain(row.capital), ""],
      ["Drawdown", tt.botWords.ofLimit(row.drawdown, row.drawdown_limit), ""],
      ["Maximum drawdown", story.max_drawdown === null ? "—" : `${format.number(story.max_drawdown * 100, 2)} %`, ""],
    ], sampling(story));
  }

  function position(story) {
    const { row, price_decimals: decimals } = story;
    const price = (value) => (value === null || value === undefined ? "none" : format.number(value, decimals));
    const trips = story.trips.length;
    const lines = row.position ? [
      ["Side", row.position > 0 ? "▲ long" : "▼ short", row.position > 0 ? "up" : "down", "large"],
      ["Size", tt.botWords.size(Math.abs(row.position)).replace("+", ""), ""],
      ["Worth", format.moneyIn(Math.abs(row.exposure), row.currency), ""],
      ["Entry", price(row.entry), ""], ["Market", price(row.price), ""],
      ["Stop", price(row.stop), ""], ["Target", price(row.target), ""],
      ["Held for", tt.botWords.ago(row.entry_at), ""],
    ] : [["Side", "flat", "", "large"], ["Market", price(row.price), ""]];
    if (row.halted) lines.push(["Halted", row.halted, "warn"]);
    card("bot-position", "Position", [...lines,
      ["Round trips", String(trips), ""],
      ["Won", trips ? `${format.number((story.won / trips) * 100, 1)} %` : "—", ""],
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
