import assert from "node:assert/strict";
import { test } from "node:test";

import { barHeight } from "../../static/js/timeline/bars.js";

test("a bar is seen however small its share, and none stands for nothing", () => {
  assert.equal(barHeight(0, 1000), 0);
  assert.equal(barHeight(1, 1_000_000), 2);
  assert.equal(barHeight(250, 1000), 5);
  assert.equal(barHeight(1000, 1000), 10);
});
