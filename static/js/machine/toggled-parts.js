// @ts-check
// Which parts of the page are open: those that are not as the page comes stand in its state.

/** Keeps the state and the parts alike, whichever of them changes. */
export class ToggledParts {
  /** @param {import("./page-state.js").PageStore} store */
  constructor(store) {
    this.store = store;
    /** @type {HTMLDetailsElement[]} */
    this.parts = [...document.querySelectorAll("details")].filter((part) => "toggled" in part.dataset);
    /** Those that are open as the page comes. */
    this.usual = new Set(this.parts.filter((part) => part.open));
    this.show();
    for (const part of this.parts) part.addEventListener("toggle", () => this.tell());
    store.subscribe((changed) => {
      if (changed.has("toggled")) this.show();
    });
  }

  tell() {
    const toggled = this.parts.filter((part) => part.open !== this.usual.has(part));
    this.store.set({ toggled: toggled.map((part) => part.id).join(" ") });
  }

  show() {
    const toggled = new Set(this.store.state.toggled.split(" "));
    for (const part of this.parts) part.open = this.usual.has(part) !== toggled.has(part.id);
  }
}
