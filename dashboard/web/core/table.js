// Tables whose row elements stay while their values change.
import { make } from "./elements.js";

// A column has a title and either `text(row)`, with `tone(row)` for a class, or `make(row)`, which
// builds a cell's content once, with `refresh(node, row)`.
export function liveTable(columns, key, caption) {
  const body = make("tbody", {});
  const head = make("tr", {}, ...columns.map(({ title, numeric }) =>
    make("th", { className: numeric ? "numeric" : "", scope: "col", textContent: title })));
  const node = make("table", { "aria-label": caption }, make("thead", {}, head), body);
  const rows = new Map();

  function build(row) {
    const line = make("tr", {});
    columns.forEach((column) => {
      const cell = make("td", { className: column.numeric ? "numeric" : "" });
      if (column.make) cell.append(column.make(row));
      line.append(cell);
    });
    return line;
  }

  function refresh(line, row) {
    columns.forEach((column, at) => {
      const cell = line.children[at];
      if (column.make) {
        if (column.refresh) column.refresh(cell.firstChild, row);
        return;
      }
      const text = column.text(row);
      if (cell.textContent !== text) cell.textContent = text;
      if (column.hint) cell.title = column.hint(row) || "";
      const tone = column.tone ? column.tone(row) : "";
      const className = [column.numeric ? "numeric" : "", tone].filter(Boolean).join(" ");
      if (cell.className !== className) cell.className = className;
    });
  }

  return {
    node,
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
        if (!rows.has(name)) rows.set(name, build(row));
        const line = rows.get(name);
        refresh(line, row);
        if (body.children[at] !== line) body.insertBefore(line, body.children[at] || null);
      });
    },
  };
}
