// @ts-check
// Runs an asynchronous job at once: never two together, and once more where it was asked for meanwhile.

/** For what somebody waits for; a `Refresher` is for what a page does by itself. */
export class Latest {
  /** @param {() => Promise<void>} job */
  constructor(job) {
    this.job = job;
    this.busy = false;
    this.wanted = false;
  }

  request() {
    this.wanted = true;
    if (!this.busy) void this.run();
  }

  async run() {
    this.busy = true;
    try {
      while (this.wanted) {
        this.wanted = false;
        await this.job();
      }
    } finally {
      this.busy = false;
    }
  }
}
