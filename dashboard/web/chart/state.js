
/**
 * What the chart shows while it has no candles: loading, empty, a problem.
 * @param {string} kind
 * @param {string} [title]
 * @param {string} [action] what to do about it
 */
export function showState(kind, title, action) {
  const host = document.getElementById("market-state");
  if (!host) return;
  host.dataset.kind = kind;
  const lines = [[title, "state-title"], [action, "state-action"]].filter(([text]) => text);
  host.replaceChildren(...lines.map(([text, className]) => {
    const line = document.createElement("div");
    line.className = className ?? "";
    line.textContent = text ?? "";
    return line;
  }));
}
