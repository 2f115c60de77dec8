// The form of a backtest, made from the catalog. The server alone says what is allowed.
(function () {
  "use strict";
  const tt = (window.truetape = window.truetape || {});
  const { make } = tt;
  const { button, section } = tt.configForm;
  const CHECK_MS = 300;
  const KEPT = "truetape-backtest-form";
  const OPEN = ["Market", "Money"];
  const NEEDED = "is needed";
  const DAY = 86400;
  const SPANS = [["1 d", DAY], ["7 d", 7 * DAY], ["30 d", 30 * DAY], ["90 d", 90 * DAY],
    ["1 y", 365 * DAY], ["All", Infinity]];

  let form = null;
  let catalog = null;
  let timer = 0;
  let asked = 0;
  let wasSent = false;
  let stored = null;

  function spanRow() {
    return make("div", { className: "span-row" },
      ...SPANS.map(([text, length]) => button(text, "text-button", () => chooseSpan(length))),
      make("small", { className: "stored", role: "status" }));
  }

  // -- values

  const values = () => tt.configForm.values(form);

  function fill(given) {
    tt.configForm.fill(form, catalog.strategies, given);
    changed();
    loadSpan();
  }

  const reset = () => fill(tt.configForm.defaults(catalog, ["instrument", "start", "end"]));

  // -- what is stored

  function loadSpan() {
    const { instrument, timeframe } = values();
    if (!instrument || !timeframe) return;
    const query = new URLSearchParams({ instrument, timeframe });
    tt.api.get(`/backtests/span?${query}`).then((answer) => {
      stored = answer;
      showStored(answer.end
        ? `Stored: ${tt.format.barTime(answer.start, DAY)} to ${tt.format.barTime(answer.end, 60)}`
          + ` UTC, ${tt.format.number(answer.known * 100, 2)} % known`
        : `No ${timeframe} candles of ${instrument} are stored.`);
      if (answer.end && !form.elements.start.value) chooseSpan(30 * DAY);
    }, (error) => { stored = null; showStored(error.message); });
  }

  function showStored(text) {
    if (form) form.querySelector(".stored").textContent = text;
  }

  function chooseSpan(length) {
    const end = stored && stored.end ? stored.end : Math.floor(Date.now() / 60000) * 60;
    const earliest = stored && stored.start ? stored.start : end - 365 * DAY;
    form.elements.end.value = local(end);
    form.elements.start.value = local(Math.max(end - length, earliest));
    changed();
  }

  const local = (seconds) => new Date(seconds * 1000).toISOString().slice(0, 16);

  // -- checks

  function changed() {
    window.sessionStorage.setItem(KEPT, JSON.stringify(values()));
    window.clearTimeout(timer);
    timer = window.setTimeout(check, CHECK_MS);
  }

  function check() {
    const number = ++asked;
    return tt.api.post("/backtests/check", { values: values() }).then((answer) => {
      if (number === asked) {
        showProblems(answer.problems.filter(({ text }) => wasSent || text !== NEEDED));
      }
      return answer;
    }, (error) => {
      showProblems([{ field: "", text: error.message }]);
      return { config: null, problems: [] };
    });
  }

  function showProblems(problems) {
    if (form) tt.configForm.showProblems(form, problems);
  }

  function submit(event) {
    event.preventDefault();
    wasSent = true;
    check().then(({ config, problems }) => {
      if (config) return tt.api.post("/backtests/run", { values: values() })
        .then((job) => { wasSent = false; tt.backtestJobs.expect(job); });
      tt.configForm.focusFirst(form, problems);
      return null;
    }).catch((error) => showProblems([{ field: "", text: error.message }]));
  }

  function showJson() {
    check().then(({ config, problems }) => {
      if (!config) return;
      const text = JSON.stringify(config, null, 2);
      tt.studyDialog.open("Configuration", ...tt.copyable(text, problems));
    });
  }

  // -- the whole

  function build(host) {
    form = make("form", { className: "config-form", noValidate: true });
    const [market, ...others] = catalog.sections;
    form.append(
      section(market, true, spanRow()), tt.configForm.strategySection(catalog.strategies),
      ...others.map((each) => section(each, OPEN.includes(each.title))),
      tt.configForm.instruments(catalog.instruments),
      make("p", { className: "form-problem", role: "alert" }),
      make("div", { className: "form-buttons form-end" },
        button("Defaults", "text-button", reset), button("JSON", "text-button", showJson),
        make("span", { className: "spacer" }),
        make("button", { type: "submit", className: "solid-button", textContent: "Run backtest" })));
    form.addEventListener("submit", submit);
    form.addEventListener("input", changed);
    form.addEventListener("change", ({ target }) => {
      if (target.name === "strategy") tt.configForm.showParameters(form, catalog.strategies);
      if (["instrument", "timeframe"].includes(target.name)) loadSpan();
    });
    host.replaceChildren(form);
    const [instrument] = catalog.instruments;
    const kept = JSON.parse(window.sessionStorage.getItem(KEPT) || "{}");
    fill({ instrument: instrument || "", ...kept });
  }

  function none(host) {
    host.replaceChildren(make("p", {
      className: "empty", textContent: "The strategy engine has reported no strategies yet; "
        + "it does so when it starts: uv run main.py",
    }));
  }

  tt.backtestForm = {
    mount(host, told) {
      form = null;
      catalog = told;
      wasSent = false;
      if (catalog.strategies.length) build(host);
      else none(host);
    },
    fill(given) {
      if (!form) return;
      reset();
      ["parameters", "exits", "protections", "steps"].forEach((part) => {
        for (const element of form.elements) {
          if (element.name.startsWith(`${part}.`) && part !== "parameters") element.value = "";
        }
      });
      fill(given);
    },
    showProblem(field, text) { showProblems([{ field, text }]); },
  };
})();
