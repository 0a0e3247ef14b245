// @ts-check
// Pointer, wheel and keys of the lanes, told as what they mean.

/**
 * @typedef {object} LaneActions
 * @property {(factor: number, x: number|null) => void} zoom about a place, or the middle
 * @property {(share: number) => void} pan by a share of the width
 * @property {(dx: number) => void} drag by pixels
 * @property {(x: number, y: number) => void} hover
 * @property {() => void} leave
 * @property {(x: number, y: number) => void} pick
 * @property {(x: number, y: number) => void} open
 * @property {() => void} fit
 * @property {(x: number|null) => void} mark at a place, or at what the keyboard is on
 * @property {() => void} unmark
 * @property {(lanes: number, slices: number) => void} walk the keyboard's place
 * @property {() => void} enter
 */

const WHEEL_BASE = 1.0015;
const ZOOM = 1.5;
const PAN = 0.15;
/** A press that moves less is a click. */
const CLICK_PX = 4;

/** Listens on the box in which the lanes are. */
export class LanesInput {
  /** @param {HTMLElement} box takes the focus @param {HTMLCanvasElement} canvas
   * @param {LaneActions} actions */
  constructor(box, canvas, actions) {
    this.box = box;
    this.canvas = canvas;
    this.actions = actions;
    /** Pressed pointers, where they were last. @type {Map<number, {x: number, y: number}>} */
    this.pressed = new Map();
    this.travelled = 0;
    /** Where the pointer is, over the lanes. @type {number|null} */
    this.pointerX = null;
    canvas.addEventListener("pointerdown", (event) => this.down(event));
    canvas.addEventListener("pointermove", (event) => this.move(event));
    canvas.addEventListener("pointerup", (event) => this.up(event));
    canvas.addEventListener("pointercancel", (event) => this.pressed.delete(event.pointerId));
    canvas.addEventListener("pointerleave", () => this.left());
    canvas.addEventListener("dblclick", (event) => actions.open(...this.place(event)));
    canvas.addEventListener("wheel", (event) => this.wheel(event), { passive: false });
    box.addEventListener("keydown", (event) => this.key(event));
  }

  /** @param {MouseEvent} event @returns {[number, number]} */
  place(event) {
    const frame = this.canvas.getBoundingClientRect();
    return [event.clientX - frame.left, event.clientY - frame.top];
  }

  /** @param {PointerEvent} event */
  down(event) {
    const [x, y] = this.place(event);
    if (event.button !== 0) return;
    if (!this.pressed.size) this.travelled = 0;
    this.pressed.set(event.pointerId, { x, y });
    this.canvas.setPointerCapture(event.pointerId);
    this.box.focus({ preventScroll: true });
  }

  /** @param {PointerEvent} event */
  move(event) {
    const [x, y] = this.place(event);
    this.pointerX = x;
    const was = this.pressed.get(event.pointerId);
    if (!was) {
      this.actions.hover(x, y);
      return;
    }
    if (this.pressed.size === 2) this.pinch(event.pointerId, x, y);
    else if ((this.travelled += Math.abs(x - was.x)) > CLICK_PX) this.actions.drag(x - was.x);
    this.pressed.set(event.pointerId, { x, y });
  }

  /** Two fingers: what is between them grows as their distance does.
   * @param {number} pointer @param {number} x @param {number} y */
  pinch(pointer, x, y) {
    this.travelled = Infinity;
    const was = this.pressed.get(pointer);
    const other = [...this.pressed].find(([id]) => id !== pointer)?.[1];
    if (!was || !other) return;
    const before = Math.hypot(was.x - other.x, was.y - other.y);
    const now = Math.hypot(x - other.x, y - other.y);
    if (before > 0 && now > 0) this.actions.zoom(before / now, (x + other.x) / 2);
  }

  /** @param {PointerEvent} event */
  up(event) {
    const [x, y] = this.place(event);
    const known = this.pressed.delete(event.pointerId);
    if (known && this.travelled <= CLICK_PX) this.actions.pick(x, y);
  }

  left() {
    this.pointerX = null;
    this.actions.leave();
  }

  /** The wheel zooms where the lanes have the focus or Ctrl is held; else it scrolls the page.
   * @param {WheelEvent} event */
  wheel(event) {
    const [x] = this.place(event);
    const meant = event.ctrlKey || document.activeElement === this.box;
    if (Math.abs(event.deltaX) > Math.abs(event.deltaY)) this.actions.drag(-event.deltaX);
    else if (meant && !event.shiftKey) this.actions.zoom(WHEEL_BASE ** event.deltaY, x);
    else return;
    event.preventDefault();
  }

  /** Letters by their place on the keyboard (AZERTY has WASD elsewhere), signs by what they are.
   * @param {KeyboardEvent} event */
  key(event) {
    if (event.altKey || event.metaKey || event.ctrlKey) return;
    const action = event.shiftKey ? this.shifted(event.key) : this.plain(event);
    if (!action) return;
    event.preventDefault();
    event.stopPropagation();
    action();
  }

  /** The keyboard has its own place from here on, until the pointer moves.
   * @param {number} lanes @param {number} slices */
  walk(lanes, slices) {
    this.pointerX = null;
    this.actions.walk(lanes, slices);
  }

  /** @param {string} key @returns {(() => void)|undefined} */
  shifted(key) {
    /** @type {Record<string, () => void>} */
    const keys = {
      ArrowLeft: () => this.walk(0, -1),
      ArrowRight: () => this.walk(0, 1),
      ArrowUp: () => this.walk(-1, 0),
      ArrowDown: () => this.walk(1, 0),
      "+": () => this.actions.zoom(1 / ZOOM, this.pointerX),
    };
    return keys[key];
  }

  /** @param {KeyboardEvent} event @returns {(() => void)|undefined} */
  plain(event) {
    const { actions } = this;
    const closer = () => actions.zoom(1 / ZOOM, this.pointerX);
    const wider = () => actions.zoom(ZOOM, this.pointerX);
    const [back, on] = [() => actions.pan(-PAN), () => actions.pan(PAN)];
    /** @type {Record<string, () => void>} */
    const byPlace = { KeyW: closer, KeyS: wider, KeyA: back, KeyD: on };
    /** @type {Record<string, () => void>} */
    const bySign = {
      ArrowUp: closer,
      ArrowDown: wider,
      ArrowLeft: back,
      ArrowRight: on,
      "+": closer,
      "=": closer,
      "-": wider,
      0: () => actions.fit(),
      f: () => actions.fit(),
      m: () => actions.mark(this.pointerX),
      Escape: () => actions.unmark(),
      Enter: () => actions.enter(),
    };
    return byPlace[event.code] ?? bySign[event.key];
  }
}
