import assert from "node:assert/strict";
import { test } from "node:test";

import * as csv from "../../../../../dashboard/web/core/csv.js";

test("a text that a spreadsheet would evaluate is marked as text, a number is not", () => {
  const rows = ["=2+2", '@x "y"', -2, null];
  assert.equal(csv.text([["=note", (row) => row]], rows), '"\'=note"\r\n"\'=2+2"\r\n"\'@x ""y"""\r\n-2\r\n');
});

test("times are ISO 8601 in UTC, shares are percent", () => {
  assert.equal(csv.time(0), "");
  assert.equal(csv.time(86400), "1970-01-02T00:00:00.000Z");
  assert.equal(csv.percent(0.1234), 12.34);
  assert.equal(csv.percent(null), "");
});
