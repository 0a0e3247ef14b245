// @ts-check
// A canvas as large as its box, which stays in sight while a taller space scrolls behind it.

const TALLEST = 640;

/** @param {HTMLCanvasElement} canvas @param {HTMLElement} space as high as all there is to see
 * @param {HTMLElement} box that scrolls @param {number} whole height of what there is to see */
export function fitCanvas(canvas, space, box, whole) {
  const height = Math.min(TALLEST, whole);
  space.style.height = `${whole}px`;
  box.style.height = `${height}px`;
  const width = box.clientWidth;
  const ratio = window.devicePixelRatio || 1;
  const [across, down] = [Math.round(width * ratio), Math.round(height * ratio)];
  if (canvas.width === across && canvas.height === down) return;
  canvas.width = across;
  canvas.height = down;
  canvas.style.width = `${width}px`;
  canvas.style.height = `${height}px`;
}
