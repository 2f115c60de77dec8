// Tables as CSV files. A spreadsheet evaluates texts that start like formulas: they are
// marked as text; numbers stay numbers.
import { make } from "./elements.js";
import * as format from "./format.js";

const FORMULA = /^[=+\-@\t\r]/;

export const safe = (value) => (typeof value === "string" && FORMULA.test(value) ? `'${value}` : value);
export const time = (seconds) => (seconds ? new Date(seconds * 1000).toISOString() : "");
export const percent = (share) => (typeof share === "number" ? Number((share * 100).toPrecision(12)) : "");

function cell(value) {
  if (value === null || value === undefined) return "";
  return typeof value === "string" ? `"${safe(value).replace(/"/g, '""')}"` : String(value);
}

// `columns` are [title, value(row)].
export function text(columns, rows) {
  const lines = [columns.map(([title]) => title), ...rows.map((row) => columns.map(([, value]) => value(row)))];
  return lines.map((line) => line.map(cell).join(",")).join("\r\n");
}

export const named = (name) => `${name}-${format.day(new Date())}.csv`;

export function save(name, columns, rows) {
  const url = URL.createObjectURL(new Blob(["\ufeff", text(columns, rows)], { type: "text/csv;charset=utf-8" }));
  const link = make("a", { href: url, download: named(name) });
  link.click();
  window.setTimeout(() => URL.revokeObjectURL(url), 1000);
}
