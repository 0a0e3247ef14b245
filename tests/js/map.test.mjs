import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";

import { bitsOf, maskText } from "../../static/js/hart/register-view.js";
import { indexOf, layoutOf, parseEntry, placeAt, windowOf } from "../../static/js/hart/tlb-layout.js";
import { sharesOf } from "../../static/js/hart/tlb-legend.js";
import { inkOn, luminance, rgb } from "../../static/js/common/palette.js";
import { CellPen, numberAlpha } from "../../static/js/map/cell-drawing.js";
import {
  cameraOf,
  centred,
  firstWhole,
  fitted,
  isFitted,
  isWhole,
  panned,
  revealing,
  visible,
  zoomed,
  zoomText,
} from "../../static/js/map/map-camera.js";
import { CLASSES, classesOf, coloursOf, pixelsOf, SHOWS, valueText } from "../../static/js/map/map-colours.js";
import { bars, barSize } from "../../static/js/map/strip-bars.js";
import { shapeOf, zoomedTicks } from "../../static/js/map/vmid-grid.js";

const frame = { shape: shapeOf(14), fit: 5 };
const palette = JSON.parse(readFileSync(new URL("../../static/palette.json", import.meta.url)));

test("zooming keeps what is under the pointer there", () => {
  const once = zoomed(fitted(frame), 4, 200, 300, frame);
  assert.equal(once.side, 20);
  assert.equal((200 - once.x) / once.side, 200 / 5);
  assert.equal((300 - once.y) / once.side, 300 / 5);
  const back = zoomed(once, 1 / 4, 200, 300, frame);
  assert.deepEqual(back, fitted(frame));
  assert.ok(isFitted(back, frame));
});

test("cells are never smaller than the whole grid's and never larger than 96 px", () => {
  assert.equal(zoomed(fitted(frame), 1000, 0, 0, frame).side, 96);
  assert.equal(zoomed(fitted(frame), 0.001, 0, 0, frame).side, 5);
});

test("there is no space beside the grid, however far it is moved", () => {
  const near = zoomed(fitted(frame), 2, 320, 320, frame);
  assert.deepEqual(panned(near, 9999, 9999, frame), { side: 10, x: 0, y: 0 });
  assert.deepEqual(panned(near, -9999, -9999, frame), { side: 10, x: -640, y: -640 });
});

test("a VMID outside the window is brought into it, one inside leaves it alone", () => {
  const near = zoomed(fitted(frame), 8, 0, 0, frame);
  assert.equal(revealing(near, 0, frame), near);
  const far = revealing(near, 16383, frame);
  const { right, bottom } = visible(far, frame);
  assert.deepEqual([right, bottom], [128, 128]);
});

test("an address gives the part of the map back", () => {
  assert.equal(zoomText(fitted(frame), frame), "");
  for (const vmid of [0, 300, 5199, 16383]) {
    const camera = centred({ side: 20, x: 0, y: 0 }, vmid, frame);
    const text = zoomText(camera, frame);
    assert.match(text, /^4@\d+$/);
    assert.equal(zoomText(cameraOf(text, frame), frame), text);
  }
  for (const text of ["", "x", "4@16384", "4@", "@5"]) {
    assert.deepEqual(cameraOf(text, frame), fitted(frame));
  }
});

test("a zoomed ruler has room for its numbers", () => {
  assert.deepEqual(
    zoomedTicks(shapeOf(14), 20, 3, 6, 0).map(({ row, label }) => [row, label]),
    [
      [3, "0180"],
      [4, "0200"],
      [5, "0280"],
    ],
  );
  assert.deepEqual(
    zoomedTicks(shapeOf(14), 7, 1, 12, 0).map(({ row }) => row),
    [4, 8],
  );
});

test("only cells that are seen whole have a number, and a row is named by its first", () => {
  const camera = { side: 40, x: -60, y: -40 };
  assert.deepEqual([0, 128, 129, 130, 131, 258].map((vmid) => isWhole(vmid, camera, frame)), [
    false, false, false, true, true, true,
  ]);
  assert.equal(isWhole(128 + 17, camera, frame), false);
  assert.equal(firstWhole(camera), 2);
  assert.equal(firstWhole({ ...camera, x: -80 }), 2);
  assert.deepEqual(zoomedTicks(frame.shape, 40, 1, 3, 2).map(({ label }) => label), ["0082", "0102"]);

  const texts = [];
  const context = new Proxy({}, {
    get: (kept, name) => kept[name] ?? ((...args) => name === "fillText" && texts.push(args[0])),
    set: (kept, name, value) => ((kept[name] = value), true),
  });
  const pen = new CellPen(context, palette, "light");
  pen.details({ x: -20, y: 0, side: 40 }, 3, null, "d3", "#FFFFFF");
  assert.deepEqual(texts, []);
  pen.details({ x: 20, y: 0, side: 40 }, 3, 4683, "d3", "#FFFFFF");
  assert.deepEqual(texts, ["4683", "d3"]);
});

test("every cell has a class that has a colour and a name", () => {
  const cells = Uint8Array.from([0, 4, 0x1e, 3]);
  const values = Float64Array.from([-1, 0, 5, 1e12]);
  const expected = {
    state: [0, 4, 6, 3],
    generation: [0, 1, 3, 3],
    age: [0, 1, 1, 7],
  };
  for (const show of SHOWS) {
    const classes = [...classesOf(show, cells, values)];
    if (expected[show]) assert.deepEqual(classes, expected[show]);
    for (const theme of ["light", "dark"]) {
      const colours = coloursOf(show, palette, theme);
      assert.equal(colours.length, CLASSES[show].length);
      assert.ok(classes.every((index) => index < colours.length));
      assert.equal(pixelsOf(colours, "#FFFFFF").length, 2 * colours.length);
    }
  }
});

test("numbers of the map in words", () => {
  const words = (show, value) => valueText(show, value, (ns) => `${ns} ns`);
  assert.equal(words("state", 3), "");
  assert.equal(words("owner", -1), "nobody");
  assert.equal(words("owner", 3), "domain 3");
  assert.equal(words("generation", 0), "current");
  assert.equal(words("generation", 2), "2 behind");
  assert.equal(words("age", -1), "never");
  assert.equal(words("age", 7), "7 ns");
});

test("the bars of the overview count every VMID once", () => {
  assert.deepEqual([14, 12, 8, 6].map((bits) => barSize(2 ** bits)), [256, 64, 16, 16]);
  const cells = Uint8Array.from({ length: 2 ** 14 }, (_, vmid) => (vmid * 7) % 7);
  const counts = bars(cells);
  assert.equal(counts.length, 64);
  for (const bar of counts) assert.equal(bar.reduce((a, b) => a + b), 256);
});

test("every place of a TLB has one square, and a square its place", () => {
  for (const geometry of [
    { sets: 64, ways: 8 },
    { sets: 256, ways: 4 },
    { sets: 1, ways: 48 },
    { sets: 1, ways: 17 },
  ]) {
    const layout = layoutOf(geometry, geometry.sets > 64 ? 128 : 0);
    const seen = new Set();
    for (let index = 0; index < layout.columns * layout.rows; index += 1) {
      const place = placeAt(index, layout);
      if (!place) continue;
      seen.add(`${place.set}/${place.way}`);
      assert.equal(indexOf(place.set, place.way, layout), index);
    }
    assert.equal(seen.size, Math.min(64, geometry.sets) * geometry.ways);
  }
  assert.equal(indexOf(3, 0, layoutOf({ sets: 256, ways: 4 }, 128)), null);
});

test("an entry's name is read and nothing else is", () => {
  assert.deepEqual(parseEntry("VS-stage/3/1"), { structure: "VS-stage", set: 3, way: 1 });
  for (const text of ["", "combined", "combined/x/1", "a/1/2/3"]) assert.equal(parseEntry(text), null);
});

test("bits and masks of registers with 64 bits are exact", () => {
  assert.equal(bitsOf("0x8000000000000001", 64), `1${"0".repeat(62)}1`);
  assert.equal(bitsOf("0x0", 32), "0".repeat(32));
  assert.equal(maskText("0xb000000000000000", 64), "bits 63, 61:60");
  assert.equal(maskText("0x3", 32), "bits 1:0");
  assert.equal(maskText("0x80000000", 32), "bit 31");
});

test("squares of a TLB are 12 pixels wide on a phone, and all 64 sets are side by side on a desk", () => {
  for (const width of [260, 320, 390, 639]) assert.ok(Math.floor(width / windowOf(width)) >= 12);
  assert.equal(windowOf(320), 16);
  assert.equal(windowOf(788), 64);
  assert.equal(layoutOf({ sets: 64, ways: 4 }, 48, 16).columns, 16);
  assert.equal(layoutOf({ sets: 60, ways: 4 }, 48, 16).columns, 12);
});

test("the legend of a TLB has the largest owners by number, and always the selected one", () => {
  const owned = (domain, count) => Array(count).fill({ owner: { domain, name: `d${domain}`, space: 0 } });
  const entries = Array.from({ length: 10 }, (_, domain) => owned(domain, 10 - domain)).flat();
  const numbers = (selected) => sharesOf(entries, selected).shown.map(({ domain }) => domain);
  assert.deepEqual(numbers(null), [0, 1, 2, 3, 4, 5, 6, 7]);
  assert.deepEqual(numbers(9), [0, 1, 2, 3, 4, 5, 6, 9]);
  assert.equal(sharesOf(entries, 9).more, 2);
  assert.equal(sharesOf(entries, 9).shown[7].count, 1);
});

test("numbers of cells stand out at 4.5 to 1 whatever colours stand for", () => {
  const blend = (ink, colour, alpha) => {
    const parts = rgb(ink).map((part, at) => Math.round(part * alpha + rgb(colour)[at] * (1 - alpha)));
    return `#${parts.map((part) => part.toString(16).padStart(2, "0")).join("")}`;
  };
  for (const theme of Object.keys(palette.page)) {
    const { free } = palette.states[theme];
    for (const show of SHOWS) {
      for (const colour of coloursOf(show, palette, theme)) {
        const number = blend(inkOn(colour), colour, numberAlpha(colour, free));
        const [dark, light] = [luminance(number), luminance(colour)].sort((a, b) => a - b);
        const contrast = (light + 0.05) / (dark + 0.05);
        assert.ok(contrast >= 4.5, `${theme} ${show} ${colour}: ${contrast.toFixed(2)}`);
      }
    }
  }
});
