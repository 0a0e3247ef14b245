// @ts-check
// The shapes of the REST interface (/api/v1), as the pages use them.

/** @typedef {"free"|"stale"|"flushing"|"assigned"|"running"|"reserved"|"violation"} StateName */
/** @typedef {"light"|"dark"|"light-contrast"|"dark-contrast"} ThemeName */

/**
 * @typedef {object} Palette
 * @property {Record<ThemeName, string>} page
 * @property {Record<ThemeName, string>} ink
 * @property {Record<ThemeName, string>} quiet
 * @property {Record<ThemeName, string>} rule
 * @property {Record<ThemeName, Record<StateName, string>>} states
 * @property {Record<ThemeName, Record<string, string>>} difference of two maps
 * @property {Partial<Record<StateName, string>>} glyphs
 * @property {StateName[]} hatched
 * @property {Record<ThemeName, string[]>} domains
 * @property {Record<ThemeName, string[]>} ramp from newest to oldest
 */

/**
 * Counters; every plain number is a total since the machine was made.
 * @typedef {Record<string, number> & {
 *   fences: Record<string, number>, violations: Record<string, number>}} Metrics
 */

/** @typedef {"paused"|"running"|"restoring"|"failed"} Status */
/** @typedef {{position: number, events: number, round: number, finished: boolean}} Playback */

/**
 * @typedef {object} Platform
 * @property {string} name
 * @property {string} summary
 * @property {32|64} xlen
 * @property {number[]} harts
 * @property {number[]} vmidlen one a hart
 * @property {number} vmidmax
 * @property {string} g_mode
 * @property {{sets: number, ways: number, organisation: "combined"|"split"}} tlb
 */

/**
 * @typedef {object} Machine
 * @property {string} id
 * @property {string} name
 * @property {Status} status
 * @property {number|null} [progress] 0 to 1, while restoring
 * @property {string|null} [failure]
 * @property {number} speed steps a second
 * @property {{name: string, summary: string, scope: "global"|"per-hart"}} policy
 * @property {Platform} platform
 * @property {number} seed
 * @property {string|null} schedule
 * @property {number} seq
 * @property {number} steps
 * @property {number} now_ns
 * @property {Playback|null} playback
 * @property {number} domains how many are alive
 * @property {Metrics} metrics
 * @property {{at: number, previous: number|null, latest: number}|null} moment null: as it is now
 */

/**
 * @typedef {object} HeldVmid
 * @property {number} vmid as programmed
 * @property {number|null} hart
 * @property {number|null} vcpu
 * @property {number|null} generation
 */

/**
 * @typedef {object} VcpuView
 * @property {number} index
 * @property {number|null} asid
 * @property {number|null} hart
 * @property {number|null} last_hart
 * @property {boolean} in_guest
 */

/**
 * @typedef {object} Domain
 * @property {number} id
 * @property {string} name
 * @property {"runnable"|"paused"} state
 * @property {"run queue"|"recording"} driven_by
 * @property {number} pages
 * @property {HeldVmid[]} vmids
 * @property {VcpuView[]} vcpus
 */

/** @typedef {{field: string, high: number, low: number, value: string}} RegisterField */

/**
 * @typedef {object} HartView
 * @property {number} hart
 * @property {number} vmidlen
 * @property {{domain: number, name: string, vcpu: number}|null} vcpu
 * @property {boolean} in_guest
 * @property {{value: string, mode: number, mode_name: string, vmid: number, ppn: string,
 *   programmed_vmid: number, fields: RegisterField[]}} hgatp
 * @property {{value: string, mode_name: string, asid: number, ppn: string,
 *   fields: RegisterField[]}} vsatp
 * @property {number|null} generation
 * @property {number} cycles
 * @property {{capacity: number, valid: number, fill: TlbShare[]}} tlb
 */

/** @typedef {{domain: number, name: string, entries: number, wrong: boolean}} TlbShare */

/** What other panels need of a hart. @typedef {Pick<HartView, "hart"|"in_guest"> & {
 *   hgatp: {vmid: number}}} BriefHart */

/**
 * What runs on each hart, in columns.
 * @typedef {{seq: number, harts: number[], domain: (number|null)[], vcpu: (number|null)[],
 *   in_guest: boolean[], vmid: number[]}} Occupancy
 */

/**
 * @typedef {object} TlbEntry
 * @property {string} structure
 * @property {number} set
 * @property {number} way
 * @property {number} vmid
 * @property {number|null} asid
 * @property {number} page
 * @property {number} target
 * @property {{domain: number, name: string, space: number|null}} owner
 * @property {boolean} stale
 */

/** @typedef {{seq: number, hart: number, structures: string[], sets: number, ways: number,
 *   entries: TlbEntry[]}} TlbView */
/** @typedef {{fence: string, reason: string|null, norm: string|null}} FenceFate */
/** @typedef {{seq: number, hart: number, structure: string, set: number, way: number,
 *   entry: TlbEntry|null, because: string[], removed_by: FenceFate[], kept_by: FenceFate[]}} TlbPlace */

/** @typedef {RegisterField & {norm: string, rule: string}} RuledField */
/** @typedef {{seq: number, hart: number, register: string, xlen: 32|64, value: string,
 *   fields: RuledField[]}} RegisterView */
/** @typedef {{xlen: 32|64, before: string, written: string, read: string, fields: RuledField[],
 *   losses: {mask: string, norm: string, reason: string}[], notes: string[]}} WarlAnswer */

/** @typedef {{domain: number, name: string, vcpu: number|null}} Owner */

/**
 * @typedef {object} BitmapView
 * @property {number} seq
 * @property {number|null} hart
 * @property {number} vmidlen
 * @property {Record<string, Owner[]>} owners
 */

/**
 * A line of the log: a fence a hart executed, a request for remote fences, or a wrong hit. Null: does
 * not apply.
 * @typedef {object} LogRow
 * @property {number} seq
 * @property {number} at_ns
 * @property {"executed"|"requested"|"violation"} type
 * @property {string} kind
 * @property {string|null} cause
 * @property {string|null} scope
 * @property {number} hart
 * @property {number|null} vmid
 * @property {number|null} domain
 * @property {number|null} cycles
 * @property {number|null} requester
 * @property {number|null} address
 * @property {number|null} id
 * @property {number|null} dropped
 * @property {boolean|null} redundant it dropped no valid entry
 * @property {string|null} via
 * @property {number|null} targets
 * @property {number|null} error
 * @property {string|null} hart_mask
 * @property {string|null} hart_mask_base
 * @property {number|null} vcpu
 * @property {number|null} page
 * @property {number|null} accesses
 * @property {number|null} owner_domain
 * @property {number|null} owner_space
 */

/** @typedef {{count: number, first: number, last: number, ranges: [number, number][]}} LogSpread */

/**
 * Consecutive lines of the log that are alike; numbers are sums.
 * @typedef {object} LogGroup
 * @property {number} first index of its first line
 * @property {number} count
 * @property {LogRow} line its first
 * @property {number} last_seq
 * @property {number} last_ns
 * @property {LogSpread} harts
 * @property {LogSpread|null} vmids
 * @property {number|null} dropped
 * @property {number|null} targets
 * @property {number|null} accesses
 * @property {number|null} redundant
 * @property {number} cycles
 */

/** @typedef {{value: string, term: string, count: number, selected: boolean}} FacetValue */
/** @typedef {{name: string, values: FacetValue[]}} Facet */

/** @typedef {Record<"fences"|"redundant"|"dropped"|"requests"|"wrong_accesses"|"cycles", number>} LogSums */

/**
 * @typedef {object} LogAnswer
 * @property {number} seq
 * @property {number} expired
 * @property {number} total
 * @property {number} matching
 * @property {number} matching_groups
 * @property {LogSums} sums
 * @property {LogGroup[]|null} groups
 * @property {LogRow[]|null} rows
 * @property {Facet[]|null} facets
 * @property {{terms: string, matching: number}[]} without
 * @property {{line: number, group: number}|null} found
 */

/** @typedef {Record<string, any> & {seq: number, event: string, at_ns: number}} MachineEvent */

/**
 * @typedef {object} Frame
 * @property {number} from
 * @property {number} to
 * @property {number} now_ns
 * @property {Status} status
 * @property {number} speed
 * @property {number} steps
 * @property {Playback|null} playback
 * @property {Metrics} metrics
 * @property {MachineEvent[]} events
 */

/**
 * @typedef {object} PolicyView
 * @property {string} name
 * @property {string} summary
 */

/** @template T @typedef {{items: T[], next_cursor: string|null}} Page */

export {};
