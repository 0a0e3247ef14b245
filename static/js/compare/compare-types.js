// @ts-check
// The shapes of /api/v1/comparisons.

/** @typedef {import("../common/types.js").Metrics} Metrics */
/** @typedef {import("../common/types.js").Platform} Platform */

/**
 * @typedef {object} Side
 * @property {string} machine
 * @property {{name: string, summary: string, scope: "global"|"per-hart"}} policy
 * @property {number} steps
 * @property {number} seq
 * @property {number} now_ns
 * @property {Metrics} metrics
 */

/**
 * @typedef {object} Delta
 * @property {string} name
 * @property {string} noun
 * @property {number} a
 * @property {number} b
 * @property {number} change
 * @property {number|null} percent
 * @property {"fewer"|"more"|"equal"} direction
 * @property {string} sentence
 */

/**
 * @typedef {object} Comparison
 * @property {string} id
 * @property {number} steps
 * @property {number} most_steps
 * @property {string} schedule
 * @property {Platform} platform
 * @property {Side} a
 * @property {Side} b
 * @property {string[]} headlines
 * @property {Delta[]} deltas
 */

/** @typedef {{event: string, at_ns: number, hart: number, words: string}} DivergenceLine */
/** @typedef {{step: number, at_ns: number, sentence: string, a: DivergenceLine[],
 *   b: DivergenceLine[]}} Divergence */
/** @typedef {{searched: number, first: number|null, fences: Divergence|null,
 *   wrong_hits: Divergence|null}} Divergences */

export {};
