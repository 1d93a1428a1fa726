// The matrix's graph, and that its table makes the paths it is there for.

import assert from "node:assert/strict";
import { test } from "node:test";
import { pathsThrough, stands, standsPath, type Node } from "./graph.ts";
import { nameOf, paths } from "./table.ts";

const node = (name: string, needs: string[], gives: string[]): Node => ({ name, needs, gives });

test("a node stands where those before it give all that it needs; else it is said who lacks what", () => {
  const board = node("board", [], ["pci"]);
  const card = node("card", ["pci"], ["chip"]);
  assert.deepEqual(stands(card, [board]), { runs: true });
  assert.deepEqual(standsPath([board, card, node("driver", ["chip", "pci"], [])]), { runs: true });
  const why = "board, card: no usb";
  assert.deepEqual(standsPath([board, card, node("stick", ["usb"], [])]), { runs: false, missing: false, why });
});

test("a path takes one node of each layer", () => {
  const [a, b, c] = ["a", "b", "c"].map((name) => node(name, [], [])) as [Node, Node, Node];
  assert.deepEqual(pathsThrough([[a, b], [c]]), [
    [a, c],
    [b, c],
  ]);
});

test("each device is there with its own drivers only, each path once", () => {
  const names = paths().map(({ path }) => nameOf(path));
  assert.equal(new Set(names).size, names.length);
  assert.ok(names.includes("desktop / e1000 / e1000 / peer"));
  assert.ok(!names.some((name) => name.includes("e1000 / 8139cp")));
});
