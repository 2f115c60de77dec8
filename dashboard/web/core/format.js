// Formats of numbers and times. Unknown is a dash, minus U+2212; times are UTC.
export const UNKNOWN = "—";
const MINUS = "−";
// The finest that every browser formats.
const MOST_FRACTION = 20;
const fixed = new Map();

function fixedFormat(decimals) {
  if (!fixed.has(decimals)) {
    fixed.set(decimals, new Intl.NumberFormat("en-US", {
      minimumFractionDigits: decimals, maximumFractionDigits: decimals,
    }));
  }
  return fixed.get(decimals);
}

export function number(value, decimals) {
  if (value === null || value === undefined || Number.isNaN(Number(value))) return UNKNOWN;
  return fixedFormat(decimals).format(Number(value)).replace("-", MINUS);
}

export function signed(value, decimals) {
  const text = number(value, decimals);
  return value > 0 ? `+${text}` : text;
}

export function compact(value) {
  if (value === null || value === undefined) return UNKNOWN;
  const units = [[1e12, "T"], [1e9, "B"], [1e6, "M"], [1e3, "K"]];
  const unit = units.find(([size]) => Math.abs(value) >= size);
  if (unit) return `${number(value / unit[0], 2)} ${unit[1]}`;
  if (value && Math.abs(value) < 1) return plain(value);
  return number(value, Math.abs(value) >= 100 ? 1 : 2);
}

// Return the decimals that show so many significant digits of a value, at least `least`.
function decimalsFor(value, digits, least) {
  const exponent = value ? Number(Number(value).toExponential().split("e")[1]) : 0;
  return Math.max(least, digits - 1 - exponent);
}

// Return a text without its trailing zeros; `least` decimals stay.
function trimmed(text, least) {
  const [whole, fraction = ""] = text.split(".");
  const kept = fraction.replace(/0+$/, "").padEnd(least, "0");
  return kept ? `${whole}.${kept}` : whole;
}

// A number of unknown size, such as an indicator's: about five significant digits.
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

// At least 3 significant digits, and at most 10 of finer steps.
function moneyDecimals(value, currency) {
  const step = CASH.has(currency) ? LEAST_DECIMALS : 8;
  const most = Math.max(LEAST_DECIMALS, Math.min(step, decimalsFor(value, 10, 0)));
  return Math.min(MOST_DECIMALS, decimalsFor(value, 3, most));
}

export function money(value, currency) {
  const text = number(value, value ? moneyDecimals(value, currency) : LEAST_DECIMALS);
  if (text === UNKNOWN) return text;
  const short = trimmed(text, LEAST_DECIMALS);
  return /[1-9]/.test(short) ? short : short.replace(MINUS, "");
}

// With its sign: a profit.
export function profit(value, currency) {
  const text = money(value, currency);
  return value > 0 && /[1-9]/.test(text) ? `+${text}` : text;
}

export const moneyIn = (value, currency) => `${money(value, currency)} ${currency}`.trim();
export const profitIn = (value, currency) => `${profit(value, currency)} ${currency}`.trim();

// A price whose step is unknown.
export function price(value) {
  if (value === null || value === undefined) return UNKNOWN;
  return trimmed(number(value, Math.min(MOST_FRACTION, decimalsFor(value, 8, 2))), 2);
}

// An amount of the base currency: all decimals of steps to 1e-8, and more of smaller ones.
export function size(value) {
  if (value === null || value === undefined) return UNKNOWN;
  return trimmed(number(value, Math.min(MOST_FRACTION, decimalsFor(value, 3, 8))), 0);
}

// Plotly's format of money in hover labels, for values up to these.
export function moneyHover(values, currency) {
  const largest = values.reduce((most, value) => Math.max(most, Math.abs(value || 0)), 0);
  return `,.${moneyDecimals(largest, currency)}f`;
}

// Without it Plotly writes small amounts with SI prefixes. Ticks are round: no zeros are added.
export const TICKS = ",.15~f";

const two = (value) => String(value).padStart(2, "0");

export function clock(date, parts) {
  const fields = [date.getUTCHours(), date.getUTCMinutes(), date.getUTCSeconds()];
  return fields.slice(0, parts || 3).map(two).join(":");
}

export function day(date) {
  return `${date.getUTCFullYear()}-${two(date.getUTCMonth() + 1)}-${two(date.getUTCDate())}`;
}

// `step` is the precision of a bar's opening time, in seconds.
export function barTime(seconds, step) {
  const date = new Date(seconds * 1000);
  if (step >= 86400) return day(date);
  return `${day(date)} ${clock(date, step < 60 ? 3 : 2)}`;
}

export function age(seconds) {
  if (seconds < 90) return `${Math.max(0, Math.round(seconds))} s`;
  if (seconds < 5400) return `${Math.round(seconds / 60)} min`;
  if (seconds < 259200) return `${Math.round(seconds / 3600)} h`;
  return `${Math.round(seconds / 86400)} d`;
}

/** A time with its day, to the second. */
export function when(time) {
  const date = new Date(time);
  return `${day(date)} ${clock(date)} UTC`;
}

export const ago = (time, now) => age((new Date(now || Date.now()) - new Date(time)) / 1000);
