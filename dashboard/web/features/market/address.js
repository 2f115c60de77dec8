// The address of the Market page: it contains what the user chose; defaults are left out.

/** @typedef {import("../../chart/chart.js").EngineName} EngineName */
/** @typedef {{symbol: string | null, timeframe: string | null, engine: EngineName}} Choice */

/**
 * Return the search of the address with a choice. What is not known yet, as before the list of instruments has
 * come, stays as the address has it.
 * @param {string} search
 * @param {Choice} chosen
 */
export function searchOf(search, { symbol, timeframe, engine }) {
  const query = new URLSearchParams(search);
  if (symbol) query.set("symbol", symbol);
  if (timeframe) query.set("timeframe", timeframe);
  if (engine !== "lightweight" || query.has("engine")) query.set("engine", engine);
  const text = query.toString().replaceAll("%3A", ":");
  return text && `?${text}`;
}
