// @ts-check
// What is different in a state from the one before it.

/** @typedef {import("./path-types.js").Entry} Entry */
/** @typedef {import("./path-types.js").PathHart} PathHart */
/** @typedef {"same"|"new"|"changed"|"dropped"} Change */

/** @typedef {{entry: Entry, change: Change}} EntryChange */

/**
 * @typedef {object} HartChange
 * @property {boolean} vcpu who is loaded, or whether it runs
 * @property {boolean} hgatp
 * @property {boolean} vsatp
 * @property {boolean} todo
 * @property {boolean} generation
 * @property {Set<number>} ids VMIDs that were given out or taken back
 * @property {EntryChange[]} entries what is held, then what was dropped
 */

/** @param {Entry} entry */
function tagOf(entry) {
  const { kind, vmid, asid, page, domain, space, filled } = entry;
  return [kind, vmid, asid, page, domain, space, filled].join("/");
}

/** @param {Entry[]} now @param {Entry[]} before @returns {EntryChange[]} */
export function entryChanges(now, before) {
  const known = new Map(before.map((entry) => [tagOf(entry), entry]));
  /** @type {EntryChange[]} */
  const held = now.map((entry) => {
    const old = known.get(tagOf(entry));
    known.delete(tagOf(entry));
    if (!old) return { entry, change: "new" };
    return { entry, change: old.stale === entry.stale ? "same" : "changed" };
  });
  const dropped = [...known.values()].map((entry) => ({
    entry,
    change: /** @type {Change} */ ("dropped"),
  }));
  return [...held, ...dropped];
}

/** @param {PathHart["ids"]} ids */
function owners(ids) {
  return new Map(ids.map(({ vmid, domain, vcpu }) => [vmid, `${domain}/${vcpu}`]));
}

/** VMIDs whose owner is another. @param {PathHart["ids"]} now @param {PathHart["ids"]} before */
export function idChanges(now, before) {
  const [have, had] = [owners(now), owners(before)];
  const all = new Set([...have.keys(), ...had.keys()]);
  return new Set([...all].filter((vmid) => have.get(vmid) !== had.get(vmid)));
}

/** Nothing is marked in the first state: there is none before it.
 * @param {PathHart} now @param {PathHart|undefined} before @returns {HartChange} */
export function hartChange(now, before) {
  const old = before ?? now;
  return {
    vcpu: JSON.stringify([now.vcpu, now.in_guest]) !== JSON.stringify([old.vcpu, old.in_guest]),
    hgatp: now.hgatp.value !== old.hgatp.value,
    vsatp: now.vsatp.value !== old.vsatp.value,
    todo: now.todo.join() !== old.todo.join() || now.waits !== old.waits,
    generation: now.generation !== old.generation,
    ids: idChanges(now.ids, old.ids),
    entries: entryChanges(now.tlb, old.tlb),
  };
}
