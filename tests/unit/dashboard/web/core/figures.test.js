// Figures of the server's callbacks in the colours of the page, as the user left them.
import assert from "node:assert/strict";
import { test } from "node:test";

globalThis.window = globalThis;
const { coloured, keepView } = await import("../../../../../dashboard/web/core/figures.js");

const figure = (range, revision = "7d") => ({
  data: [{ name: "alice" }, { name: "bob" }],
  layout: { uirevision: revision, xaxis: { fixedrange: false, ...range }, yaxis: { fixedrange: true } },
});
const zoomed = { autorange: false, range: [1, 2] };

test("tokens become colours wherever they stand, and nothing else changes", () => {
  const read = (token) => ({ "--tt-up": "#0b8f83", "--tt-down": "#d63a37" })[token];
  const given = { data: [{ x: [1, null], marker: { color: ["--tt-up", "--tt-down"] } }], layout: { title: "up", height: 2 } };
  assert.deepEqual(coloured(given, read), {
    data: [{ x: [1, null], marker: { color: ["#0b8f83", "#d63a37"] } }], layout: { title: "up", height: 2 },
  });
});

test("a zoom is kept by new values of the same view", () => {
  assert.deepEqual(keepView(figure(), figure(zoomed)).layout.xaxis, { fixedrange: false, ...zoomed });
});

test("another view shows all of its values", () => {
  assert.deepEqual(keepView(figure({}, "1d"), figure(zoomed)), figure({}, "1d"));
});

test("an axis that follows its values goes on following them", () => {
  assert.deepEqual(keepView(figure(), figure({ autorange: true, range: [1, 2] })), figure());
});

test("an axis with a range of its own keeps that, and one that cannot be zoomed too", () => {
  const shown = figure(zoomed);
  shown.layout.yaxis = zoomed;
  const kept = keepView(figure({ range: [5, 6] }), shown);
  assert.deepEqual(kept.layout.xaxis.range, [5, 6]);
  assert.deepEqual(kept.layout.yaxis, { fixedrange: true });
});

test("a trace that the legend has switched off stays off", () => {
  const shown = figure();
  shown.data[1].visible = "legendonly";
  assert.deepEqual(keepView(figure(), shown).data, [{ name: "alice" }, { name: "bob", visible: "legendonly" }]);
});

test("the first figure is drawn as it is", () => {
  assert.deepEqual(keepView(figure(), null), figure());
});
