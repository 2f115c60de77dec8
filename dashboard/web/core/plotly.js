// plotly.js is large: it is loaded when the first plot is drawn, once.
(function () {
  "use strict";
  const tt = (window.truetape = window.truetape || {});
  let loading = null;

  tt.loadPlotly = function (source) {
    loading = loading || new Promise((resolve, reject) => {
      const script = document.createElement("script");
      script.src = source;
      script.onload = resolve;
      script.onerror = () => {
        loading = null;
        reject(new Error("plotly.js did not load"));
      };
      document.head.append(script);
    });
    return loading;
  };
})();
