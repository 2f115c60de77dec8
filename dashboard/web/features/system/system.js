// The System page: the address selects the tab; data are received over the socket.
(function () {
  "use strict";
  const tt = (window.truetape = window.truetape || {});
  const POLL_MS = 300;
  const tabs = {};

  let mounted = null;
  let shown = null;
  let latest = null;

  const element = (id) => document.getElementById(id);

  // A tab: `open(host, query)` when it is shown, `frame(overview)` and `lines(lines)` while it is.
  const system = (tt.system = {
    tab(name, tab) { tabs[name] = tab; },
    get latest() { return latest; },
    // Changes the address, which opens the tab again.
    go(query) {
      const search = new URLSearchParams(query).toString();
      window.history.pushState({}, "", `/system${search ? `?${search}` : ""}`);
      applyAddress();
    },
    panel: (name) => document.querySelector(`#system [data-panel="${name}"]`),
    failed(title) {
      return (error) => tt.shell.problem("system", { title, action: error.message });
    },
    worked() { tt.shell.problem("system", null); },
  });

  function applyAddress() {
    const page = element("system");
    if (!page) {
      if (mounted) leave();
      return;
    }
    const topics = ["system", "logs"];
    // Log lines with the commands of other users are for admins.
    if (tt.user.may("admin")) topics.push("commands");
    tt.live.watch(topics, "system");
    if (mounted === page && shown === window.location.search) return;
    const fresh = mounted !== page;
    mounted = page;
    shown = window.location.search;
    open(new URLSearchParams(shown), fresh);
  }

  function leave() {
    mounted = shown = null;
    tt.shell.title(null);
    system.worked();
    tt.live.watch([], "system");
  }

  function open(query, fresh) {
    const name = query.get("tab") in tabs ? query.get("tab") : "overview";
    tt.shell.title("System");
    for (const button of document.querySelectorAll("#system [data-tab]")) {
      if (button.dataset.tab === name) button.setAttribute("aria-current", "true");
      else button.removeAttribute("aria-current");
    }
    for (const panel of document.querySelectorAll("#system [data-panel]")) {
      panel.hidden = panel.dataset.panel !== name;
    }
    if (fresh) for (const tab of Object.values(tabs)) tab.mount();
    tabs[name].open(query);
    if (latest) frame(latest);
  }

  function frame(overview) {
    latest = overview;
    // It may be called just after the page was left.
    if (!mounted || !element("system")) return;
    note(overview);
    for (const tab of Object.values(tabs)) if (tab.frame) tab.frame(overview);
  }

  function note({ problem, read_at: readAt }) {
    const host = element("system-note");
    host.hidden = !problem;
    const since = readAt ? `What is below is of ${tt.when(readAt)}.` : "Nothing is known yet.";
    host.textContent = problem ? `${problem}. ${since} The page retries every two seconds.` : "";
    mounted.classList.toggle("stale", Boolean(problem));
  }

  tt.when = function (time) {
    const date = new Date(time);
    return `${tt.format.day(date)} ${tt.format.clock(date)} UTC`;
  };

  tt.ago = (time, now) => tt.format.age((new Date(now || Date.now()) - new Date(time)) / 1000);

  document.addEventListener("click", ({ target }) => {
    const button = target.closest("#system [data-tab]");
    if (button) system.go(button.dataset.tab === "overview" ? {} : { tab: button.dataset.tab });
  });

  tt.live.on((message) => {
    if (message.type === "system") frame(message.system);
    else if (message.type === "logs" && mounted && tabs.logs) tabs.logs.lines(message.lines);
  });

  window.addEventListener("popstate", applyAddress);
  window.setInterval(applyAddress, POLL_MS);
})();
