// Numbers and times as people read them. Unknown is a dash; minus is a true minus; times are UTC.
(function () {
  "use strict";
  const tt = (window.truetape = window.truetape || {});
  const UNKNOWN = "—";
  const fixed = new Map();

  function fixedFormat(decimals) {
    if (!fixed.has(decimals)) {
      fixed.set(decimals, new Intl.NumberFormat("en-US", {
        minimumFractionDigits: decimals, maximumFractionDigits: decimals,
      }));
    }
    return fixed.get(decimals);
  }

  function number(value, decimals) {
    if (value === null || value === undefined || Number.isNaN(Number(value))) return UNKNOWN;
    return fixedFormat(decimals).format(Number(value)).replace("-", "−");
  }

  function signed(value, decimals) {
    const text = number(value, decimals);
    return value > 0 ? `+${text}` : text;
  }

  function compact(value) {
    if (value === null || value === undefined) return UNKNOWN;
    const units = [[1e12, "T"], [1e9, "B"], [1e6, "M"], [1e3, "K"]];
    const unit = units.find(([size]) => Math.abs(value) >= size);
    if (unit) return `${number(value / unit[0], 2)} ${unit[1]}`;
    return number(value, Math.abs(value) >= 100 ? 1 : 2);
  }

  // A number of unknown size, such as an indicator's: about five figures.
  function plain(value) {
    if (value === null || value === undefined) return UNKNOWN;
    const size = Math.abs(value);
    if (size >= 1e5) return compact(value);
    return number(value, size >= 1000 ? 1 : size >= 10 ? 2 : size >= 0.1 || size === 0 ? 3 : 6);
  }

  const two = (value) => String(value).padStart(2, "0");

  function clock(date, parts) {
    const fields = [date.getUTCHours(), date.getUTCMinutes(), date.getUTCSeconds()];
    return fields.slice(0, parts || 3).map(two).join(":");
  }

  function day(date) {
    return `${date.getUTCFullYear()}-${two(date.getUTCMonth() + 1)}-${two(date.getUTCDate())}`;
  }

  // `step` in seconds tells how exact the opening time of a bar must be.
  function barTime(seconds, step) {
    const date = new Date(seconds * 1000);
    if (step >= 86400) return day(date);
    return `${day(date)} ${clock(date, step < 60 ? 3 : 2)}`;
  }

  function age(seconds) {
    if (seconds < 90) return `${Math.max(0, Math.round(seconds))} s`;
    if (seconds < 5400) return `${Math.round(seconds / 60)} min`;
    if (seconds < 259200) return `${Math.round(seconds / 3600)} h`;
    return `${Math.round(seconds / 86400)} d`;
  }

  tt.format = { UNKNOWN, number, signed, compact, plain, clock, day, barTime, age };
})();
