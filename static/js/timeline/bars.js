// @ts-check
// How high the bars of the density strip are.

/** The height of a row of bars. */
export const ROW_PX = 10;
/** Something that happened once among millions is still seen. */
const LEAST_PX = 2;

/** Height of a bar for a count, where the largest count of its row fills the row: by square root, so
 * that few beside many are seen. @param {number} count @param {number} most */
export function barHeight(count, most) {
  return count === 0 ? 0 : Math.max(LEAST_PX, Math.round(ROW_PX * Math.sqrt(count / most)));
}
