// @ts-check
// Numbers and times as text. Nothing here rounds a counter.

const INTEGER = new Intl.NumberFormat("en-US", { maximumFractionDigits: 0 });
const DECIMAL = new Intl.NumberFormat("en-US", { maximumFractionDigits: 2 });

/** 1234567 -> "1,234,567". @param {number} value */
export function integer(value) {
  return INTEGER.format(value);
}

/** 5 -> "0x0005": four digits hold every VMID. @param {number} vmid */
export function hex(vmid) {
  return `0x${vmid.toString(16).toUpperCase().padStart(4, "0")}`;
}

/** "5 (0x0005)". @param {number} vmid */
export function vmidText(vmid) {
  return `${vmid} (${hex(vmid)})`;
}

const TIME_UNITS = /** @type {const} */ ([
  [1e9, "s", 6],
  [1e6, "ms", 3],
  [1e3, "µs", 3],
]);

/** Machine time with its unit: 12345678 -> "12.346 ms". @param {number} ns */
export function duration(ns) {
  for (const [scale, unit, digits] of TIME_UNITS) {
    if (ns >= scale) return `${(ns / scale).toFixed(digits)} ${unit}`;
  }
  return `${ns} ns`;
}

/** Machine time in few characters: 12345678 -> "12 ms". @param {number} ns */
export function shortDuration(ns) {
  for (const [scale, unit] of TIME_UNITS) {
    if (ns >= scale) return `${(ns / scale).toFixed(ns < 10 * scale ? 1 : 0)} ${unit}`;
  }
  return `${ns} ns`;
}

/** Share of `part` in `whole` with two decimals, or a dash where there is no whole.
 * @param {number} part @param {number} whole */
export function percent(part, whole) {
  return whole > 0 ? `${((100 * part) / whole).toFixed(2)} %` : "–";
}

/** "1 fence", "2 fences". @param {number} count @param {string} noun @param {string} [many] */
export function counted(count, noun, many = `${noun}s`) {
  return `${integer(count)} ${count === 1 ? noun : many}`;
}

/** Steps, or something else, a second. @param {number} speed @param {"step"|"moment"} [of] */
export function rate(speed, of = "step") {
  return `${DECIMAL.format(speed)} ${speed === 1 ? of : `${of}s`}/s`;
}

/** Where a counter's name does not say in words what it counts. @type {Record<string, string>} */
const COUNTERS = {
  hart_fences: "Fences by SBI or IPI",
  rollovers: "Roll-overs",
  violations: "Wrong accesses",
  violations_total: "Wrong accesses in all",
};

/** A counter's name in words: "tlb_hits" -> "TLB hits". @param {string} name */
export function counterName(name) {
  if (COUNTERS[name]) return COUNTERS[name];
  const words = name
    .replaceAll("_", " ")
    .replace(/^tlb/, "TLB");
  return words.charAt(0).toUpperCase() + words.slice(1);
}

/** Hart numbers as ranges: [0,1,2,5] -> "0–2, 5". @param {readonly number[]} numbers */
export function ranges(numbers) {
  /** @type {[number, number][]} */
  const spans = [];
  for (const number of [...numbers].sort((a, b) => a - b)) {
    const last = spans.at(-1);
    if (last && number === last[1] + 1) last[1] = number;
    else spans.push([number, number]);
  }
  return spans.map(([first, end]) => (first === end ? `${first}` : `${first}–${end}`)).join(", ");
}
