// Sparklines.
const SVG = "http://www.w3.org/2000/svg";
const WIDTH = 120;
const HEIGHT = 26;

// `points`: {time, low, mean, high} in time order; the band shows low to high.
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
  picture.show = (points, describe) => draw(picture, { band, line, title }, points, describe);
  return picture;
}

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
