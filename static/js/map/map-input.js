// @ts-check
// Pointer on the map: hover, click, wheel and pinch about the pointer, drag.

/**
 * @typedef {object} MapPointerHandlers points are in CSS pixels from the grid's window
 * @property {(x: number, y: number) => void} onHover
 * @property {() => void} onLeave
 * @property {(x: number, y: number) => void} onClick
 * @property {(factor: number, x: number, y: number) => boolean} onZoom false: nothing changed
 * @property {(byX: number, byY: number) => void} onPan
 * @property {() => boolean} isFitted
 */

/** A drag begins after this way, in CSS pixels; less is a click. */
const DRAG_FROM = 4;
const WHEEL_RATE = 0.0016;
/** A wheel turned while the page still scrolls goes on scrolling the page. */
const SCROLLING_MS = 250;

export class MapPointer {
  /** @param {HTMLElement} surface @param {HTMLElement} grid whose corner points are counted from
   * @param {MapPointerHandlers} handlers */
  constructor(surface, grid, handlers) {
    this.surface = surface;
    this.grid = grid;
    this.handlers = handlers;
    /** Pointers that are down, by id. @type {Map<number, {x: number, y: number}>} */
    this.down = new Map();
    this.moved = 0;
    this.scrolledAt = -Infinity;
    window.addEventListener("scroll", () => (this.scrolledAt = performance.now()), { passive: true });
    surface.addEventListener("wheel", (event) => this.wheel(event), { passive: false });
    surface.addEventListener("pointerdown", (event) => this.press(event));
    surface.addEventListener("pointermove", (event) => this.move(event));
    for (const name of /** @type {const} */ (["pointerup", "pointercancel"])) {
      surface.addEventListener(name, (event) => this.down.delete(event.pointerId));
    }
    surface.addEventListener("pointerleave", () => handlers.onLeave());
    surface.addEventListener("click", (event) => {
      const { x, y } = this.point(event);
      if (this.moved < DRAG_FROM) handlers.onClick(x, y);
    });
  }

  /** @param {MouseEvent} event */
  point(event) {
    const box = this.grid.getBoundingClientRect();
    return { x: event.clientX - box.left, y: event.clientY - box.top };
  }

  /** @param {WheelEvent} event */
  wheel(event) {
    if (!event.ctrlKey && performance.now() - this.scrolledAt < SCROLLING_MS) return;
    const pixels = event.deltaY * (event.deltaMode === WheelEvent.DOM_DELTA_LINE ? 33 : 1);
    const { x, y } = this.point(event);
    const rate = event.ctrlKey ? 6 * WHEEL_RATE : WHEEL_RATE;
    if (this.handlers.onZoom(Math.exp(-pixels * rate), x, y)) event.preventDefault();
  }

  /** @param {PointerEvent} event */
  press(event) {
    if (event.button !== 0) return;
    if (!this.down.size) this.moved = 0;
    this.down.set(event.pointerId, this.point(event));
  }

  /** @param {PointerEvent} event */
  move(event) {
    const now = this.point(event);
    const last = this.down.get(event.pointerId);
    if (!last) {
      this.handlers.onHover(now.x, now.y);
      return;
    }
    this.down.set(event.pointerId, now);
    this.moved += Math.hypot(now.x - last.x, now.y - last.y);
    const other = [...this.down].find(([id]) => id !== event.pointerId)?.[1];
    if (other) this.pinch(last, now, other);
    else if (this.moved >= DRAG_FROM && !this.handlers.isFitted()) {
      if (!this.surface.hasPointerCapture(event.pointerId))
        this.surface.setPointerCapture(event.pointerId);
      this.handlers.onPan(now.x - last.x, now.y - last.y);
    }
  }

  /** @param {{x: number, y: number}} last @param {{x: number, y: number}} now
   * @param {{x: number, y: number}} other the finger that rests */
  pinch(last, now, other) {
    const before = Math.hypot(last.x - other.x, last.y - other.y);
    const after = Math.hypot(now.x - other.x, now.y - other.y);
    if (before < 1) return;
    this.handlers.onZoom(after / before, (now.x + other.x) / 2, (now.y + other.y) / 2);
  }
}
