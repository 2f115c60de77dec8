// The drawn series of indicators, aligned with the bars of the chart.

/** @typedef {import("./bars.js").Bars} Bars */
/**
 * @typedef {object} Output One line or histogram of an indicator, as the catalog describes it.
 * @property {string} name
 * @property {string} shape `line`, `dashes`, `histogram`, or `unseen`
 * @property {string} colour
 * @property {number} width
 * @property {string | null} sign the output whose sign selects the colour
 * @property {string} falling the colour below zero
 */
/**
 * @typedef {object} Parameter
 * @property {string} name
 * @property {string} type
 * @property {string} description
 * @property {string[]} choices
 * @property {string | number | boolean} default
 * @property {number | null} [minimum]
 * @property {number | null} [maximum]
 * @property {boolean} [above]
 * @property {boolean} [below]
 */
/**
 * @typedef {object} Kind An entry of the catalog.
 * @property {string} name
 * @property {string} title
 * @property {string} summary
 * @property {string} about
 * @property {string} pane `overlay`, `volume` or `own`
 * @property {Output[]} outputs
 * @property {Parameter[]} parameters
 * @property {number[]} levels
 */
/** @typedef {(number | null)[]} Cells The values of all outputs at one bar. */
/**
 * @typedef {object} Drawable What an indicator needs to be drawn.
 * @property {string} id
 * @property {Kind} kind
 * @property {number[]} shifts in bars, by output
 * @property {Record<string, string>} colours those that differ from the catalog
 * @property {Map<number, Cells>} values by the time of a bar
 */
/**
 * @template {Drawable} T
 * @typedef {object} Series
 * @property {string} id
 * @property {T} indicator
 * @property {number} at the position of its output
 * @property {number} pane 0 price, 1 volume, 2 and on below
 * @property {string} shape
 * @property {number} width
 * @property {number} shift
 * @property {number} signAt the position of the output with its sign, or -1
 * @property {string} colour
 * @property {string} falling
 * @property {number[]} levels
 */
/** @typedef {{time: number, value?: number, color?: string}} Point */

/**
 * Return the series of indicators from the top pane down.
 * @template {Drawable} T
 * @param {T[]} drawn
 * @returns {Series<T>[]}
 */
export function seriesOf(drawn) {
  let own = 1;
  return drawn.flatMap((one) => {
    const pane = one.kind.pane === "overlay" ? 0 : one.kind.pane === "volume" ? 1 : (own += 1);
    const names = one.kind.outputs.map((output) => output.name);
    return one.kind.outputs.map((output, at) => ({
      id: `${one.id}.${output.name}`, indicator: one, at, pane, shape: output.shape,
      width: output.width, shift: one.shifts[at], signAt: output.sign === null ? -1 : names.indexOf(output.sign),
      colour: one.colours[output.name] || output.colour, falling: output.falling,
      levels: at === 0 ? one.kind.levels : [],
    })).filter(({ shape }) => shape !== "unseen");
  });
}

/**
 * Return one output at one bar, in the engines' format; a shifted output is drawn so many bars later.
 * @param {Series<Drawable>} series
 * @param {Bars} bars
 * @param {number} row
 * @returns {Point}
 */
export function pointAt(series, bars, row) {
  const { time } = bars.list[row];
  const source = bars.list[row - series.shift];
  const cells = source && series.indicator.values.get(source.time);
  const value = cells ? cells[series.at] : null;
  if (!cells || value === null || value === undefined) return { time };
  if (series.signAt < 0) return { time, value };
  return { time, value, color: (cells[series.signAt] ?? 0) < 0 ? series.falling : series.colour };
}
