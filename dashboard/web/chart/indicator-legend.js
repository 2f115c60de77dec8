// The names and values of the indicators, at the top of their panes, with their actions.
(function () {
  "use strict";
  const tt = (window.truetape = window.truetape || {});
  const host = () => document.getElementById("market-chart");
  const first = () => document.getElementById("market-indicator-legend");
  let shown = null;

  function action(name, label, does) {
    const button = tt.make("button", {
      className: `indicator-action icon-button icon-${name}`, type: "button", title: label,
      "aria-label": label,
    });
    button.addEventListener("click", does);
    return button;
  }

  function row(one) {
    const line = tt.make("div", { className: "indicator-row", "data-indicator": one.id });
    const name = tt.make("button", {
      className: "indicator-name", type: "button", textContent: one.label, title: one.kind.summary,
    });
    name.addEventListener("click", () => tt.dialog.edit(one.id));
    line.append(name);
    if (one.problem) {
      line.append(tt.make("span", {
        className: "indicator-problem", textContent: one.problem.text, role: "status",
      }));
    } else if (one.waiting) {
      line.append(tt.make("span", { className: "indicator-waiting", textContent: "computing…" }));
    } else if (!one.hidden) {
      one.kind.outputs.filter(({ shape }) => shape !== "unseen").forEach((output) => {
        const value = tt.make("span", { className: "indicator-value", title: output.name });
        value.dataset.output = output.name;
        value.textContent = tt.format.UNKNOWN;
        line.append(value);
      });
    }
    line.classList.toggle("hidden-indicator", one.hidden);
    line.append(
      action(one.hidden ? "hidden" : "eye", one.hidden ? "Show" : "Hide",
        () => tt.indicators.set(one.id, { hidden: !one.hidden })),
      action("gear", `Edit ${one.label}`, () => tt.dialog.edit(one.id)),
      action("cross", `Remove ${one.label}`, () => tt.indicators.remove(one.id))
    );
    return line;
  }

  // Hidden indicators stay listed at the top.
  function build() {
    if (!host()) return;
    host().querySelectorAll(".pane-legend").forEach((old) => old.remove());
    first().replaceChildren();
    const panes = new Map();
    tt.indicators.series().forEach(({ indicator, pane }) => panes.set(indicator, pane));
    for (const one of tt.indicators.list) {
      const pane = panes.get(one) || 0;
      let home = pane === 0 ? first() : host().querySelector(`[data-pane="${pane}"]`);
      if (!home) {
        home = tt.make("div", { className: "pane-legend", "data-pane": pane });
        host().append(home);
      }
      home.append(row(one));
    }
    settle();
    place();
    if (shown) show(...shown);
    tt.dialog.showProblem();
  }

  function place() {
    if (!host() || !host().querySelector(".pane-legend")) return;
    window.requestAnimationFrame(() => window.setTimeout(settle, 30));
  }

  function settle() {
    if (!host()) return;
    const tops = tt.chart.tops();
    host().querySelectorAll(".pane-legend").forEach((legend) => {
      const top = tops[Number(legend.dataset.pane)];
      legend.hidden = top === undefined;
      if (top !== undefined) legend.style.top = `${Math.round(top) + 4}px`;
    });
  }

  function show(bars, at, precision) {
    shown = [bars, at, precision];
    for (const one of tt.indicators.list) {
      const line = document.querySelector(`.indicator-row[data-indicator="${one.id}"]`);
      const cells = bars.list[at] && one.values.get(bars.list[at].time);
      if (line) line.querySelectorAll(".indicator-value").forEach((slot) => fill(slot, one, cells, precision));
    }
  }

  function fill(slot, one, cells, precision) {
    const at = one.kind.outputs.findIndex(({ name }) => name === slot.dataset.output);
    const value = cells ? cells[at] : null;
    const { sign, falling, colour, name } = one.kind.outputs[at];
    const sense = cells && sign ? cells[one.kind.outputs.findIndex((each) => each.name === sign)] : 0;
    slot.style.color = sense < 0 ? falling : one.colours[name] || colour;
    const text = one.kind.pane === "overlay" && value !== null
      ? tt.format.number(value, precision.decimals) : tt.format.plain(value);
    if (slot.textContent !== text) slot.textContent = text;
  }

  window.addEventListener("resize", place);
  window.addEventListener("pointerup", place);

  tt.indicatorLegend = { build, place, show };
})();
