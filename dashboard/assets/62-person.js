// Who is logged in: the name beside the way out, and what the role does not allow.
(function () {
  "use strict";
  const tt = (window.truetape = window.truetape || {});
  const RANKS = ["viewer", "operator", "admin"];
  const person = (tt.person = { name: "", role: "viewer", locked: false });

  // The server decides; this only says so before it is tried.
  person.may = (role) => RANKS.indexOf(person.role) >= RANKS.indexOf(role);

  function show() {
    const leave = document.getElementById("logout");
    if (!leave) return;
    document.documentElement.dataset.role = person.role;
    leave.hidden = !person.locked;
    const text = person.locked ? person.name : "";
    const who = document.getElementById("who");
    if (who.textContent === text) return;
    who.textContent = text;
    who.title = `You are ${person.role}`;
  }

  async function learn() {
    try {
      Object.assign(person, await tt.api.get("/access/me"));
    } catch (error) {
      window.setTimeout(learn, 3000);
    }
    person.known = true;
    show();
  }

  // The shell is drawn by React, some time after this runs.
  window.setInterval(show, 500);
  learn();
})();
