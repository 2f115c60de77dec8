// Choose an indicator, set its parameters and colours. The form is generated from the catalog; the
// server alone validates it.
(function () {
  "use strict";
  const tt = (window.truetape = window.truetape || {});
  const { make } = tt;
  const APPLY_MS = 250;

  let dialog = null;
  let edited = null;
  let timer = 0;

  function open(title, ...content) {
    if (!dialog) {
      dialog = make("dialog", { className: "dialog" });
      dialog.addEventListener("close", () => { edited = null; });
      dialog.addEventListener("click", (event) => { if (event.target === dialog) dialog.close(); });
      document.body.append(dialog);
    }
    const close = make("button", {
      className: "icon-button icon-cross", type: "button", "aria-label": "Close",
    });
    close.addEventListener("click", () => dialog.close());
    const head = make("header", {}, make("h2", { textContent: title }), close);
    dialog.setAttribute("aria-label", title);
    dialog.replaceChildren(head, ...content);
    if (!dialog.open) dialog.showModal();
  }

  // Costly actions are confirmed by name and consequence; errors are shown where they were requested.
  tt.confirm = function ({ title, text, yes, no, act }) {
    const problem = make("p", { className: "form-problem", role: "alert" });
    const refuse = make("button", { type: "button", className: "solid-button", textContent: no });
    const accept = make("button", {
      type: "button", className: "text-button danger", textContent: yes, "data-required-role": "operator",
    });
    refuse.addEventListener("click", () => dialog.close());
    accept.addEventListener("click", () => {
      accept.disabled = true;
      act().then(() => dialog.close(), (error) => {
        problem.textContent = error.message;
        accept.disabled = false;
      });
    });
    open(title,
      make("p", { className: "dialog-text", textContent: text }), problem,
      make("div", { className: "form-buttons" }, accept, make("span", { className: "spacer" }), refuse));
    refuse.focus();
  };

  // -- the list

  const PLACES = [["overlay", "Over the price"], ["volume", "Over the volume"], ["own", "Below"]];

  function choose() {
    const search = make("input", {
      type: "search", className: "field", placeholder: "Search", "aria-label": "Search indicators",
    });
    const found = make("div", { className: "kinds" });
    const fill = () => found.replaceChildren(...groups(search.value.trim().toLowerCase()));
    search.addEventListener("input", fill);
    search.addEventListener("keydown", (event) => {
      if (event.key === "Enter" && found.querySelector("button")) found.querySelector("button").click();
    });
    fill();
    open("Indicators", search, found);
    search.focus();
  }

  function groups(text) {
    const full = tt.indicators.list.length >= tt.indicators.MOST;
    if (full) return [make("p", { textContent: `A chart holds ${tt.indicators.MOST} indicators.` })];
    const matches = (kind) => `${kind.title} ${kind.name} ${kind.summary}`.toLowerCase().includes(text);
    const parts = PLACES.flatMap(([pane, title]) => {
      const kinds = tt.indicators.catalog.filter((kind) => kind.pane === pane && matches(kind));
      return kinds.length ? [make("h3", { textContent: title }), ...kinds.map(kindButton)] : [];
    });
    return parts.length ? parts : [make("p", { textContent: "No such indicator." })];
  }

  function kindButton(kind) {
    const button = make(
      "button", { className: "kind", type: "button", "data-kind": kind.name },
      make("strong", { textContent: kind.title }), make("span", { textContent: kind.summary })
    );
    button.addEventListener("click", () => {
      const added = tt.indicators.add(kind.name);
      if (added) edit(added.id);
    });
    return button;
  }

  // -- the form

  function edit(id) {
    const one = tt.indicators.find(id);
    if (!one) return;
    edited = id;
    const problem = make("p", { className: "form-problem", role: "alert" });
    const form = make("form", { className: "dialog-form" });
    form.addEventListener("submit", (event) => { event.preventDefault(); dialog.close(); });
    form.append(
      ...one.kind.parameters.map((parameter) => parameterField(one.parameters, parameter)),
      ...one.kind.outputs.filter(({ shape }) => shape !== "unseen")
        .map((output) => colourField(one, output)),
      problem, buttons(one)
    );
    form.addEventListener("input", () => applySoon(form));
    const about = make("details", { className: "about" },
      make("summary", { textContent: "How it is computed" }),
      make("p", { textContent: one.kind.about }));
    open(one.kind.title, form, about);
    showProblem();
  }

  function bounds({ type, minimum, maximum, above, below, default: usual }) {
    if (minimum === null || minimum === undefined) return `default ${usual}`;
    const low = above ? `above ${minimum}` : minimum;
    const high = below ? `below ${maximum}` : Number(maximum).toLocaleString("en-US");
    return `${low} to ${high}, default ${usual}`;
  }

  function parameterField(chosen, parameter) {
    const { name, type } = parameter;
    const value = name in chosen ? chosen[name] : parameter.default;
    const choices = type === "boolean" ? ["true", "false"] : parameter.choices;
    const input = choices.length
      ? make("select", { name: `parameter.${name}`, className: "field" },
        ...choices.map((text) => make("option", { value: text, textContent: text })))
      : make("input", {
        name: `parameter.${name}`, className: "field", required: true,
        type: type === "string" ? "text" : "number", step: type === "integer" ? 1 : "any",
      });
    input.value = value;
    return make(
      "label", { className: "form-row", "data-field": name },
      make("span", { className: "form-name", textContent: name.replaceAll("_", " ") }), input,
      make("small", { textContent: `${parameter.description} (${bounds(parameter)})` })
    );
  }

  function readParameter(form, { name, type }) {
    const { value } = form.elements[`parameter.${name}`];
    if (type === "choice" || type === "string") return value;
    if (type === "boolean") return value === "true";
    return value === "" ? null : Number(value);
  }

  function colourField(one, output) {
    const input = make("input", {
      type: "color", className: "colour", name: `colour.${output.name}`,
      value: one.colours[output.name] || output.colour,
    });
    const name = output.name.replaceAll("_", " ");
    return make(
      "label", { className: "form-row colour-row" },
      make("span", { className: "form-name", textContent: `${name} colour` }), input
    );
  }

  function buttons(one) {
    const button = (text, className, does) => {
      const made = make("button", { type: "button", className, textContent: text });
      made.addEventListener("click", does);
      return made;
    };
    return make(
      "div", { className: "form-buttons" },
      button("Remove", "text-button danger", () => { tt.indicators.remove(one.id); dialog.close(); }),
      button("Defaults", "text-button", () => {
        tt.indicators.set(one.id, { parameters: {}, colours: {} });
        edit(one.id);
      }),
      make("span", { className: "spacer" }),
      make("button", { type: "submit", className: "solid-button", textContent: "Done" })
    );
  }

  function applySoon(form) {
    window.clearTimeout(timer);
    const id = edited;
    timer = window.setTimeout(() => apply(form, id), APPLY_MS);
  }

  function apply(form, id) {
    const one = tt.indicators.find(id);
    if (!one) return;
    const parameters = {};
    for (const parameter of one.kind.parameters) {
      parameters[parameter.name] = readParameter(form, parameter);
    }
    const colours = {};
    for (const { name, colour, shape } of one.kind.outputs) {
      if (shape === "unseen") continue;
      const { value } = form.elements[`colour.${name}`];
      if (value !== colour) colours[name] = value;
    }
    const same = JSON.stringify(parameters) === JSON.stringify({ ...defaults(one), ...one.parameters });
    tt.indicators.set(id, same ? { colours } : { parameters, colours });
  }

  const defaults = (one) => Object.fromEntries(
    one.kind.parameters.map((parameter) => [parameter.name, parameter.default])
  );

  // The server's validation errors, beside their fields.
  function showProblem() {
    const one = edited && tt.indicators.find(edited);
    if (!one || !dialog || !dialog.open) return;
    dialog.querySelectorAll(".form-row").forEach((row) => {
      const wrong = Boolean(one.problem) && row.dataset.field === one.problem.field;
      row.classList.toggle("wrong", wrong);
    });
    dialog.querySelector(".form-problem").textContent = one.problem ? one.problem.text : "";
  }

  document.addEventListener("click", (event) => {
    if (event.target.closest("#market-indicators")) tt.indicators.ready.then(choose);
  });
  document.addEventListener("keydown", (event) => {
    const typing = event.target.closest("input, select, textarea, dialog");
    if (event.key !== "/" || typing || !document.getElementById("market-indicators")) return;
    event.preventDefault();
    tt.indicators.ready.then(choose);
  });

  tt.dialog = {
    edit, choose, showProblem, open, parameterField, readParameter,
    close: () => dialog && dialog.close(),
    isOpen: (title) => Boolean(dialog) && dialog.open && dialog.getAttribute("aria-label") === title,
  };
})();
