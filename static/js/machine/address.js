// @ts-check
// The page's state in its address, and in the browser's history: Back undoes a jump.

import { readState, writeState } from "./url-state.js";

/** Browsers refuse an address that changes too often, as a scrubber would have it. */
const ADDRESS_MS = 150;
/** Jumps in quick succession are one step of the browser's history. */
const JUMPS_MS = 500;

/** Writes the state of a store to the address, and reads it where the browser goes back. */
export class PageAddress {
  /** @param {import("./page-state.js").PageStore} store @param {() => void} written */
  constructor(store, written) {
    this.store = store;
    this.written = written;
    this.timer = 0;
    this.pushed = -Infinity;
    this.search = location.search;
    store.subscribe((changed) => this.changed(changed));
    window.addEventListener("popstate", () => this.restore());
  }

  /** @param {Set<import("./page-state.js").Key>} changed */
  changed(changed) {
    clearTimeout(this.timer);
    if (this.store.jumping) this.push();
    else if (changed.has("at")) this.timer = window.setTimeout(() => this.write(), ADDRESS_MS);
    else this.write();
  }

  push() {
    const now = performance.now();
    const another = now - this.pushed > JUMPS_MS;
    this.pushed = now;
    if (another) history.pushState(null, "", location.href);
    this.write();
  }

  /** @param {string} [hash] */
  write(hash = location.hash) {
    const search = writeState(this.store.state);
    history.replaceState(null, "", (search || location.pathname) + hash);
    this.search = location.search;
    this.written();
  }

  /** A link within the page changes no more than the hash. */
  restore() {
    if (location.search === this.search) return;
    clearTimeout(this.timer);
    this.search = location.search;
    this.store.set(readState(location.search));
  }
}
