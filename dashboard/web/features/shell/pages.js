// What pages of Dash components need of the browser: their title, the scheme that is shown, and to be read
// again when values are stale.
import * as clientside from "../../core/clientside.js";
import { live } from "../../core/live.js";
import { onSchemeChange } from "../../core/palette.js";
import { setProps, stores } from "../../core/props.js";
import { leave as leaveMarket } from "../market/page.js";
import * as shell from "./shell.js";

/**
 * Another page is shown: the Market page leaves its chart, whose price was the title.
 * @param {string} title
 */
function opened(title) {
  if (!document.getElementById("market")) leaveMarket();
  shell.title(title);
}

live.on(({ type, nonce }) => {
  if (type !== "stale") return;
  for (const { id } of document.querySelectorAll("[data-resync]")) {
    window.dash_clientside.set_props(id, { "data-resync": String(nonce) });
  }
});

stores.add("shown-scheme");
onSchemeChange(() => {
  setProps("shown-scheme", { data: document.documentElement.getAttribute("data-mantine-color-scheme") });
});

clientside.define("pages", { opened });
