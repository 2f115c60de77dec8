// Tables whose row elements stay while their values change, and sparklines.
(function () {
  "use strict";
  const tt = (window.truetape = window.truetape || {});
  const { make } = tt;
  const SVG = "http://www.w3.org/2000/svg";
  const WIDTH = 120;
  const HEIGHT = 26;

  // A column has a title and either `text(row)`, with `tone(row)` for a class, or `make(row)`, which
  // builds a cell's content once, with `refresh(node, row)`.
  tt.table = function (columns, key, caption) {
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
  };

  // `points`: {time, low, mean, high} in time order; the band shows low to high.
  tt.sparkline = function () {
    const picture = document.createElementNS(SVG, "svg");
    picture.setAttribute("viewBox", `0 0 ${WIDTH} ${HEIGHT}`);
    picture.setAttribute("preserveAspectRatio", "none");
    picture.setAttribute("class", "sparkline");
    picture.setAttribute("role", "img");
    const band = document.createElementNS(SVG, "polygon");
    const line = document.createElementNS(SVG, "polyline");
    const title = document.createElementNS(SVG, "title");
    picture.append(title, band, line);
    picture.show = (points, describe) => draw(picture, { band, line, title }, points, describe);
    return picture;
  };

  function draw(picture, { band, line, title }, points, describe) {
    const times = points.map(({ time }) => new Date(time).getTime());
    const first = times[0];
    const span = Math.max(1, times[times.length - 1] - first);
    const low = Math.min(...points.map((point) => point.low));
    const high = Math.max(...points.map((point) => point.high));
    const x = (at) => (((times[at] - first) / span) * WIDTH).toFixed(1);
    const y = (value) => {
      const part = high > low ? (value - low) / (high - low) : 0.5;
      return (HEIGHT - 2 - part * (HEIGHT - 4)).toFixed(1);
    };
    const along = (name) => points.map((point, at) => `${x(at)},${y(point[name])}`);
    line.setAttribute("points", along("mean").join(" "));
    band.setAttribute("points", [...along("high"), ...along("low").reverse()].join(" "));
    title.textContent = points.length ? describe(low, high) : "No data in this time span";
    picture.setAttribute("aria-label", title.textContent);
    picture.classList.toggle("empty-line", points.length < 2);
  }
})();
