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
