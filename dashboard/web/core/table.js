// Tables whose row elements stay while their values change.
import { make } from "./elements.js";

/**
 * A column shows a text, with a class and a hint, or what `make` builds once and `refresh` changes.
 * @template T
 * @typedef {object} Column
 * @property {string} title
 * @property {boolean} [numeric]
 * @property {(row: T) => string} [text]
 * @property {(row: T) => string} [tone]
 * @property {(row: T) => string} [hint]
 * @property {(row: T) => HTMLElement | SVGElement} [make]
 * @property {(node: any, row: T) => void} [refresh] `node` is what `make` returned
 */

/**
 * @template T
 * @param {Column<T>[]} columns
 * @param {(row: T) => string} key identifies a row
 * @param {string} caption
 */
export function liveTable(columns, key, caption) {
  const body = make("tbody", {});
  const head = make("tr", {}, ...columns.map(({ title, numeric }) =>
    make("th", { className: numeric ? "numeric" : "", scope: "col", textContent: title })));
  const node = make("table", { "aria-label": caption }, make("thead", {}, head), body);
  /** @type {Map<string, HTMLTableRowElement>} */
  const rows = new Map();

  /** @param {T} row */
  function build(row) {
    const line = make("tr", {});
    columns.forEach((column) => {
      const cell = make("td", { className: column.numeric ? "numeric" : "" });
      if (column.make) cell.append(column.make(row));
      line.append(cell);
    });
    return line;
  }

  /**
   * @param {HTMLTableRowElement} line
   * @param {T} row
   */
  function refresh(line, row) {
    columns.forEach((column, at) => {
      const cell = line.cells[at];
      if (column.make) {
        if (column.refresh) column.refresh(cell.firstChild, row);
        return;
      }
      const text = column.text?.(row) ?? "";
      if (cell.textContent !== text) cell.textContent = text;
      if (column.hint) cell.title = column.hint(row) || "";
      const tone = column.tone ? column.tone(row) : "";
      const className = [column.numeric ? "numeric" : "", tone].filter(Boolean).join(" ");
      if (cell.className !== className) cell.className = className;
    });
  }

  return {
    node,
    /** @param {T[]} values */
    show(values) {
      const names = new Set(values.map(key));
      for (const [name, line] of rows) {
        if (!names.has(name)) {
          line.remove();
          rows.delete(name);
        }
      }
      values.forEach((row, at) => {
        const name = key(row);
        const line = rows.get(name) ?? build(row);
        rows.set(name, line);
        refresh(line, row);
        if (body.children[at] !== line) body.insertBefore(line, body.children[at] || null);
      });
    },
  };
}
