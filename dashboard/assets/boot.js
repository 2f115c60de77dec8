// Runs in the head before the first paint: the page never flashes in the wrong colour scheme.
// Without a choice of its own, the page follows the operating system.
(function () {
  "use strict";
  let scheme = "auto";
  try {
    scheme = window.localStorage.getItem("mantine-color-scheme-value") || scheme;
  } catch (error) {
    // Storage is not allowed: use the default.
  }
  if (scheme === "auto") {
    scheme = window.matchMedia("(prefers-color-scheme: light)").matches ? "light" : "dark";
  }
  document.documentElement.setAttribute("data-mantine-color-scheme", scheme);
})();

// The modules of another version are not served: the page reloads once, and then gives up. The entry
// removes the mark as soon as it runs.
(function () {
  "use strict";
  const MARK = "truetape.reloaded";

  // Without storage no reload would be counted: none is tried.
  function isFirst(source) {
    try {
      if (window.sessionStorage.getItem(MARK) !== null) {
        window.sessionStorage.removeItem(MARK);
        return false;
      }
      window.sessionStorage.setItem(MARK, source);
      return true;
    } catch (error) {
      return false;
    }
  }

  window.addEventListener("error", ({ target }) => {
    if (!(target instanceof HTMLScriptElement) || target.type !== "module") return;
    if (isFirst(target.src)) {
      window.location.reload();
      return;
    }
    const notice = document.createElement("p");
    notice.setAttribute("role", "alert");
    notice.textContent = "The scripts of this page did not load. Reload the page.";
    document.getElementById("react-entry-point").replaceChildren(notice);
  }, true);
})();
