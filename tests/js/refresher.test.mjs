// When a job runs again: not too often, not two at once, and now where somebody waits for it.

import assert from "node:assert/strict";
import test from "node:test";

import { Refresher } from "../../static/js/common/refresher.js";

/** A job of `took` ms on a clock that only moves when told to. */
function bench(took, interval = 100) {
  const timers = [];
  const clock = {
    ms: 0,
    now: () => clock.ms,
    wait: (callback, ms) => timers.push({ due: clock.ms + ms, callback }),
  };
  const began = [];
  const refresher = new Refresher(
    async () => {
      began.push(clock.ms);
      clock.ms += took;
    },
    interval,
    clock,
  );
  const settled = () => new Promise((done) => setImmediate(done));
  const until = async (ms) => {
    await settled();
    for (;;) {
      timers.sort((a, b) => a.due - b.due);
      if (!timers.length || timers[0].due > ms) break;
      const next = timers.shift();
      clock.ms = Math.max(clock.ms, next.due);
      next.callback();
      await settled();
    }
    clock.ms = Math.max(clock.ms, ms);
  };
  return { refresher, began, until };
}

test("runs begin an interval apart however often they are asked for", async () => {
  const { refresher, began, until } = bench(1);
  for (let ms = 0; ms <= 250; ms += 10) {
    await until(ms);
    refresher.request();
  }
  await until(1000);
  assert.deepEqual(began, [0, 100, 200, 300]);
});

test("after a slow run the pause is three times as long as it took", async () => {
  const { refresher, began, until } = bench(2000);
  refresher.request();
  await until(2100);
  refresher.request();
  await until(20_000);
  assert.deepEqual(began, [0, 8000]);
});

test("what is demanded runs now, though a timer for later is set", async () => {
  const { refresher, began, until } = bench(2000);
  refresher.request();
  await until(2100);
  refresher.request();
  await until(2200);
  refresher.demand();
  await until(20_000);
  assert.deepEqual(began, [0, 2200], "the timer finds nothing left to do");
});

test("what is demanded during a run comes right after it", async () => {
  const began = [];
  const ends = [];
  const refresher = new Refresher(() => {
    began.push(began.length);
    return new Promise((done) => ends.push(done));
  }, 60_000);
  refresher.request();
  refresher.demand();
  assert.deepEqual(began, [0], "never two at once");
  ends[0]();
  await new Promise((done) => setImmediate(done));
  assert.deepEqual(began, [0, 1]);
  ends[1]();
});
