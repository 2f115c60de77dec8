// The candles of one chart, oldest first: the source that every engine draws from.

/** @typedef {{time: number, open: number, high: number, low: number, close: number, volume: number}} Candle */
/** @typedef {{time: number, open?: undefined, high?: undefined, low?: undefined, close?: undefined, volume?: undefined}} Gap */
/** @typedef {Candle | Gap} Bar A bar without prices is an unknown bucket: it is drawn as a gap. */

/**
 * @typedef {Record<"open" | "high" | "low" | "close" | "volume", (number | null)[]> & {time: number[]}} Columns
 * @param {Columns} columns
 * @returns {Bar[]}
 */
export function fromColumns(columns) {
  return /** @type {Bar[]} */ (columns.time.map((time, row) => (columns.open[row] === null ? { time } : {
    time,
    open: columns.open[row],
    high: columns.high[row],
    low: columns.low[row],
    close: columns.close[row],
    volume: columns.volume[row],
  })));
}

/**
 * @param {number[]} row
 * @returns {Candle}
 */
export function fromRow([time, open, high, low, close, volume]) {
  return { time, open, high, low, close, volume };
}

export class Bars {
  /** @param {Bar[]} list */
  constructor(list) {
    this.list = list;
    this.index = new Map(list.map((bar, row) => [bar.time, row]));
  }

  get length() { return this.list.length; }
  get first() { return this.list[0]; }
  get last() { return this.list[this.list.length - 1]; }
  /**
   * @param {number} time
   * @returns {Bar | undefined}
   */
  at(time) { return this.list[this.index.get(time) ?? -1]; }
  /** @param {number} time */
  row(time) { return this.index.get(time); }

  /**
   * Returns "update" if an engine may update this bar only, "insert" if it must redraw.
   * @param {Bar} bar
   */
  put(bar) {
    const row = this.index.get(bar.time);
    if (row !== undefined) {
      const known = this.list[row].close !== undefined;
      this.list[row] = bar;
      return known ? "update" : "insert";
    }
    if (!this.length || bar.time > this.last.time) {
      this.index.set(bar.time, this.list.push(bar) - 1);
      return "update";
    }
    const place = this.list.findIndex((other) => other.time > bar.time);
    this.list.splice(place, 0, bar);
    this.index = new Map(this.list.map((other, at) => [other.time, at]));
    return "insert";
  }

  /**
   * Prepends older bars; existing ones stay. Returns how many were added.
   * @param {Bar[]} older
   */
  prepend(older) {
    const fresh = this.length ? older.filter((bar) => bar.time < this.first.time) : older;
    const list = fresh.concat(this.list);
    this.index = new Map(list.map((bar, row) => [bar.time, row]));
    this.list = list;
    return fresh.length;
  }

  /**
   * A newer snapshot of the same chart: keeps older bars that the snapshot does not contain.
   * @param {Bar[]} newer
   */
  renew(newer) {
    const overlaps = this.length && newer.length && newer[0].time <= this.last.time;
    const kept = overlaps ? this.list.filter((bar) => bar.time < newer[0].time) : [];
    const fresh = new Bars(kept.concat(newer));
    this.list = fresh.list;
    this.index = fresh.index;
    return Boolean(overlaps);
  }

  /** @param {number} most */
  dropOldest(most) {
    if (this.length <= most) return 0;
    const dropped = this.length - most;
    const fresh = new Bars(this.list.slice(dropped));
    this.list = fresh.list;
    this.index = fresh.index;
    return dropped;
  }
}
