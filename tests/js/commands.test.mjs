import assert from "node:assert/strict";
import { test } from "node:test";

import { matches } from "../../static/js/common/commands.js";
import { curlOf, linkTo } from "../../static/js/common/copying.js";
import { happening } from "../../static/js/index/happenings.js";
import { cellsOf, summaryText } from "../../static/js/index/summary.js";

const COMMANDS = [
  { title: "Go to VMID", group: "this machine", number: true },
  { title: "Go to event", group: "time", number: true },
  { title: "Play or pause", group: "time", words: "run stop" },
  { title: "Theme: dark", group: "every page", words: "colours" },
  { title: "KVM on 64 bits", group: "machine", words: "kvm-riscv" },
  { title: "3 Two stages", group: "chapter", words: "learn" },
];
const titles = (/** @type {string} */ query) =>
  matches(query, COMMANDS).map(({ command }) => command.title);

test("an empty query shows every command in the order of its registration", () => {
  assert.deepEqual(titles("  "), COMMANDS.map(({ title }) => title));
});

test("every word has to be found, in any order, by its beginning, inside, or scattered", () => {
  assert.deepEqual(titles("vmid go"), ["Go to VMID"]);
  assert.deepEqual(titles("ause"), ["Play or pause"]);
  assert.deepEqual(titles("thm drk"), ["Theme: dark"]);
  assert.deepEqual(titles("stop"), ["Play or pause"]);
  assert.deepEqual(titles("dark vmid"), []);
});

test("a word of the title counts more than one of the group", () => {
  assert.equal(titles("k")[0], "KVM on 64 bits");
});

test("a number is an argument where one is taken, and a word elsewhere", () => {
  const [first] = matches("vmid 0x1F", COMMANDS);
  assert.deepEqual([first?.command.title, first?.number], ["Go to VMID", 31]);
  assert.deepEqual(titles("go 12"), ["Go to VMID", "Go to event"]);
  assert.ok(titles("64").includes("KVM on 64 bits"));
  assert.equal(matches("kvm 64", COMMANDS)[0]?.number, null);
  assert.equal(titles("3 two")[0], "3 Two stages");
});

test("a short address is handed out as it is", async () => {
  const address = new URL("http://localhost:8000/machines/7f3a9c2e?vmid=5");
  assert.equal(await linkTo(address), address.href);
});

test("curl's address cannot leave its quotes", () => {
  assert.equal(
    curlOf("http://localhost:8000/api/v1/x?a='$(ls)'"),
    "curl -s 'http://localhost:8000/api/v1/x?a=%27$(ls)%27'",
  );
});

test("the summary's numbers are grouped, and violations are words", () => {
  assert.equal(summaryText("cycles_lost", 1234567), "1,234,567");
  assert.equal(summaryText("fences_per_1000_ids", 1500.25), "1,500.3");
  assert.equal(summaryText("fences_per_1000_ids", null), "–");
  assert.equal(summaryText("violations_total", 0), "none");
  assert.equal(summaryText("violations_total", 1), "1 access served by an entry that is not theirs");
});

test("runs become bytes", () => {
  assert.deepEqual([...cellsOf([[0, 2, 3], [2, 1, 0], [3, 1, 6]], 4)], [3, 3, 0, 6]);
});

test("what happens is told in words, and what is not worth a line is not", () => {
  const at = { seq: 1, at_ns: 0 };
  assert.deepEqual(happening({ ...at, event: "VmidAssigned", domain: 3, vcpu: -1, vmid: 5 }), {
    kind: "VMID",
    text: "VMID 5 is given to domain 3",
  });
  const entered = { ...at, event: "GuestEntered", hart: 1, domain: 3, vcpu: 0, vmid: 5 };
  assert.equal(happening(entered)?.text, "hart 1 runs vCPU 0 of domain 3 under VMID 5");
  assert.equal(happening({ ...at, event: "VsatpWritten" }), null);
});
