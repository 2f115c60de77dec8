// Tables as CSV files. A spreadsheet evaluates texts that start like formulas: they are
// marked as text; numbers stay numbers.
(function () {
  "use strict";
  const tt = (window.truetape = window.truetape || {});
  const FORMULA = /^[=+\-@\t\r]/;

  const safe = (value) => (typeof value === "string" && FORMULA.test(value) ? `'${value}` : value);
  const time = (seconds) => (seconds ? new Date(seconds * 1000).toISOString() : "");
  const percent = (share) => (typeof share === "number" ? Number((share * 100).toPrecision(12)) : "");

  function cell(value) {
    if (value === null || value === undefined) return "";
    return typeof value === "string" ? `"${safe(value).replace(/"/g, '""')}"` : String(value);
  }

  // `columns` are [title, value(row)].
  function text(columns, rows) {
    const lines = [columns.map(([title]) => title), ...rows.map((row) => columns.map(([, value]) => value(row)))];
    return lines.map((line) => line.map(cell).join(",")).join("\r\n");
  }

  const named = (name) => `${name}-${tt.format.day(new Date())}.csv`;

  function save(name, columns, rows) {
    const url = URL.createObjectURL(new Blob(["\ufeff", text(columns, rows)], { type: "text/csv;charset=utf-8" }));
    const link = tt.make("a", { href: url, download: named(name) });
    link.click();
    window.setTimeout(() => URL.revokeObjectURL(url), 1000);
  }

  tt.csv = { safe, time, percent, text, named, save };
})();
