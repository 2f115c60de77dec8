// The logged-in user: the name beside *Log out*, and the actions that the role does not allow. An element
// that sends a command has its role in `data-required-role`, and is disabled for users without it.
import * as api from "../../core/api.js";

const RANKS = ["viewer", "operator", "admin"];
export const user = {
  name: "",
  role: "viewer",
  // Whether a login is required.
  locked: false,
  // Whether the server has answered.
  known: false,
  /**
   * Whether the role suffices. The server decides; this only shows it beforehand.
   * @param {string | undefined} role
   */
  may(role) { return RANKS.indexOf(this.role) >= RANKS.indexOf(role ?? ""); },
};

const RESTRICTED = "[data-required-role]";

/** @param {Node} element */
function refuse(element) {
  if (!(element instanceof HTMLElement) || !element.matches(RESTRICTED)) return;
  const role = element.dataset.requiredRole;
  if (!user.known || user.may(role)) return;
  const reason = `Requires the role ${role}; yours is ${user.role}`;
  if ("disabled" in element && !element.disabled) element.disabled = true;
  if (element.title !== reason) element.title = reason;
}

/** @param {Node} node */
function refuseIn(node) {
  if (!(node instanceof Element)) return;
  refuse(node);
  node.querySelectorAll(RESTRICTED).forEach(refuse);
}

// Other scripts enable buttons by what is possible; this is applied last.
new MutationObserver((changes) => {
  for (const { type, target, addedNodes } of changes) {
    if (type === "childList") addedNodes.forEach(refuseIn);
    else refuse(target);
  }
}).observe(document.documentElement, {
  subtree: true, childList: true, attributes: true, attributeFilter: ["disabled", "title", "data-required-role"],
});

function show() {
  const leave = document.getElementById("logout");
  const userName = document.getElementById("user-name");
  if (!leave || !userName) return;
  document.documentElement.dataset.role = user.role;
  leave.hidden = !user.locked;
  const text = user.locked ? user.name : "";
  if (userName.textContent === text) return;
  userName.textContent = text;
  userName.title = `Role: ${user.role}`;
}

async function load() {
  try {
    Object.assign(user, await api.get("/access/me"), { known: true });
  } catch {
    window.setTimeout(load, 3000);
  }
  refuseIn(document.documentElement);
  show();
}

// React renders the shell after this runs.
window.setInterval(show, 500);
load();
