// @ts-check
// The machine's event stream, with its own reconnecting where the browser's gives up.

/** @typedef {import("../common/types.js").Frame} Frame */

/**
 * @typedef {object} StreamHandlers
 * @property {(frame: Frame) => void} onFrame
 * @property {(frame: Frame) => void} onReset events in between are not told
 * @property {(connected: boolean) => void} onConnection
 * @property {() => Promise<boolean>} mayRetry waits until the stream may be asked for again
 */

const RETRY_MS = 1500;

/** Follows `/events` from where it left off, for as long as the page lives. */
export class MachineStream {
  /** @param {string} id @param {StreamHandlers} handlers */
  constructor(id, handlers) {
    this.path = `/api/v1/machines/${id}/events`;
    this.handlers = handlers;
    /** The last event that was told. */
    this.seq = 0;
    /** @type {EventSource|null} */
    this.source = null;
    /** Is it to be asked for again where it ends? */
    this.followed = false;
  }

  /** Follow the events after `seq`. @param {number} seq */
  open(seq) {
    this.seq = seq;
    this.followed = true;
    const source = new EventSource(`${this.path}?after=${seq}`);
    this.source = source;
    source.addEventListener("open", () => this.handlers.onConnection(true));
    source.addEventListener("frame", (event) => this.frame(event));
    source.addEventListener("reset", (event) => this.reset(event));
    source.addEventListener("error", () => this.failed(source));
  }

  /** Stop following, to go on later: a browser has few connections for all its tabs. */
  pause() {
    this.followed = false;
    this.source?.close();
    this.source = null;
  }

  resume() {
    if (this.source === null) this.open(this.seq);
  }

  /** @param {MessageEvent<string>} message */
  frame(message) {
    /** @type {Frame} */
    const frame = JSON.parse(message.data);
    this.seq = frame.to;
    this.handlers.onFrame(frame);
  }

  /** @param {MessageEvent<string>} message */
  reset(message) {
    const data = JSON.parse(message.data);
    this.seq = data.seq;
    this.handlers.onReset({ ...data, from: data.seq, to: data.seq, events: [] });
  }

  /** The browser reconnects by itself after a cut, and not after an answer that is an error.
   * @param {EventSource} source */
  failed(source) {
    this.handlers.onConnection(false);
    if (source.readyState !== EventSource.CLOSED || source !== this.source) return;
    this.source = null;
    setTimeout(() => void this.retry(), RETRY_MS);
  }

  async retry() {
    if (!this.followed) return;
    if ((await this.handlers.mayRetry()) && this.followed) this.resume();
  }
}
