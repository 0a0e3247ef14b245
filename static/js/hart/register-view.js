// @ts-check
// A register bit by bit with the rule of each field, and a question: what would a write leave in it?

import { change, Problem } from "../common/api.js";
import { make, setText } from "../common/dom.js";

/** @typedef {import("../common/types.js").RegisterView} Register */
/** @typedef {import("../common/types.js").WarlAnswer} WarlAnswer */

/** The bits of a value, highest first. @param {string} value hexadecimal @param {number} xlen */
export function bitsOf(value, xlen) {
  return BigInt(value).toString(2).padStart(xlen, "0");
}

/** "bits 63:60", "bit 3", "bits 63, 61:60" of a mask. @param {string} mask @param {number} xlen */
export function maskText(mask, xlen) {
  const bits = bitsOf(mask, xlen);
  /** @type {string[]} */
  const spans = [];
  for (const match of bits.matchAll(/1+/g)) {
    const high = xlen - 1 - match.index;
    const low = high - match[0].length + 1;
    spans.push(high === low ? `${high}` : `${high}:${low}`);
  }
  const one = spans.length === 1 && !spans[0]?.includes(":");
  return `${one ? "bit" : "bits"} ${spans.join(", ")}`;
}

/** One register of one hart. */
export class RegisterPanel {
  /** @param {HTMLElement} place @param {"hgatp"|"vsatp"} name
   * @param {(path: string) => string} address of a resource of the hart's registers */
  constructor(place, name, address) {
    this.name = name;
    this.address = address;
    this.value = make("code", { class: "register-value" });
    this.bits = make("div", { class: "bit-rows", role: "img" });
    this.fields = make("tbody", {});
    this.input = make("input", {
      id: `ask-${name}`,
      autocomplete: "off",
      spellcheck: "false",
      size: 20,
      "aria-describedby": `ask-${name}-problem`,
    });
    this.problem = make("p", { id: `ask-${name}-problem`, class: "field-problem", role: "alert" });
    this.answer = make("div", { class: "warl-answer", role: "status" });
    const head = ["Field", "Bits", "Value", "Rule"].map((text) => make("th", { scope: "col" }, text));
    const form = make(
      "form",
      { class: "inline-form", novalidate: true, submit: (/** @type {Event} */ event) => this.ask(event) },
      make("label", { for: `ask-${name}` }, "If one wrote"),
      this.input,
      make("button", { type: "submit" }, "Ask"),
    );
    place.replaceChildren(
      make("h3", {}, name, " ", this.value),
      this.bits,
      make(
        "div",
        { class: "scroll", tabindex: 0, role: "region", "aria-label": `Fields of ${name}` },
        make("table", { class: "field-table" }, make("thead", {}, make("tr", {}, ...head)), this.fields),
      ),
      form,
      make("p", { class: "quiet small" }, "A question only: nothing is written to the machine."),
      this.problem,
      this.answer,
    );
    this.drawn = "";
    this.hart = -1;
  }

  /** @param {Register} register */
  show(register) {
    const drawn = JSON.stringify({ ...register, seq: 0 });
    if (drawn === this.drawn) return;
    this.drawn = drawn;
    if (register.hart !== this.hart) this.answer.replaceChildren();
    const typing = this.input === document.activeElement;
    if (!typing && (!this.input.value || register.hart !== this.hart)) this.input.value = register.value;
    this.hart = register.hart;
    setText(this.value, register.value);
    this.bits.replaceChildren(...bitRow(register, register.value, "0x0"));
    this.bits.setAttribute(
      "aria-label",
      `${this.name} is ${register.value}: ` +
        register.fields.map(({ field, value }) => `${field} ${value}`).join(", "),
    );
    this.fields.replaceChildren(...register.fields.map(fieldRow));
  }

  /** @param {Event} event */
  async ask(event) {
    event.preventDefault();
    setText(this.problem, "");
    this.input.setAttribute("aria-invalid", "false");
    try {
      const body = { value: this.input.value.trim() };
      this.showAnswer(await change("POST", this.address(`/${this.name}/warl`), body));
    } catch (error) {
      this.answer.replaceChildren();
      this.input.setAttribute("aria-invalid", "true");
      setText(this.problem, error instanceof Problem ? error.message : String(error));
    }
  }

  /** @param {WarlAnswer} answer */
  showAnswer(answer) {
    const { xlen, losses } = answer;
    const lost = `0x${losses.reduce((sum, { mask }) => sum | BigInt(mask), 0n).toString(16)}`;
    const same = losses.length === 0;
    this.answer.replaceChildren(
      make("p", {}, "It would read ", make("code", { "data-warl": "read" }, answer.read), same ? ": as written." : "."),
      make("div", { class: "bit-rows", "aria-hidden": "true" }, ...bitRow(answer, answer.read, lost)),
      make(
        "ul",
        { class: "losses" },
        ...losses.map(({ mask, reason, norm }) =>
          make(
            "li",
            {},
            make("strong", {}, maskText(mask, xlen)),
            ` not as written: ${reason} `,
            make("span", { class: "quiet" }, `(${norm})`),
          ),
        ),
        ...answer.notes.map((note) => make("li", {}, note)),
      ),
    );
  }
}

/** The bits as cells, highest first, in the colours of their fields by turns; `lost` ones are marked.
 * @param {{xlen: number, fields: {field: string, high: number, low: number}[]}} register
 * @param {string} value @param {string} lost */
function bitRow({ xlen, fields }, value, lost) {
  const marked = bitsOf(lost, xlen);
  return [...bitsOf(value, xlen)].map((bit, index) => {
    const number = xlen - 1 - index;
    const at = fields.findIndex(({ high, low }) => number <= high && number >= low);
    const field = fields[at];
    const classes = ["bit", `of-${at % 2}`];
    if (field?.high === number) classes.push("first");
    if (marked[index] === "1") classes.push("lost");
    return make("span", { class: classes.join(" "), title: `${field?.field} bit ${number}` }, bit);
  });
}

/** @param {Register["fields"][number]} field */
function fieldRow({ field, high, low, value, norm, rule }) {
  const bits = high === low ? `${high}` : `${high}:${low}`;
  const width = high - low + 1;
  return make(
    "tr",
    {},
    make("th", { scope: "row" }, field),
    make("td", { class: "mono nowrap", title: `${width} bits` }, bits),
    make("td", { class: "mono nowrap" }, value),
    make("td", {}, `${rule} `, make("span", { class: "quiet nowrap" }, norm)),
  );
}
