// The in-app channel: toasts of the newest alerts on every page.
import { make } from "../../core/elements.js";
import { live } from "../../core/live.js";

const SHOWN_MS = 15000;
const MOST = 3;
let host = null;

function place() {
  if (host && host.isConnected) return;
  host = make("div", { className: "alert-toasts", role: "status", "aria-label": "Latest alerts" });
  document.body.append(host);
}

function show({ title, severity }) {
  place();
  const link = make("a", {
    className: "alert-toast", href: "/system?tab=alerts", textContent: title, "data-severity": severity,
  });
  host.prepend(link);
  while (host.children.length > MOST) host.lastChild.remove();
  window.setTimeout(() => link.remove(), SHOWN_MS);
}

live.on((frame) => {
  if (frame.type === "alert") show(frame);
});
