// @ts-check
// Keys and clicks in the list of the log.

/** @typedef {import("./log-list.js").LogList} LogList */

/** What a key does to a group; undefined: the other than it is.
 * @type {Map<string, boolean|undefined>} */
const OPENING = new Map([
  ["Enter", undefined],
  ["ArrowRight", true],
  ["ArrowLeft", false],
]);

/** @param {LogList} log @param {import("../machine/page-state.js").PageStore} store
 * @param {() => void} moved called when the reader moves in the list */
export function installLogKeys(log, store, moved) {
  const table = log.list.table;
  table.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    if (!press(event.key, log, store, moved)) return;
    event.preventDefault();
    event.stopPropagation();
  });
  table.tBodies[0]?.addEventListener("click", (event) => clicked(event, log, store, moved));
}

/** @param {string} key @param {LogList} log @param {import("../machine/page-state.js").PageStore} store
 * @param {() => void} moved @returns {boolean} whether the key means something here */
function press(key, log, store, moved) {
  const page = Math.max(1, Math.floor(log.list.range.view / log.list.range.row) - 1);
  const active = log.activePlace ?? -1;
  /** @type {Record<string, number>} */
  const places = {
    ArrowDown: active + 1,
    ArrowUp: active - 1,
    PageDown: active + page,
    PageUp: active - page,
    Home: 0,
    End: log.places.count - 1,
  };
  const place = places[key];
  if (place !== undefined) {
    log.activate(place);
    moved();
    return true;
  }
  return active >= 0 && act(key, active, log, store, moved);
}

/** @param {string} key @param {number} active @param {LogList} log
 * @param {import("../machine/page-state.js").PageStore} store @param {() => void} moved */
function act(key, active, log, store, moved) {
  const { row, group } = log.entryAt(active);
  const single = group === null || group.count === 1;
  if (OPENING.has(key)) {
    moved();
    log.toggle(active, OPENING.get(key));
  } else if (key === "v" && single && row?.vmid != null) store.set({ vmid: row.vmid });
  else if (key === "h" && single && row) store.set({ hart: row.hart });
  else if (key === "t" && row) store.jump({ at: group?.last_seq ?? row.seq });
  else return false;
  return true;
}

/** @param {MouseEvent} event @param {LogList} log
 * @param {import("../machine/page-state.js").PageStore} store @param {() => void} moved */
function clicked(event, log, store, moved) {
  if (!(event.target instanceof Element)) return;
  const row = event.target.closest("tr");
  const button = event.target.closest("button");
  const place = Number(row?.id.replace("log-row-", ""));
  if (!row?.id) return;
  if (button?.dataset.vmid) store.set({ vmid: Number(button.dataset.vmid) });
  else if (button?.dataset.hart) store.set({ hart: Number(button.dataset.hart) });
  else if (button?.dataset.at) store.jump({ at: Number(button.dataset.at) });
  else {
    moved();
    log.activate(place);
    if (button?.dataset.open !== undefined) log.toggle(place);
  }
  log.focus();
}
