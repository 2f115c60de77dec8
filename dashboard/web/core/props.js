
/**
 * Properties of Dash's components, set from here.
 * Components without an element of their own.
 * @type {Set<string>}
 */
export const stores = new Set();

/**
 * Pages mount and remove components: only mounted ones may be set.
 * @param {string} id
 * @param {Record<string, unknown>} props
 */
export function setProps(id, props) {
  if (document.getElementById(id) || stores.has(id)) {
    window.dash_clientside.set_props(id, props);
  }
}
