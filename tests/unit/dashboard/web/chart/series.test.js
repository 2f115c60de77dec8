import assert from "node:assert/strict";
import { test } from "node:test";

import { Bars, fromRow } from "../../../../../dashboard/web/chart/bars.js";
import { pointAt, seriesOf } from "../../../../../dashboard/web/chart/series.js";

const BARS = new Bars([0, 60, 120].map((time) => fromRow([time, 1, 1, 1, 1, 1])));
const output = (name, more) => ({ name, shape: "line", colour: "#111", width: 1, sign: null, falling: "#f00", ...more });
const indicator = (id, pane, outputs, more) => ({
  id, kind: { pane, outputs, levels: [50] }, shifts: outputs.map(() => 0), colours: {}, values: new Map(), ...more,
});

test("overlays are drawn on the price, each other indicator in a pane of its own", () => {
  const drawn = [
    indicator("a", "own", [output("rsi")]), indicator("b", "overlay", [output("ema")]),
    indicator("c", "volume", [output("mean")]), indicator("d", "own", [output("macd"), output("signal")]),
  ];
  assert.deepEqual(seriesOf(drawn).map(({ id, pane }) => [id, pane]),
    [["a.rsi", 2], ["b.ema", 0], ["c.mean", 1], ["d.macd", 3], ["d.signal", 3]]);
});

test("outputs that are not drawn have no series, and levels are drawn once", () => {
  const drawn = [indicator("a", "own", [output("up"), output("sign", { shape: "unseen" }), output("down")])];
  assert.deepEqual(seriesOf(drawn).map(({ id, levels }) => [id, levels]), [["a.up", [50]], ["a.down", []]]);
});

test("a bar without a value is a point without one, so that all series have the same times", () => {
  const [series] = seriesOf([indicator("a", "own", [output("rsi")], { values: new Map([[60, [7]], [120, [null]]]) })]);
  assert.deepEqual([0, 1, 2].map((row) => pointAt(series, BARS, row)), [{ time: 0 }, { time: 60, value: 7 }, { time: 120 }]);
});

test("a shifted output is drawn as many bars later as it is shifted", () => {
  const values = new Map([[0, [5]], [60, [6]], [120, [7]]]);
  const [later] = seriesOf([indicator("a", "own", [output("lead")], { values, shifts: [2] })]);
  assert.deepEqual([0, 1, 2].map((row) => pointAt(later, BARS, row)), [{ time: 0 }, { time: 60 }, { time: 120, value: 5 }]);
  const [earlier] = seriesOf([indicator("a", "own", [output("lag")], { values, shifts: [-1] })]);
  assert.deepEqual(pointAt(earlier, BARS, 0), { time: 0, value: 6 });
});

test("the sign of another output selects the colour, a chosen colour that of rising values", () => {
  const outputs = [output("line", { sign: "slope" }), output("slope", { shape: "unseen" })];
  const values = new Map([[0, [5, -1]], [60, [6, 1]]]);
  const [series] = seriesOf([indicator("a", "own", outputs, { values, colours: { line: "#0f0" } })]);
  assert.deepEqual([0, 1].map((row) => pointAt(series, BARS, row).color), ["#f00", "#0f0"]);
});
