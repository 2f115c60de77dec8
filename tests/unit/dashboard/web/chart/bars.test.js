import assert from "node:assert/strict";
import { test } from "node:test";

import { Bars, fromColumns, fromRow } from "../../../../../dashboard/web/chart/bars.js";

const bar = (time, close = time) => fromRow([time, close, close, close, close, 1]);
const times = (bars) => bars.list.map(({ time }) => time);

test("a row of columns without prices is a gap", () => {
  const columns = { time: [0, 60], open: [1, null], high: [2, null], low: [1, null], close: [2, null], volume: [3, null] };
  assert.deepEqual(fromColumns(columns), [{ time: 0, open: 1, high: 2, low: 1, close: 2, volume: 3 }, { time: 60 }]);
});

test("the forming bar is replaced, a newer one is appended", () => {
  const bars = new Bars([bar(0), bar(60)]);
  assert.equal(bars.put(bar(60, 7)), "update");
  assert.equal(bars.put(bar(120)), "update");
  assert.deepEqual(times(bars), [0, 60, 120]);
  assert.equal(bars.at(60).close, 7);
  assert.equal(bars.last.time, 120);
});

test("a bar that fills a gap, or comes between others, must be redrawn with all", () => {
  const bars = new Bars([bar(0), { time: 60 }, bar(180)]);
  assert.equal(bars.put(bar(60)), "insert");
  assert.equal(bars.put(bar(120)), "insert");
  assert.deepEqual(times(bars), [0, 60, 120, 180]);
  assert.deepEqual([0, 60, 120, 180].map((time) => bars.row(time)), [0, 1, 2, 3]);
});

test("older bars come in front, and never replace those that are there", () => {
  const bars = new Bars([bar(120, 1), bar(180)]);
  assert.equal(bars.prepend([bar(0), bar(60), bar(120, 9)]), 2);
  assert.deepEqual(times(bars), [0, 60, 120, 180]);
  assert.equal(bars.at(120).close, 1);
  assert.equal(bars.row(180), 3);
});

test("a newer snapshot keeps the older bars that it continues", () => {
  const bars = new Bars([bar(0), bar(60, 1)]);
  assert.equal(bars.renew([bar(60, 2), bar(120)]), true);
  assert.deepEqual(times(bars), [0, 60, 120]);
  assert.equal(bars.at(60).close, 2);
});

test("a snapshot behind a gap replaces all: what is between is unknown", () => {
  const bars = new Bars([bar(0), bar(60)]);
  assert.equal(bars.renew([bar(180), bar(240)]), false);
  assert.deepEqual(times(bars), [180, 240]);
});

test("the oldest bars are dropped beyond what an engine can hold", () => {
  const bars = new Bars([bar(0), bar(60), bar(120)]);
  assert.equal(bars.dropOldest(3), 0);
  assert.equal(bars.dropOldest(2), 1);
  assert.deepEqual(times(bars), [60, 120]);
  assert.equal(bars.row(60), 0);
  assert.equal(bars.row(0), undefined);
});
