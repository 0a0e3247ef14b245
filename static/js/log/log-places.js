// @ts-check
// The log from its newest entry down, with opened groups: what stands at which place.
//
// The server counts from the oldest, so that an index never shifts; the page shows the newest first.

/** @typedef {{kind: "group"|"row", index: number, member: boolean}} Place of an entry; `member`: of
 * an opened group */

/** Places of a list with `length` entries. */
export class LogPlaces {
  /** @param {boolean} grouped */
  constructor(grouped) {
    this.grouped = grouped;
    this.length = 0;
    /** Opened groups by index: their lines. @type {Map<number, {first: number, count: number}>} */
    this.opened = new Map();
  }

  /** How many places there are. */
  get count() {
    let count = this.length;
    for (const group of this.opened.values()) count += group.count;
    return count;
  }

  /** Opened groups, the newest first. */
  get newestFirst() {
    return [...this.opened].sort(([a], [b]) => b - a);
  }

  /** What stands at a place, from 0. @param {number} place @returns {Place} */
  at(place) {
    const kind = this.grouped ? "group" : "row";
    let left = place;
    for (const [index, { first, count }] of this.newestFirst) {
      const header = this.length - 1 - index;
      if (left <= header) break;
      if (left <= header + count) {
        return { kind: "row", index: first + count - (left - header), member: true };
      }
      left -= count;
    }
    return { kind, index: this.length - 1 - left, member: false };
  }

  /** Where a group stands, or a row of a list without groups. @param {number} index */
  placeOf(index) {
    let place = this.length - 1 - index;
    for (const [other, { count }] of this.newestFirst) if (other > index) place += count;
    return place;
  }

  /** Where a row of an opened group stands. @param {number} group @param {number} row */
  placeOfMember(group, row) {
    const opened = this.opened.get(group);
    if (!opened) return this.placeOf(group);
    return this.placeOf(group) + opened.first + opened.count - row;
  }

  /** The group that a place belongs to. @param {number} place */
  groupAt(place) {
    const { kind, index } = this.at(place);
    if (kind === "group") return index;
    for (const [group, { first, count }] of this.opened) {
      if (index >= first && index < first + count) return group;
    }
    return -1;
  }

  /** Open a group, or close it. @param {number} index @param {{first: number, count: number}} group */
  toggle(index, group) {
    if (!this.opened.delete(index)) this.opened.set(index, group);
  }
}
