// Forms made from the schema of a configuration: of backtests, and of bots. The server alone says what
// is allowed.
(function () {
  "use strict";
  const tt = (window.truetape = window.truetape || {});
  const { make } = tt;
  const INSTRUMENTS = "form-instruments";

  // -- fields

  function range({ minimum, maximum, above, below, type, default: usual }) {
    const parts = [];
    if (minimum !== null) parts.push(`${above ? "above" : "at least"} ${minimum}`);
    if (maximum !== null) {
      parts.push(`${below ? "below" : "at most"} ${Number(maximum).toLocaleString("en-US")}`);
    }
    if (usual !== null && type !== "choice") parts.push(`usually ${usual}`);
    return parts.join(", ");
  }

  function input(field) {
    const { name, type, choices } = field;
    const common = { name, className: "field", "aria-label": field.label };
    const options = type === "boolean" ? ["true", "false"] : choices;
    if (options.length) {
      const blank = field.default === null ? [["", "as the strategy says"]] : [];
      const named = options.map((text) => [String(text), String(text).replaceAll("_", " ")]);
      return make("select", common, ...[...blank, ...named].map(([value, textContent]) =>
        make("option", { value, textContent })));
    }
    if (type === "time") return make("input", { ...common, type: "datetime-local", step: 60 });
    const made = make("input", { ...common, type: "text", autocomplete: "off" });
    if (type === "integer") made.inputMode = "numeric";
    if (type === "number") made.inputMode = "decimal";
    if (field.default === null && name !== "instrument") made.placeholder = "none";
    return made;
  }

  function row(field) {
    const control = input(field);
    control.value = usual(field);
    if (field.name === "instrument") control.setAttribute("list", INSTRUMENTS);
    const hint = [field.description, range(field)].filter(Boolean).join("; ").replaceAll("`", "");
    return make("label", { className: "form-row", "data-field": field.name },
      make("span", { className: "form-name", textContent: field.label }), control,
      make("small", { className: "hint", textContent: hint }),
      make("small", { className: "field-problem", role: "alert" }));
  }

  const usual = ({ default: value }) => (value === null ? "" : String(value));

  function section({ title, fields }, open, ...more) {
    return make("details", { className: "form-section", open },
      make("summary", { textContent: title }), ...fields.map(row), ...more);
  }

  function instruments(names) {
    return make("datalist", { id: INSTRUMENTS },
      ...names.map((value) => make("option", { value })));
  }

  function button(text, className, does) {
    const made = make("button", { type: "button", className, textContent: text });
    made.addEventListener("click", does);
    return made;
  }

  function strategySection(strategies) {
    const choice = make("select", { name: "strategy", className: "field", "aria-label": "Strategy" },
      ...strategies.map(({ name, title }) =>
        make("option", { value: name, textContent: title })));
    return make("details", { className: "form-section", open: true },
      make("summary", { textContent: "Strategy" }),
      make("label", { className: "form-row", "data-field": "strategy" },
        make("span", { className: "form-name", textContent: "Strategy" }), choice,
        make("small", { className: "hint" }),
        make("small", { className: "field-problem", role: "alert" })),
      make("div", { className: "parameters" }));
  }

  function showParameters(form, strategies) {
    const host = form.querySelector(".parameters");
    const chosen = strategies.find(({ name }) => name === form.elements.strategy.value);
    host.replaceChildren(...(chosen ? chosen.fields.map(row) : []));
    form.querySelector("[data-field='strategy'] .hint").textContent =
      chosen ? chosen.description : "";
  }

  // -- values

  function values(form) {
    const found = {};
    for (const element of form.elements) {
      if (element.name && element.value !== "") found[element.name] = element.value;
    }
    return found;
  }

  // Fields that are not given stay as they are.
  function fill(form, strategies, given) {
    if (given.strategy) form.elements.strategy.value = given.strategy;
    showParameters(form, strategies);
    for (const element of form.elements) {
      if (!element.name || element.name === "strategy") continue;
      const value = given[element.name];
      if (value !== undefined) {
        element.value = element.type === "datetime-local" ? value.slice(0, 16) : value;
      }
    }
  }

  // A strategy's own parameters begin as usual when it is chosen.
  function defaults({ sections }, but) {
    const fields = sections.flatMap(({ fields: all }) => all);
    return Object.fromEntries(fields.filter(({ name }) => !but.includes(name))
      .map((field) => [field.name, usual(field)]));
  }

  // -- problems

  function showProblems(form, problems) {
    form.querySelectorAll(".form-row").forEach((each) => {
      const problem = problems.find(({ field }) => field === each.dataset.field);
      each.classList.toggle("wrong", Boolean(problem));
      each.querySelector(".field-problem").textContent = problem ? problem.text : "";
      if (problem) each.closest("details").open = true;
    });
    const rest = problems.filter(({ field }) => !form.querySelector(`[data-field="${field}"]`));
    form.querySelector(".form-problem").textContent = rest
      .map(({ field, text }) => (field ? `${field}: ${text}` : text)).join("; ");
  }

  function focusFirst(form, problems) {
    const first = problems[0] && form.querySelector(`[data-field="${problems[0].field}"] .field`);
    if (first) first.focus();
  }

  // A text to be read and taken away.
  tt.copyable = function (text) {
    const done = make("span", { className: "copied", role: "status" });
    const copy = button("Copy", "solid-button", () => {
      window.navigator.clipboard.writeText(text).then(
        () => { done.textContent = "Copied"; },
        () => { done.textContent = "Select the text and copy it"; });
    });
    return [make("pre", { className: "json", tabIndex: 0, textContent: text }),
      make("div", { className: "form-buttons" }, done, make("span", { className: "spacer" }), copy)];
  };

  tt.configForm = {
    button, section, instruments, strategySection, showParameters, values, fill, defaults,
    showProblems, focusFirst,
  };
})();
