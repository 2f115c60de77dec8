// Who is logged in: the name beside the way out, and what the role does not allow: whatever sends a
// command says in `data-required-role` which role it needs, and is disabled for others wherever it is drawn.
(function () {
  "use strict";
  const tt = (window.truetape = window.truetape || {});
  const RANKS = ["viewer", "operator", "admin"];
  const person = (tt.user = { name: "", role: "viewer", locked: false });

  // The server decides; this only says so before it is tried.
  person.may = (role) => RANKS.indexOf(person.role) >= RANKS.indexOf(role);

  const RESTRICTED = "[data-required-role]";

  function refuse(element) {
    const role = element.dataset.requiredRole;
    if (!person.known || person.may(role)) return;
    const reason = `Needs the role ${role}; you are ${person.role}`;
    if (!element.disabled) element.disabled = true;
    if (element.title !== reason) element.title = reason;
  }

  function refuseIn(node) {
    if (node.nodeType !== Node.ELEMENT_NODE) return;
    if (node.matches(RESTRICTED)) refuse(node);
    node.querySelectorAll(RESTRICTED).forEach(refuse);
  }

  // Others draw and enable buttons by what is possible; this has the last word.
  new MutationObserver((changes) => {
    for (const { type, target, addedNodes } of changes) {
      if (type === "childList") addedNodes.forEach(refuseIn);
      else if (target.matches(RESTRICTED)) refuse(target);
    }
  }).observe(document.documentElement, {
    subtree: true, childList: true, attributes: true, attributeFilter: ["disabled", "title", "data-required-role"],
  });

  function show() {
    const leave = document.getElementById("logout");
    if (!leave) return;
    document.documentElement.dataset.role = person.role;
    leave.hidden = !person.locked;
    const text = person.locked ? person.name : "";
    const userName = document.getElementById("user-name");
    if (userName.textContent === text) return;
    userName.textContent = text;
    userName.title = `You are ${person.role}`;
  }

  async function learn() {
    try {
      Object.assign(person, await tt.api.get("/access/me"), { known: true });
    } catch (error) {
      window.setTimeout(learn, 3000);
    }
    refuseIn(document.documentElement);
    show();
  }

  // The shell is drawn by React, some time after this runs.
  window.setInterval(show, 500);
  learn();
})();
