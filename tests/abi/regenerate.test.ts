// assembly/abi is what the reference tree's headers say, and another tree has another stamp.
import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { generateAbi } from "../../tools/kbuild/layout.ts";
import { linuxTree, LINUX_VERSION, repoRoot } from "../../tools/setup/paths.mjs";
import { kernelRelease } from "../../tools/kbuild/headers.ts";
import { treeWith } from "./tree.ts";

const folder = join(repoRoot, "assembly", "abi");
const other = !LINUX_VERSION.startsWith(`${kernelRelease(linuxTree())}-`) && "KPI_LINUX is not the reference tree";

test("the committed files are what `npm run abi` writes", { skip: other }, async () => {
  const { files } = await generateAbi();
  const committed = readdirSync(folder, { recursive: true, encoding: "utf8" }).filter((name) => name.endsWith(".ts"));
  assert.deepEqual(committed.sort(), [...files.keys()].sort());
  for (const [name, text] of files) {
    assert.ok(readFileSync(join(folder, name), "utf8") === text, `assembly/abi/${name} is out of date: npm run abi`);
  }
});

test("a moved field changes the stamp and the offsets", async (context) => {
  const tree = treeWith(context, "include/linux/netdevice.h", (text) => {
    const changed = text.replace("struct net_device {\n", "struct net_device {\n\tlong kpi_test_first;\n");
    assert.notEqual(changed, text);
    return changed;
  });
  const [here, there] = [await generateAbi(), await generateAbi(tree)];
  assert.notEqual(there.stamp, here.stamp);
  assert.equal(there.offsetOf("net_device", "name"), here.offsetOf("net_device", "name") + 4);
  assert.equal(there.sizeOf("sk_buff"), here.sizeOf("sk_buff"));
});

test("another sublevel changes the stamp", async (context) => {
  const tree = treeWith(context, "Makefile", (text) => text.replace(/^SUBLEVEL = \d+/m, "SUBLEVEL = 999"));
  assert.notEqual((await generateAbi(tree)).stamp, (await generateAbi()).stamp);
});
