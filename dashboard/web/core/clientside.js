// What Dash and its components call by name: their names on `window` are fixed.
/** Defines the functions of a namespace that clientside callbacks name. */
export function define(namespace, functions) {
  window.dash_clientside = window.dash_clientside || {};
  window.dash_clientside[namespace] = functions;
}

/** Adds functions that columns of AG Grid name in expressions. */
export function addGridFunctions(functions) {
  window.dashAgGridFunctions = Object.assign(window.dashAgGridFunctions || {}, functions);
}

/** Adds React components that draw rows or cells of AG Grid. */
export function addGridComponents(components) {
  window.dashAgGridComponentFunctions = Object.assign(window.dashAgGridComponentFunctions || {}, components);
}

/** Adds functions that options of Lightweight Charts name. */
export function addChartFunctions(functions) {
  window.dashTvlwcFunctions = Object.assign(window.dashTvlwcFunctions || {}, functions);
}
