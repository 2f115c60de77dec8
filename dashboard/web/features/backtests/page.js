// The Backtests page: its address selects what is shown beside the form.
(function () {
  "use strict";
  const tt = (window.truetape = window.truetape || {});
  const VIEWS = {
    history: "backtest-list", result: "backtest-result", compare: "backtest-comparison",
    sweeps: "sweep-list", sweep: "sweep-result",
  };
  const LISTS = { history: "History", sweeps: "Sweeps" };

  let catalog = null;
  let mounted = null;
  let requests = 0;

  const element = (id) => document.getElementById(id);

  function mount() {
    const host = element("backtest-form");
    if (!host || mounted === host) return;
    mounted = host;
    catalog = tt.api.get("/backtests/catalog");
    catalog.then((answer) => tt.backtestForm.mount(host, answer), (error) => {
      host.textContent = error.message;
      mounted = null;
    });
    tt.stores.add("backtests-url");
    tt.stores.add("url");
    tt.backtestJobs.load();
    tt.backtestHistory.load();
  }

  function show(search) {
    mount();
    const query = new URLSearchParams(search || "");
    const number = ++requests;
    if (query.get("run")) result(query.get("run"), number);
    else if (query.get("compare")) compare(query.get("compare"), number);
    else if (query.get("sweep")) sweep(query.get("sweep"), query.get("by") || "", number);
    else if (query.get("sweeps")) sweeps(number);
    else view("history", "");
  }

  function sweep(digest, by, number) {
    Promise.all([tt.api.get(`/sweeps/result?${new URLSearchParams({ digest, by })}`), catalog])
      .then(([found, answer]) => {
        if (number !== requests) return;
        view("sweep", `Sweep of ${found.strategy}`);
        tt.sweepResult.show(found, answer);
      }, (error) => fail(error, number));
  }

  function sweeps(number) {
    tt.api.get("/sweeps/list").then((found) => {
      if (number !== requests) return;
      view("sweeps", "");
      tt.sweepResult.list(found);
    }, (error) => fail(error, number));
  }

  function result(id, number) {
    Promise.all([tt.api.get(`/backtests/result?${new URLSearchParams({ id })}`), catalog])
      .then(([found, answer]) => {
        if (number !== requests) return;
        view("result", `#${found.id} ${found.strategy}`);
        tt.backtestResult.show(found, answer);
      }, (error) => fail(error, number));
  }

  function compare(ids, number) {
    Promise.all([tt.api.get(`/backtests/compared?${new URLSearchParams({ ids })}`), catalog])
      .then(([found, answer]) => {
        if (number !== requests) return;
        view("compare", `Comparison of ${found.length}`);
        tt.backtestHistory.compare(found, answer);
      }, (error) => fail(error, number));
  }

  function fail(error, number) {
    if (number !== requests) return;
    view("history", "");
    tt.shell.problem("backtests", { title: "This cannot be shown", action: error.message });
  }

  function view(name, title) {
    tt.shell.problem("backtests", null);
    tt.shell.title(title ? `${title} · Backtests` : "Backtests");
    for (const [each, id] of Object.entries(VIEWS)) element(id).hidden = each !== name;
    element("backtest-back").hidden = name in LISTS;
    for (const [each, id] of [["history", "backtest-show-history"], ["sweeps", "backtest-show-sweeps"]]) {
      element(id).hidden = !(name in LISTS);
      element(id).setAttribute("aria-pressed", String(each === name));
    }
    element("backtest-where").textContent = title;
  }

  function go(query) {
    const search = new URLSearchParams(query).toString();
    tt.setProps("backtests-url", { search: search ? `?${search}` : "" });
  }

  document.addEventListener("click", ({ target }) => {
    const isOfSweep = !element("sweep-result")?.hidden;
    if (target.closest("#backtest-back")) go(isOfSweep ? { sweeps: 1 } : {});
    if (target.closest("#backtest-show-history")) go({});
    if (target.closest("#backtest-show-sweeps")) go({ sweeps: 1 });
  });

  tt.backtests = {
    go,
    finished(query) {
      tt.backtestHistory.load();
      go(query);
    },
  };

  // -- called by Dash

  window.dash_clientside = window.dash_clientside || {};
  window.dash_clientside.backtests = {
    show,
    chosen(rows) { tt.backtestHistory.choose(rows); },
    opened(cell, rows) {
      if (!cell || cell.colId === "chosen") return;
      const row = (rows || []).find(({ id }) => String(id) === String(cell.rowId));
      if (row) go({ run: row.id });
    },
    sweep(cell) { if (cell) go({ sweep: cell.rowId }); },
    trial(cell) { if (cell) tt.sweepResult.take(Number(cell.rowId)); },
    roundTrip(cell, rows) {
      const row = cell && (rows || []).find(({ number }) => String(number) === String(cell.rowId));
      if (row) tt.backtestResult.toRoundTrip(row);
    },
  };

  // -- the grids: filled once they are mounted, and their formats

  tt.fillGrid = function (id, rowData) {
    window.dash_ag_grid.getApiAsync(id).then((grid) => {
      grid.deselectAll();
      tt.setProps(id, { rowData });
    });
  };

  const { format } = tt;
  window.dashAgGridFunctions = Object.assign(window.dashAgGridFunctions || {}, {
    ttNumber: (value, decimals) => format.number(value, decimals),
    ttMoney: (value, currency) => format.money(value, currency || ""),
    ttProfit: (value, currency) => format.profit(value, currency || ""),
    ttPercent: (value) => (value === null || value === undefined ? format.UNKNOWN
      : `${format.number(value * 100, 2)} %`),
    ttSignedPercent: (value) => (value === null || value === undefined ? format.UNKNOWN
      : `${format.signed(value * 100, 2)} %`),
    ttPrice: (value) => format.price(value),
    ttTime: (value) => format.barTime(value, 60),
    ttTags: (value) => (value || []).join(", "),
  });
})();
