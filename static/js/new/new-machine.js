// @ts-check
// The form for a new machine.

import { change } from "../common/api.js";
import { byId, setText } from "../common/dom.js";
import { numberOf, onSubmit, textOf } from "../common/forms.js";

/** Its choices explain themselves; the server alone judges what is typed. */
export class NewMachineForm {
  constructor() {
    this.form = byId("new-form", HTMLFormElement);
    this.policy = byId("new-policy", HTMLSelectElement);
    this.preset = byId("new-preset", HTMLSelectElement);
    this.policy.addEventListener("change", () => this.explain());
    this.preset.addEventListener("change", () => this.explain());
    onSubmit(this.form, (data) => this.create(data));
    this.explain();
  }

  explain() {
    const policy = this.policy.selectedOptions[0]?.dataset;
    const platform = this.preset.selectedOptions[0]?.dataset;
    setText(byId("new-policy-hint", HTMLElement), policy?.summary ?? "");
    setText(byId("new-preset-hint", HTMLElement), platform?.summary ?? "");
    byId("new-vmidlen", HTMLInputElement).placeholder =
      `${platform?.vmidlen ?? ""}, as the platform`;
    byId("new-harts", HTMLInputElement).placeholder = `${platform?.harts ?? ""}, as the platform`;
  }

  /** @param {FormData} data */
  async create(data) {
    const machine = await change("POST", "/machines", machineBody(data));
    location.assign(`/machines/${machine.id}`);
  }
}

/** The request that a filled form stands for; what is left empty is left to the server.
 * @param {FormData} data */
export function machineBody(data) {
  const guests = {
    working_set_pages: numberOf(data, "working_set_pages"),
    skew: numberOf(data, "skew"),
    accesses_per_us: numberOf(data, "accesses_per_us"),
    asids: textOf(data, "asids"),
    drift: numberOf(data, "drift"),
    sharing: numberOf(data, "sharing"),
    page_size: textOf(data, "page_size"),
  };
  const schedule = textOf(data, "schedule");
  return {
    name: textOf(data, "name"),
    policy: textOf(data, "policy"),
    platform: {
      preset: textOf(data, "preset"),
      vmidlen: bitsOf(textOf(data, "vmidlen")),
      harts: numberOf(data, "harts"),
      tlb: data.get("split") === null ? undefined : { organisation: "split" },
      over_fences: data.get("over_fences") === null ? undefined : true,
    },
    seed: numberOf(data, "seed"),
    schedule,
    loop: schedule === undefined ? undefined : data.get("loop") !== null,
    guests: Object.values(guests).some((value) => value !== undefined) ? guests : undefined,
    speculation: data.get("speculation") === null ? undefined : true,
    faults: data.getAll("faults").map(String),
  };
}

/** "6" -> 6, "14, 7" -> [14, 7]; text that is no number goes as it is, for the server to refuse.
 * @param {string|undefined} text */
function bitsOf(text) {
  if (text === undefined) return undefined;
  const bits = text
    .split(/[\s,]+/)
    .filter(Boolean)
    .map(Number);
  if (bits.some(Number.isNaN)) return text;
  return bits.length === 1 ? bits[0] : bits;
}
