// The names of live topics: what they are about, and whose they are.

/** @typedef {{symbol: string, timeframe: string}} View The instrument and timeframe of a chart. */

/** @param {View} view */
export const candleTopic = ({ symbol, timeframe }) => `candle.${timeframe}.${symbol}`;

/** @param {{symbol: string}} view */
export const tradesTopic = ({ symbol }) => `trades.${symbol}`;

/** @param {View} view */
export const signalsTopic = ({ symbol, timeframe }) => `signals.${timeframe}.${symbol}`;

/** @param {string} name */
export const botTopic = (name) => `bot.${name}`;

/**
 * Return the topics of indicators that belong to a chart; those of the previous one are left out.
 * @param {View} view
 * @param {string[]} topics
 */
export const indicatorsOf = ({ symbol, timeframe }, topics) => (
  topics.filter((topic) => topic.startsWith(`indicator.${timeframe}.${symbol} `)));

/**
 * Return each topic that any part of the page watches, once.
 * @param {Map<string, string[]>} watchers by the name of the part
 */
export const watchedBy = (watchers) => [...new Set([...watchers.values()].flat())];
