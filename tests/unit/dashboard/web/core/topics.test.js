import assert from "node:assert/strict";
import { test } from "node:test";

import * as topics from "../../../../../dashboard/web/core/topics.js";

const VIEW = { symbol: "okx:BTC-USDT", timeframe: "1m" };

test("a chart has topics of its own instrument and timeframe", () => {
  assert.equal(topics.candleTopic(VIEW), "candle.1m.okx:BTC-USDT");
  assert.equal(topics.tradesTopic(VIEW), "trades.okx:BTC-USDT");
  assert.equal(topics.signalsTopic(VIEW), "signals.1m.okx:BTC-USDT");
});

test("indicators of another chart are not watched", () => {
  const own = "indicator.1m.okx:BTC-USDT ema {}";
  const others = [
    "indicator.5m.okx:BTC-USDT ema {}", "indicator.1m.okx:ETH-USDT ema {}", "indicator.1m.okx:BTC-USDT-SWAP ema {}",
  ];
  assert.deepEqual(topics.indicatorsOf(VIEW, [...others, own]), [own]);
});

test("a topic that two parts watch is watched once, and as long as one of them does", () => {
  const watchers = new Map([["market", ["candle", "trades"]], ["bot", ["candle", "bot.a"]]]);
  assert.deepEqual(topics.watchedBy(watchers), ["candle", "trades", "bot.a"]);
  watchers.set("market", []);
  assert.deepEqual(topics.watchedBy(watchers), ["candle", "bot.a"]);
});
