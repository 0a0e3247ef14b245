// @ts-check
// The shapes of GET /machines/{id}/lanes, as the lanes use them.

/** @typedef {{start_ns: number[], end_ns: number[], seq: number[], domain: number[],
 *   vcpu: number[], vmid: number[]}} SliceColumns */
/** @typedef {{busy_ns: number[], domain: number[]}} SliceDensity */
/** @typedef {{at_ns: number[], seq: number[], cycles: number[], kind: number[], cause: number[],
 *   id: number[], requester: number[], request: number[], dropped: number[]}} FenceColumns */
/** @typedef {{at_ns: number[], seq: number[], cycles: number[], kind: number[], cause: number[],
 *   id: number[], targets: number[], error: number[]}} RequestColumns */
/** @typedef {{at_ns: number[], seq: number[], kind: number[], vmid: number[], domain: number[],
 *   owner_domain: number[], accesses: number[]}} WrongColumns */

/**
 * @typedef {object} Lane
 * @property {number[]} harts
 * @property {SliceColumns|null} slices
 * @property {SliceDensity|null} density
 * @property {FenceColumns|null} fences
 * @property {number[]|null} fence_counts
 * @property {RequestColumns|null} requests
 * @property {number[]|null} request_counts
 * @property {WrongColumns|null} wrong
 * @property {number[]|null} wrong_counts
 */

/**
 * @typedef {object} Lanes
 * @property {number} seq
 * @property {number} begin_ns
 * @property {{fences: number, requests: number, wrong: number}} since_ns
 * @property {number} end_ns
 * @property {number} from_ns
 * @property {number} to_ns
 * @property {number} bins
 * @property {string[]} words
 * @property {Lane[]} lanes
 */

/** Something under the pointer or the keyboard's focus: a slice, a fence, a pixel of a density.
 * @typedef {{place: number, kind: "slice"|"fence"|"bin", index: number}} Target */

/** What is selected, by the page's store. @typedef {{vmid: number|null, domain: number|null}} Chosen */

export {};
