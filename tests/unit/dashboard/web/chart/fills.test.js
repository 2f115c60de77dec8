import assert from "node:assert/strict";
import { beforeEach, test } from "node:test";

import { Bars, fromRow } from "../../../../../dashboard/web/chart/bars.js";
import * as fills from "../../../../../dashboard/web/chart/fills.js";

const BARS = new Bars([60, 120].map((time) => fromRow([time, 1, 1, 1, 1, 1])));
const fill = (time) => ({ time, side: "buy", price: 1, size: 1, reason: "signal" });

beforeEach(() => fills.clear());

test("a fill is marked at the bar in which it happened, and only if that is shown", () => {
  fills.set([fill(59), fill(60), fill(119.9), fill(200)], []);
  assert.deepEqual(fills.marks(BARS, 60).map(({ time, bar }) => [time, bar]), [[60, 60], [119.9, 60]]);
  assert.deepEqual(fills.at(BARS, 60, 60).map(({ time }) => time), [60, 119.9]);
});

test("levels that did not change are not drawn again", () => {
  let draws = 0;
  fills.onChange(() => { draws += 1; });
  const line = { kind: "stop", price: 9, title: "stop" };
  fills.setLevels([line]);
  fills.setLevels([{ ...line }]);
  assert.equal(draws, 1);
  fills.setLevels([]);
  assert.equal(draws, 2);
});
