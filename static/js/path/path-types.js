// @ts-check
// The shapes of paths and checks (/api/v1/paths, /api/v1/checks), as the pages use them.

/** @typedef {{name: string, title: string, sentence: string}} Property */
/** @typedef {Record<string, number|string|boolean|null|string[]>} Bounds */
/** @typedef {{domain: number, vcpu: number}} LoadedVcpu */
/** @typedef {{number: number, action: string, hart: number, words: string}} Choice */
/** @typedef {{property: Property, sentence: string}} Breach */
/** @typedef {{step: number, part: "fill"|"change"|"fence"|"hit", words: string}} Reason */
/** @typedef {Record<string, any> & {event: string}} PathEvent */

/**
 * @typedef {object} Entry
 * @property {string} kind
 * @property {number} vmid
 * @property {number|null} asid
 * @property {number} page
 * @property {number} target
 * @property {number} domain who filled it
 * @property {number|null} space
 * @property {number} filled the step that filled it
 * @property {string|null} stale what makes it wrong
 */

/**
 * @typedef {object} PathHart
 * @property {number} id
 * @property {LoadedVcpu|null} vcpu
 * @property {boolean} in_guest
 * @property {{value: string, id: number|null}} hgatp
 * @property {{value: string, id: number|null}} vsatp
 * @property {number|null} generation
 * @property {string[]} todo
 * @property {boolean} waits
 * @property {{vmid: number, domain: number, vcpu: number|null}[]} ids
 * @property {Entry[]} tlb
 */

/**
 * @typedef {object} PathDomain
 * @property {number} id
 * @property {number} version
 * @property {{vcpu: number, hart: number|null, last_hart: number|null}[]} vcpus
 */

/** @typedef {{requester: number, target: number, asked: number, awaited: boolean, words: string}} Flight */
/** @typedef {{requester: number, target: number, asked: number, served: number|null, words: string}} Asking */

/**
 * @typedef {object} PathState
 * @property {number} number
 * @property {number|null} choice
 * @property {string|null} action
 * @property {number|null} hart
 * @property {string} words
 * @property {string} did
 * @property {string[]} told
 * @property {PathEvent[]} events
 * @property {PathHart[]} harts
 * @property {PathDomain[]} domains
 * @property {Flight[]} flights
 * @property {Breach[]} breaches
 * @property {Reason[]} why
 * @property {Choice[]} choices
 */

/**
 * @typedef {object} PathView
 * @property {string} policy
 * @property {string} summary
 * @property {Bounds} bounds
 * @property {string} sentence
 * @property {string} path
 * @property {number|null} broken
 * @property {Asking[]} requests
 * @property {PathState[]} states
 */

/** @typedef {"queued"|"running"|"done"|"cancelled"|"failed"} CheckState */

/**
 * @typedef {object} Verdict
 * @property {boolean} holds
 * @property {boolean} complete
 * @property {Property|null} broken
 * @property {string} path
 * @property {string[]} cut_by
 * @property {Record<string, boolean>} witnessed
 */

/**
 * @typedef {object} CheckView
 * @property {string} id
 * @property {CheckState} state
 * @property {string} policy
 * @property {string} sentence
 * @property {Property[]} properties
 * @property {number} seconds
 * @property {{states: number, transitions: number, depth: number, waiting: number}} progress
 * @property {Verdict|null} verdict
 * @property {string|null} failure
 * @property {string|null} page
 */

export {};
