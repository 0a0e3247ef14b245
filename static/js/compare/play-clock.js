// @ts-check
// How many steps are due: a speed turned into steps, without a backlog.

/** Owes what could not be shown yet, for at most this long. */
const MOST_OWED_S = 0.5;

/** The clock of both machines. */
export class PlayClock {
  constructor() {
    /** Steps a second. */
    this.speed = 100;
    this.owed = 0;
    /** @type {number|null} */
    this.last = null;
  }

  get running() {
    return this.last !== null;
  }

  /** @param {number} nowMs */
  start(nowMs) {
    this.owed = 0;
    this.last = nowMs;
  }

  stop() {
    this.last = null;
  }

  /** Whole steps that are due, which are then no longer owed. @param {number} nowMs */
  due(nowMs) {
    if (this.last === null) return 0;
    const passed = (nowMs - this.last) / 1000;
    this.last = nowMs;
    const most = Math.max(1, this.speed * MOST_OWED_S);
    this.owed = Math.min(most, this.owed + this.speed * passed);
    const whole = Math.floor(this.owed);
    this.owed -= whole;
    return whole;
  }
}
