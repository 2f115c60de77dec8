// The in-app channel: toasts of the newest alerts on every page.
import { make } from "../../core/elements.js";
import { live } from "../../core/live.js";

const SHOWN_MS = 15000;
const MOST = 3;
/** @type {HTMLElement | null} */
let host = null;

function place() {
  if (host?.isConnected) return host;
  host = make("div", { className: "alert-toasts", role: "status", "aria-label": "Latest alerts" });
  document.body.append(host);
  return host;
}

/** @param {import("../../core/live.js").Frame} alert */
function show({ title, severity }) {
  const list = place();
  const link = make("a", {
    className: "alert-toast", href: "/system?tab=alerts", textContent: title, "data-severity": severity,
  });
  list.prepend(link);
  while (list.children.length > MOST) list.lastElementChild?.remove();
  window.setTimeout(() => link.remove(), SHOWN_MS);
}

live.on((frame) => {
  if (frame.type === "alert") show(frame);
});
