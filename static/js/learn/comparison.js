// @ts-check
// Two machines that were given the same commands: what each counted.

import { get } from "../common/api.js";
import { byId, make } from "../common/dom.js";
import { counterName, integer } from "../common/format.js";

const COUNTERS = [
  "steps",
  "domains_refused",
  "tlb_misses",
  "local_fences",
  "remote_fences",
  "hart_fences",
  "entries_dropped",
  "violations_total",
];

/** @param {string} first @param {string} second */
export async function compare(first, second) {
  const [one, other] = await Promise.all([get(`/machines/${first}`), get(`/machines/${second}`)]);
  const rows = COUNTERS.map((name) => {
    const values = [one, other].map((machine) => machine.metrics[name] ?? machine[name]);
    const cells = values.map((value) =>
      make("td", { class: "number", "data-counter": name }, integer(value)),
    );
    return make(
      "tr",
      { class: values[0] === values[1] ? "same" : null },
      make("th", { scope: "row" }, counterName(name)),
      ...cells,
    );
  });
  byId("comparison-rows", HTMLElement).replaceChildren(...rows);
  byId("comparison", HTMLElement).hidden = false;
  byId("comparison-back", HTMLAnchorElement).href = `?machine=${encodeURIComponent(first)}`;
}
