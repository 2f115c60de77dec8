// The palette: CSS tokens for the charts, so that page and chart change together.
const NAMES = {
  background: "--tt-panel", text: "--tt-muted", strong: "--tt-text", grid: "--tt-grid",
  border: "--tt-line", crosshair: "--tt-crosshair", up: "--tt-up", down: "--tt-down",
  warn: "--tt-warn", upFill: "--tt-up-fill", downFill: "--tt-down-fill", font: "--tt-font",
};

/** @typedef {Record<keyof typeof NAMES, string>} Palette */

/** @returns {Palette} */
export function readPalette() {
  const style = window.getComputedStyle(document.documentElement);
  return /** @type {Palette} */ (Object.fromEntries(
    Object.entries(NAMES).map(([name, token]) => [name, style.getPropertyValue(token).trim()])
  ));
}

/**
 * Calls `handler` when the scheme changes.
 * @param {() => void} handler
 */
export function onSchemeChange(handler) {
  new MutationObserver(handler).observe(document.documentElement, {
    attributeFilter: ["data-mantine-color-scheme"],
  });
}
