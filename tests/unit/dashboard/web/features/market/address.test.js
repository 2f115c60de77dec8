import assert from "node:assert/strict";
import { test } from "node:test";

import { searchOf } from "../../../../../../dashboard/web/features/market/address.js";

const UNKNOWN = { symbol: null, timeframe: null, engine: /** @type {const} */ ("lightweight") };
const CHOSEN = { ...UNKNOWN, symbol: "okx:BTC-USDT", timeframe: "5m" };

test("the address contains what is chosen; the usual engine is left out", () => {
  assert.equal(searchOf("", CHOSEN), "?symbol=okx:BTC-USDT&timeframe=5m");
  assert.equal(searchOf("?symbol=okx:ETH-USDT&timeframe=1m", CHOSEN), "?symbol=okx:BTC-USDT&timeframe=5m");
  assert.match(searchOf("", { ...CHOSEN, engine: "plotly" }), /&engine=plotly$/);
  assert.match(searchOf("?engine=plotly", CHOSEN), /^\?engine=lightweight&/);
});

test("a value that is not known, as while the server restarts, is not written", () => {
  assert.equal(searchOf("", UNKNOWN), "");
  assert.equal(searchOf("", { ...UNKNOWN, timeframe: "5m" }), "?timeframe=5m");
  assert.equal(searchOf("?symbol=okx:ETH-USDT&timeframe=1h", UNKNOWN), "?symbol=okx:ETH-USDT&timeframe=1h");
});
