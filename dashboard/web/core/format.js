// Formats of numbers and times. Unknown is a dash, minus U+2212; times are UTC.
export const UNKNOWN = "—";
const MINUS = "−";
// The finest that every browser formats.
const MOST_FRACTION = 20;
/** @type {Map<number, Intl.NumberFormat>} */
const fixed = new Map();

/**
 * @param {number} decimals
 * @returns {Intl.NumberFormat}
 */
function fixedFormat(decimals) {
  const known = fixed.get(decimals);
  if (known) return known;
  const made = new Intl.NumberFormat("en-US", {
    minimumFractionDigits: decimals, maximumFractionDigits: decimals,
  });
  fixed.set(decimals, made);
  return made;
}

/**
 * @param {number | null | undefined} value
 * @param {number} decimals
 */
export function number(value, decimals) {
  if (value === null || value === undefined || Number.isNaN(Number(value))) return UNKNOWN;
  return fixedFormat(decimals).format(Number(value)).replace("-", MINUS);
}

/**
 * @param {number | null | undefined} value
 * @param {number} decimals
 */
export function signed(value, decimals) {
  const text = number(value, decimals);
  return (value ?? 0) > 0 ? `+${text}` : text;
}

/**
 * @param {number | null | undefined} value
 * @returns {string}
 */
export function compact(value) {
  if (value === null || value === undefined) return UNKNOWN;
  const units = /** @type {[number, string][]} */ ([[1e12, "T"], [1e9, "B"], [1e6, "M"], [1e3, "K"]]);
  const unit = units.find(([size]) => Math.abs(value) >= size);
  if (unit) return `${number(value / unit[0], 2)} ${unit[1]}`;
  if (value && Math.abs(value) < 1) return plain(value);
  return number(value, Math.abs(value) >= 100 ? 1 : 2);
}

/**
 * Return the decimals that show so many significant digits of a value, at least `least`.
 * @param {number} value
 * @param {number} digits
 * @param {number} least
 */
function decimalsFor(value, digits, least) {
  const exponent = value ? Number(Number(value).toExponential().split("e")[1]) : 0;
  return Math.max(least, digits - 1 - exponent);
}

/**
 * Return a text without its trailing zeros; `least` decimals stay.
 * @param {string} text
 * @param {number} least
 */
function trimmed(text, least) {
  const [whole, fraction = ""] = text.split(".");
  const kept = fraction.replace(/0+$/, "").padEnd(least, "0");
  return kept ? `${whole}.${kept}` : whole;
}

/**
 * A number of unknown size, such as an indicator's: about five significant digits.
 * @param {number | null | undefined} value
 * @returns {string}
 */
export function plain(value) {
  if (value === null || value === undefined) return UNKNOWN;
  const size = Math.abs(value);
  if (size >= 1e5) return compact(value);
  if (size && size < 1e-7) return String(Number(value.toPrecision(5))).replaceAll("-", MINUS);
  if (size && size < 0.1) return trimmed(number(value, decimalsFor(value, 5, 0)), 0);
  return number(value, size >= 1000 ? 1 : size >= 10 ? 2 : 3);
}

// -- money: the rules of `utils/number_format.py`

// Fiat and stablecoins have hundredths, all others 1e-8, as on exchanges.
const CASH = new Set(("AED AUD BRL CAD CHF DAI EUR EURC EURT FDUSD GBP HKD JPY KRW PYUSD RUB SGD TRY TUSD"
  + " USD USDC USDD USDE USDG USDP USDS USDT ZAR").split(" "));
const LEAST_DECIMALS = 2;
const MOST_DECIMALS = 12;

/**
 * At least 3 significant digits, and at most 10 of finer steps.
 * @param {number} value
 * @param {string} currency
 */
function moneyDecimals(value, currency) {
  const step = CASH.has(currency) ? LEAST_DECIMALS : 8;
  const most = Math.max(LEAST_DECIMALS, Math.min(step, decimalsFor(value, 10, 0)));
  return Math.min(MOST_DECIMALS, decimalsFor(value, 3, most));
}

/**
 * @param {number | null | undefined} value
 * @param {string} currency
 */
export function money(value, currency) {
  const text = number(value, value ? moneyDecimals(value, currency) : LEAST_DECIMALS);
  if (text === UNKNOWN) return text;
  const short = trimmed(text, LEAST_DECIMALS);
  return /[1-9]/.test(short) ? short : short.replace(MINUS, "");
}

/**
 * With its sign: a profit.
 * @param {number | null | undefined} value
 * @param {string} currency
 */
export function profit(value, currency) {
  const text = money(value, currency);
  return (value ?? 0) > 0 && /[1-9]/.test(text) ? `+${text}` : text;
}

/** @type {(value: number | null | undefined, currency: string) => string} */
export const moneyIn = (value, currency) => `${money(value, currency)} ${currency}`.trim();
/** @type {(value: number | null | undefined, currency: string) => string} */
export const profitIn = (value, currency) => `${profit(value, currency)} ${currency}`.trim();

/**
 * A price whose step is unknown.
 * @param {number | null | undefined} value
 */
export function price(value) {
  if (value === null || value === undefined) return UNKNOWN;
  return trimmed(number(value, Math.min(MOST_FRACTION, decimalsFor(value, 8, 2))), 2);
}

/**
 * An amount of the base currency: all decimals of steps to 1e-8, and more of smaller ones.
 * @param {number | null | undefined} value
 */
export function size(value) {
  if (value === null || value === undefined) return UNKNOWN;
  return trimmed(number(value, Math.min(MOST_FRACTION, decimalsFor(value, 3, 8))), 0);
}

/**
 * Plotly's format of money in hover labels, for values up to these.
 * @param {(number | null)[]} values
 * @param {string} currency
 */
export function moneyHover(values, currency) {
  const sizes = values.map((value) => Math.abs(value || 0));
  const largest = sizes.reduce((most, value) => Math.max(most, value), 0);
  return `,.${moneyDecimals(largest, currency)}f`;
}

// Without it Plotly writes small amounts with SI prefixes. Ticks are round: no zeros are added.
export const TICKS = ",.15~f";

/** @param {number} value */
const two = (value) => String(value).padStart(2, "0");

/**
 * @param {Date} date
 * @param {number} [parts] 3 with seconds, 2 without
 */
export function clock(date, parts) {
  const fields = [date.getUTCHours(), date.getUTCMinutes(), date.getUTCSeconds()];
  return fields.slice(0, parts || 3).map(two).join(":");
}

/** @param {Date} date */
export function day(date) {
  return `${date.getUTCFullYear()}-${two(date.getUTCMonth() + 1)}-${two(date.getUTCDate())}`;
}

/**
 * `step` is the precision of a bar's opening time, in seconds.
 * @param {number} seconds
 * @param {number} step
 */
export function barTime(seconds, step) {
  const date = new Date(seconds * 1000);
  if (step >= 86400) return day(date);
  return `${day(date)} ${clock(date, step < 60 ? 3 : 2)}`;
}

/** @param {number} seconds */
export function age(seconds) {
  if (seconds < 90) return `${Math.max(0, Math.round(seconds))} s`;
  if (seconds < 5400) return `${Math.round(seconds / 60)} min`;
  if (seconds < 259200) return `${Math.round(seconds / 3600)} h`;
  return `${Math.round(seconds / 86400)} d`;
}

/**
 * A time with its day, to the second.
 * @param {string | number | Date} time
 */
export function when(time) {
  const date = new Date(time);
  return `${day(date)} ${clock(date)} UTC`;
}

/** @type {(time: string | number | Date, now?: string | number | Date) => string} */
export const ago = (time, now) => age((new Date(now || Date.now()).getTime() - new Date(time).getTime()) / 1000);
