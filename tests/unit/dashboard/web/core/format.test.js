import assert from "node:assert/strict";
import { test } from "node:test";

import * as format from "../../../../../dashboard/web/core/format.js";

test("an unknown number is a dash", () => {
  for (const write of [format.number, format.plain, format.money, format.price, format.size, format.compact]) {
    assert.equal(write(null, 2), "—");
    assert.equal(write(undefined, 2), "—");
  }
  assert.equal(format.number(NaN, 2), "—");
});

test("a negative number has a true minus sign, a positive change its plus", () => {
  assert.equal(format.number(-1234.5, 1), "−1,234.5");
  assert.equal(format.signed(0.25, 2), "+0.25");
  assert.equal(format.signed(-0.25, 2), "−0.25");
  assert.equal(format.signed(0, 2), "0.00");
});

test("money has hundredths, and more decimals only for what they would hide", () => {
  assert.equal(format.money(12.5, "USDT"), "12.50");
  assert.equal(format.money(0.00012345, "USDT"), "0.000123");
  assert.equal(format.money(0.5, "BTC"), "0.50");
  assert.equal(format.profit(3, "USDT"), "+3.00");
  assert.equal(format.profitIn(-3, "USDT"), "−3.00 USDT");
});

test("an indicator's value has about five significant digits", () => {
  assert.deepEqual([4.4626e-11, -3.34e-7, 0.05, 1.5, 1234567].map(format.plain),
    ["4.4626e−11", "−0.000000334", "0.05", "1.500", "1.23 M"]);
});

test("a price keeps the digits that distinguish it", () => {
  assert.deepEqual([1.512e-9, 70123.4, 91234.567].map(format.price), ["0.000000001512", "70,123.40", "91,234.567"]);
});

test("the opening time of a bar is as precise as the bar", () => {
  const time = Date.UTC(2026, 0, 2, 3, 4, 5) / 1000;
  assert.equal(format.barTime(time, 1), "2026-01-02 03:04:05");
  assert.equal(format.barTime(time, 60), "2026-01-02 03:04");
  assert.equal(format.barTime(time, 86400), "2026-01-02");
});

test("an age is in the largest unit that distinguishes it", () => {
  assert.deepEqual([-3, 89, 90, 5400, 259200].map(format.age), ["0 s", "89 s", "2 min", "2 h", "3 d"]);
});
