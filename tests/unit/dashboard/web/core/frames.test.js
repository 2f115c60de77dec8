import assert from "node:assert/strict";
import { test } from "node:test";

import { HeldFrames, isBehind, isNewer } from "../../../../../dashboard/web/core/frames.js";

const frame = (number, topic = "candle") => ({ topic, number });

test("a frame that the snapshot contains is late, a later one is not", () => {
  assert.equal(isNewer(frame(7), { candle: 7 }), false);
  assert.equal(isNewer(frame(8), { candle: 7 }), true);
  assert.equal(isNewer(frame(1, "trades"), { candle: 7 }), true);
});

test("of frames held while a snapshot was read only those after it are applied, in order", () => {
  const held = new HeldFrames(10);
  for (const number of [5, 6, 7, 8]) held.add(frame(number));
  held.add(frame(3, "trades"));
  assert.deepEqual(held.newerThan({ candle: 6, trades: 3 }), [frame(7), frame(8)]);
});

test("held frames are kept for the next snapshot, too, until they are cleared", () => {
  const held = new HeldFrames(10);
  held.add(frame(5));
  assert.deepEqual(held.newerThan({ candle: 4 }), [frame(5)]);
  assert.deepEqual(held.newerThan({ candle: 4 }), [frame(5)]);
  held.clear();
  assert.deepEqual(held.newerThan({}), []);
});

test("no more than the newest frames are held", () => {
  const held = new HeldFrames(2);
  for (const number of [1, 2, 3]) held.add(frame(number));
  assert.deepEqual(held.newerThan({}), [frame(2), frame(3)]);
});

test("a snapshot is behind if frames between it and the first of the socket are missing", () => {
  const live = { epoch: "one", numbers: { candle: 5 } };
  assert.equal(isBehind({ epoch: "one", numbers: { candle: 4 } }, live), true);
  assert.equal(isBehind({ epoch: "one", numbers: { candle: 5 } }, live), false);
  assert.equal(isBehind({ epoch: "one", numbers: { candle: 9 } }, live), false);
});

test("a snapshot of another server is behind, whatever its numbers", () => {
  const live = { epoch: "two", numbers: { candle: 0 } };
  assert.equal(isBehind({ epoch: "one", numbers: { candle: 9 } }, live), true);
});
