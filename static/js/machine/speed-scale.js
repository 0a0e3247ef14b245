// @ts-check
// The speed slider: 0 to 60 in even steps of a tenth of a decade, 0.1 to 100,000 steps a second; of the
// past to 25, 32 moments a second, since each moment is read from the server and drawn.

export const SLIDER_MAX = 60;
export const REPLAY_MAX = 25;
const SLOWEST = 0.1;
const PER_DECADE = 10;

/** Speed at a slider position, to two significant digits. @param {number} position */
export function speedAt(position) {
  return Number((SLOWEST * 10 ** (position / PER_DECADE)).toPrecision(2));
}

/** The slider position nearest to a speed. @param {number} speed */
export function positionOf(speed) {
  const position = Math.round(Math.log10(speed / SLOWEST) * PER_DECADE);
  return Math.max(0, Math.min(SLIDER_MAX, position));
}
