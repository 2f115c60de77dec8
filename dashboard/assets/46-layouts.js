// Named layouts: ready-made ones, and those that somebody saved. The one used last is this
// browser's own affair.
(function () {
  "use strict";
  const tt = (window.truetape = window.truetape || {});
  const { make } = tt;
  const NONE = "No layout";

  let known = { ready_made: [], saved: [] };
  let problem = "";

  function named() {
    const slot = document.getElementById("market-layout-name");
    const text = tt.studies.layout ? label() : NONE;
    if (slot && slot.textContent !== text) slot.textContent = text;
  }

  // A dot for what is not saved.
  function label() {
    const kept = find(tt.studies.layout);
    return kept && !same(kept.studies) ? `${kept.name} •` : tt.studies.layout;
  }

  const find = (name) => [...known.ready_made, ...known.saved].find((each) => each.name === name);

  function same(studies) {
    const text = ({ indicator, parameters, colours, hidden }) => JSON.stringify([
      indicator, filled(indicator, parameters), Object.entries(colours || {}).sort(), Boolean(hidden),
    ]);
    return studies.map(text).join() === tt.studies.plain().map(text).join();
  }

  function filled(indicator, parameters) {
    const kind = tt.studies.catalog.find(({ name }) => name === indicator);
    return kind ? kind.parameters.map(({ name, default: usual }) => (
      parameters && name in parameters ? parameters[name] : usual
    )) : [];
  }

  function load() {
    return tt.api.get("/charts/layouts").then((answer) => {
      known = answer;
      named();
    });
  }

  function tell(path, body, then) {
    problem = "";
    return tt.api.post(`/charts/layouts/${path}`, body).then((answer) => {
      known = answer;
      if (then) then();
    }, (error) => { problem = error.message; }).then(() => { named(); show(); });
  }

  function show() {
    const { layout } = tt.studies;
    const mine = known.saved.some(({ name }) => name === layout);
    const name = make("input", {
      className: "field", placeholder: "Name", maxLength: 40, value: mine ? layout : "",
      "aria-label": "Name of the layout",
    });
    const save = make("form", { className: "layout-save" }, name,
      make("button", {
        type: "submit", className: "solid-button", textContent: "Save", "data-needs": "operator",
      }));
    save.addEventListener("submit", (event) => {
      event.preventDefault();
      const wanted = name.value.trim();
      tell("save", { name: wanted, studies: tt.studies.plain() }, () => tt.studies.named(wanted));
    });
    tt.studyDialog.open(
      "Layouts",
      make("h3", { textContent: "Ready-made" }), row({ name: NONE, studies: [] }, null),
      ...known.ready_made.map((each) => row(each, each.name)),
      make("h3", { textContent: "Saved" }),
      ...(known.saved.length ? known.saved.map(savedRow)
        : [make("p", { textContent: "Save the indicators of the chart under a name." })]),
      make("h3", { textContent: "Save this chart's indicators" }), save,
      make("p", { className: "form-problem", role: "alert", textContent: problem })
    );
  }

  function row(each, name, ...more) {
    const button = make("button", {
      className: "kind", type: "button", textContent: each.name, "data-layout": each.name,
    });
    button.addEventListener("click", () => {
      tt.studies.use(name, each.studies);
      named();
      tt.studyDialog.close();
    });
    const line = make("div", { className: "layout-row" }, button, ...more);
    if (tt.studies.layout === name) line.setAttribute("aria-current", "true");
    return line;
  }

  function savedRow(each) {
    const tool = (text, title, does, className) => {
      const button = make("button", {
        className: `text-button ${className || ""}`, type: "button", textContent: text,
        "aria-label": `${title} ${each.name}`, "data-needs": "operator",
      });
      button.addEventListener("click", () => does(button));
      return button;
    };
    return row(
      each, each.name,
      tool("Rename", "Rename", (button) => rename(each, button)),
      tool("Delete", "Delete", (button) => remove(each, button), "danger")
    );
  }

  function rename(each, button) {
    const input = make("input", {
      className: "field", value: each.name, maxLength: 40, "aria-label": `New name of ${each.name}`,
    });
    const form = make("form", { className: "layout-save" }, input,
      make("button", { type: "submit", className: "solid-button", textContent: "Rename" }));
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      const wanted = input.value.trim();
      const current = tt.studies.layout === each.name;
      tell("rename", { name: each.name, new_name: wanted },
        () => { if (current) tt.studies.named(wanted); });
    });
    button.parentElement.replaceWith(form);
    input.select();
  }

  // Asked twice, since nobody can undo it.
  function remove(each, button) {
    if (button.dataset.sure !== "yes") {
      button.dataset.sure = "yes";
      button.textContent = "Really?";
      return;
    }
    const current = tt.studies.layout === each.name;
    tell("delete", { name: each.name }, () => { if (current) tt.studies.named(null); });
  }

  document.addEventListener("click", (event) => {
    if (!event.target.closest("#market-layouts")) return;
    problem = "";
    tt.studies.ready.then(load).catch((error) => { problem = error.message; }).then(show);
  });

  // Only a kept layout is compared with what is saved.
  tt.studies.ready.then(() => (tt.studies.layout ? load() : null))
    .catch(() => { /* the page itself says that the server is gone */ });
  tt.layouts = { named };
})();
