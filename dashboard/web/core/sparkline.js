// Sparklines.

/** @typedef {{time: string, low: number, mean: number, high: number}} Point */
/** @typedef {(low: number, high: number) => string} Describe */

const SVG = "http://www.w3.org/2000/svg";
const WIDTH = 120;
const HEIGHT = 26;

/** Return a picture, and how to show points in time order in it; the band shows low to high. */
export function sparkline() {
  const picture = document.createElementNS(SVG, "svg");
  picture.setAttribute("viewBox", `0 0 ${WIDTH} ${HEIGHT}`);
  picture.setAttribute("preserveAspectRatio", "none");
  picture.setAttribute("class", "sparkline");
  picture.setAttribute("role", "img");
  const band = document.createElementNS(SVG, "polygon");
  const line = document.createElementNS(SVG, "polyline");
  const title = document.createElementNS(SVG, "title");
  picture.append(title, band, line);
  return {
    picture,
    /** @type {(points: Point[], describe: Describe) => void} */
    show: (points, describe) => draw(picture, { band, line, title }, points, describe),
  };
}

/**
 * @param {SVGElement} picture
 * @param {{band: SVGElement, line: SVGElement, title: SVGElement}} parts
 * @param {Point[]} points
 * @param {Describe} describe
 */
function draw(picture, { band, line, title }, points, describe) {
  const times = points.map(({ time }) => new Date(time).getTime());
  const first = times[0];
  const span = Math.max(1, times[times.length - 1] - first);
  const low = Math.min(...points.map((point) => point.low));
  const high = Math.max(...points.map((point) => point.high));
  const x = (/** @type {number} */ at) => (((times[at] - first) / span) * WIDTH).toFixed(1);
  const y = (/** @type {number} */ value) => {
    const part = high > low ? (value - low) / (high - low) : 0.5;
    return (HEIGHT - 2 - part * (HEIGHT - 4)).toFixed(1);
  };
  const along = (/** @type {"low" | "mean" | "high"} */ name) => points.map((point, at) => `${x(at)},${y(point[name])}`);
  line.setAttribute("points", along("mean").join(" "));
  band.setAttribute("points", [...along("high"), ...along("low").reverse()].join(" "));
  title.textContent = points.length ? describe(low, high) : "No data in this time span";
  picture.setAttribute("aria-label", title.textContent);
  picture.classList.toggle("empty-line", points.length < 2);
}
