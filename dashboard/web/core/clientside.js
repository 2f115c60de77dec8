// What Dash and its components call by name: their names on `window` are fixed.
/**
 * Defines the functions of a namespace that clientside callbacks name.
 * @param {string} namespace
 * @param {Record<string, Function>} functions
 */
export function define(namespace, functions) {
  window.dash_clientside = window.dash_clientside || /** @type {DashNamespace} */ ({});
  window.dash_clientside[namespace] = functions;
}

/**
 * Adds functions that columns of AG Grid name in expressions.
 * @param {Record<string, Function>} functions
 */
export function addGridFunctions(functions) {
  window.dashAgGridFunctions = Object.assign(window.dashAgGridFunctions || {}, functions);
}

/**
 * Adds React components that draw rows or cells of AG Grid.
 * @param {Record<string, Function>} components
 */
export function addGridComponents(components) {
  window.dashAgGridComponentFunctions = Object.assign(window.dashAgGridComponentFunctions || {}, components);
}

/**
 * Adds functions that options of Lightweight Charts name.
 * @param {Record<string, Function>} functions
 */
export function addChartFunctions(functions) {
  window.dashTvlwcFunctions = Object.assign(window.dashTvlwcFunctions || {}, functions);
}
