// Tables as CSV files. A spreadsheet evaluates texts that start like formulas: they are
// marked as text; numbers stay numbers.
import { make } from "./elements.js";
import * as format from "./format.js";

/**
 * @template T
 * @typedef {[title: string, value: (row: T) => unknown]} Column
 */

const FORMULA = /^[=+\-@\t\r]/;

/**
 * @template T
 * @param {T} value
 * @returns {T | string}
 */
export const safe = (value) => (typeof value === "string" && FORMULA.test(value) ? `'${value}` : value);
/** @param {number | null | undefined} seconds */
export const time = (seconds) => (seconds ? new Date(seconds * 1000).toISOString() : "");
/** @param {unknown} share */
export const percent = (share) => (typeof share === "number" ? Number((share * 100).toPrecision(12)) : "");

/** @param {unknown} value */
function cell(value) {
  if (value === null || value === undefined) return "";
  return typeof value === "string" ? `"${String(safe(value)).replace(/"/g, '""')}"` : String(value);
}

/**
 * `columns` are [title, value(row)].
 * @template T
 * @param {Column<T>[]} columns
 * @param {T[]} rows
 */
export function text(columns, rows) {
  const lines = [columns.map(([title]) => title), ...rows.map((row) => columns.map(([, value]) => value(row)))];
  return lines.map((line) => line.map(cell).join(",")).join("\r\n");
}

/** @param {string} name */
export const named = (name) => `${name}-${format.day(new Date())}.csv`;

/**
 * @template T
 * @param {string} name
 * @param {Column<T>[]} columns
 * @param {T[]} rows
 */
export function save(name, columns, rows) {
  const url = URL.createObjectURL(new Blob(["\ufeff", text(columns, rows)], { type: "text/csv;charset=utf-8" }));
  const link = make("a", { href: url, download: named(name) });
  link.click();
  window.setTimeout(() => URL.revokeObjectURL(url), 1000);
}
