// @ts-check
// Runs an asynchronous job again and again on request: never two at once, not too often.

/** @typedef {{now: () => number, wait: (callback: () => void, ms: number) => unknown}} Clock */

/** @type {Clock} */
const REAL = { now: () => performance.now(), wait: (callback, ms) => setTimeout(callback, ms) };
/** After a slow answer the pause grows, so that a page never takes more than this share of a server. */
const PAUSE_PER_DURATION = 3;

/** Coalesces requests for one job.
 *
 * `request()` asks for a run that begins after the call. Runs begin at least `interval` ms apart,
 * and after a slow run at least three times as long as it took. */
export class Refresher {
  /** @param {() => Promise<void>} job @param {number} interval @param {Clock} [clock] */
  constructor(job, interval, clock = REAL) {
    this.job = job;
    this.interval = interval;
    this.clock = clock;
    this.wanted = false;
    this.busy = false;
    this.waiting = false;
    this.earliest = -Infinity;
    /** Was a run demanded while one was under way? */
    this.demanded = false;
  }

  request() {
    this.wanted = true;
    this.arm();
  }

  /** Ask for a run at once, or right after the one under way: somebody waits for it. */
  demand() {
    this.earliest = -Infinity;
    this.demanded = this.busy;
    this.request();
  }

  arm() {
    if (!this.wanted || this.busy) return;
    const pause = this.earliest - this.clock.now();
    if (pause <= 0) {
      void this.run();
      return;
    }
    if (this.waiting) return;
    this.waiting = true;
    this.clock.wait(() => {
      this.waiting = false;
      this.arm();
    }, pause);
  }

  async run() {
    this.wanted = false;
    this.busy = true;
    const began = this.clock.now();
    try {
      await this.job();
    } finally {
      const took = this.clock.now() - began;
      this.earliest = this.demanded
        ? -Infinity
        : Math.max(began + this.interval, began + took * (1 + PAUSE_PER_DURATION));
      this.demanded = false;
      this.busy = false;
      this.arm();
    }
  }
}
