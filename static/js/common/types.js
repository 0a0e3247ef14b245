// @ts-check
// The shapes of the REST interface (/api/v1), as the pages use them.

/** @typedef {"free"|"stale"|"flushing"|"assigned"|"running"|"reserved"|"violation"} StateName */
/** @typedef {"light"|"dark"} ThemeName */

/**
 * @typedef {object} Palette
 * @property {Record<ThemeName, string>} page
 * @property {Record<ThemeName, string>} ink
 * @property {Record<ThemeName, string>} quiet
 * @property {Record<ThemeName, string>} rule
 * @property {Record<ThemeName, Record<StateName, string>>} states
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
 * A line of the log: a fence a hart executed, a request for remote fences, or a wrong hit.
 * @typedef {object} LogItem
 * @property {number} seq
 * @property {number} at_ns
 * @property {"executed"|"requested"|"violation"} type
 * @property {number} hart
 * @property {string} kind
 * @property {number|null} [address]
 * @property {number|null} [id]
 * @property {number|null} [vmid]
 * @property {string} [cause]
 * @property {number|null} [requester]
 * @property {number|null} [dropped]
 * @property {number|null} [cycles]
 * @property {string|null} [via]
 * @property {number|null} [targets]
 * @property {number|null} [error]
 * @property {string|null} [hart_mask]
 * @property {string|null} [hart_mask_base]
 * @property {string} [sentence] of a violation
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
