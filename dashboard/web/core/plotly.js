
/**
 * plotly.js is large: it is loaded when the first plot is drawn, once.
 * @type {Promise<void> | null}
 */
let loading = null;

/**
 * @param {string} source
 * @returns {Promise<void>}
 */
export function loadPlotly(source) {
  loading = loading || new Promise((resolve, reject) => {
    const script = document.createElement("script");
    script.src = source;
    script.onload = () => resolve();
    script.onerror = () => {
      loading = null;
      reject(new Error("plotly.js did not load"));
    };
    document.head.append(script);
  });
  return loading;
}
