// From a stored backtest to a bot: what is copied, and what cannot be.
import * as api from "../../core/api.js";
import * as dialog from "../../core/dialog.js";
import { make } from "../../core/elements.js";
import * as shell from "../shell/shell.js";

const describe = (values) => Object.entries(values)
  .filter(([, value]) => value !== null && value !== "")
  .map(([name, value]) => `${name.replaceAll("_", " ")} ${value}`).join(", ");

function facts({ instrument, timeframe, strategy, parameters, capital, sizing, exits }) {
  return [
    ["Strategy", `${strategy}: ${describe(parameters)}`], ["Market", `${instrument} ${timeframe}`],
    ["Money", `${capital}, ${sizing.rule.replaceAll("_", " ")} ${sizing.amount}`],
    ["Exits", describe(exits) || "none"],
  ];
}

export function open({ id }) {
  api.get(`/backtests/promotion?${new URLSearchParams({ id })}`).then(({ bot, warnings }) => {
    const rows = facts(bot).flatMap(([name, text]) =>
      [make("dt", { textContent: name }), make("dd", { textContent: text, title: text })]);
    dialog.open(`A bot that does as backtest #${id} did`,
      make("p", { className: "dialog-text", textContent: "It takes over strategy, parameters, capital, "
        + "sizing, costs, exits, protections, leverage and latency. What was is no promise of what will be." }),
      make("dl", { className: "pairs promoted" }, ...rows),
      ...warnings.map((text) => make("p", { className: "warning-line", textContent: `! ${text}` })),
      make("div", { className: "form-buttons" }, make("span", { className: "spacer" }),
        make("a", {
          className: "solid-button", href: `/bots?${new URLSearchParams({ backtest: id })}`,
          textContent: "Open the form of a bot",
        })));
  }, (error) => shell.problem("backtests", { title: "This backtest cannot be used for a bot", action: error.message }));
}
