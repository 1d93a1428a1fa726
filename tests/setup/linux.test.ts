// The Linux source in the cache: what is unpacked, when it is unpacked again, and what an interruption leaves.
import assert from "node:assert/strict";
import { copyFileSync, existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import test, { type TestContext } from "node:test";
import { checkTree, hasSubtrees, linuxReady, provideTree } from "../../tools/setup/linux.mjs";
import { cachedLinuxTree, linuxTree } from "../../tools/setup/paths.mjs";
import { environment, folder, kernelFiles, sourceDeb, write } from "./fixtures.ts";

const subtrees = ["Makefile", "include/", "drivers/net/"];

/** A cache, and a fetchDeb that takes a made-up package and counts how often it is asked for it. */
function source(t: TestContext) {
  const dir = folder(t);
  environment(t, { KPI_CACHE: join(dir, "cache"), KPI_LINUX: undefined });
  t.mock.method(process.stderr, "write", () => true);
  const deb = sourceDeb(dir);
  let fetched = 0;
  const fetchDeb = async (into: string) => {
    fetched++;
    copyFileSync(deb, join(into, "source.deb"));
    return join(into, "source.deb");
  };
  return { cache: join(dir, "cache"), tree: cachedLinuxTree(), fetchDeb, fetched: () => fetched };
}

test("unpacks the subtrees that are asked for and nothing else, and leaves only the tree", async (t) => {
  const { cache, tree, fetchDeb } = source(t);
  await provideTree({ subtrees, tree, fetchDeb });
  assert.equal(readFileSync(join(tree, "drivers/net/dummy.c"), "utf8"), "dummy\n");
  assert.equal(readFileSync(join(tree, "include/uapi/linux/if.h"), "utf8"), "if\n");
  assert.ok(!existsSync(join(tree, "sound")));
  assert.ok(!existsSync(join(tree, "drivers/include")));
  assert.deepEqual(readdirSync(cache), ["linux-6.1.176-1"]);
});

test("does nothing a second time, and fetches again when a subtree is missing", async (t) => {
  const { tree, fetchDeb, fetched } = source(t);
  await provideTree({ subtrees, tree, fetchDeb });
  await provideTree({ subtrees: ["include/linux/", "Makefile"], tree, fetchDeb });
  assert.equal(fetched(), 1);
  await provideTree({ subtrees: [...subtrees, "sound/"], tree, fetchDeb });
  assert.equal(fetched(), 2);
  assert.ok(existsSync(join(tree, "sound/core.c")));
  assert.ok(existsSync(join(tree, "include/linux/netdevice.h")));
});

test("two at the same time fetch once", async (t) => {
  const { tree, fetchDeb, fetched } = source(t);
  await Promise.all([provideTree({ subtrees, tree, fetchDeb }), provideTree({ subtrees, tree, fetchDeb })]);
  assert.equal(fetched(), 1);
  assert.ok(hasSubtrees(subtrees, tree));
});

test("after an interruption, half a tree counts for nothing and a whole .deb is used", async (t) => {
  const { cache, tree, fetchDeb, fetched } = source(t);
  mkdirSync(`${tree}.download`, { recursive: true });
  await fetchDeb(`${tree}.download`);
  write(`${tree}.new-4711`, { "include/linux/half.h": "half" });
  write(tree, { Makefile: "half" });
  assert.ok(!hasSubtrees(subtrees, tree));
  await provideTree({ subtrees, tree, fetchDeb });
  assert.equal(fetched(), 1);
  assert.deepEqual(readdirSync(cache), ["linux-6.1.176-1"]);
  assert.ok(hasSubtrees(subtrees, tree));
});

test("a package that cannot be unpacked, or lacks a subtree, is one line and leaves nothing", async (t) => {
  const { cache, tree, fetchDeb } = source(t);
  const downloads = `${tree}.download`;
  const missing = provideTree({ subtrees: ["nonsense/"], tree, fetchDeb });
  await assert.rejects(missing, /^SetupError: cannot unpack source.deb: tar: .*nonsense.*$/);
  assert.deepEqual(readdirSync(cache), []);
  mkdirSync(downloads, { recursive: true });
  writeFileSync(join(downloads, "source.deb"), "not a package");
  const broken = provideTree({ subtrees, tree, fetchDeb });
  await assert.rejects(broken, /^SetupError: cannot unpack source.deb: .*$/);
  await provideTree({ subtrees, tree, fetchDeb });
  assert.deepEqual(readdirSync(cache), ["linux-6.1.176-1"]);
});

test("KPI_LINUX has to name a Linux 6.1 tree", (t) => {
  const dir = folder(t);
  environment(t, { KPI_LINUX: dir, KPI_CACHE: join(dir, "cache") });
  assert.throws(() => linuxReady(), /is not a Linux source tree/);
  assert.throws(() => checkTree(join(dir, "nowhere")), /is not a Linux source tree/);
  write(dir, kernelFiles(6, 12));
  assert.throws(() => linuxReady(), /is Linux 6\.12: name a Linux 6\.1 source tree/);
  write(dir, kernelFiles());
  assert.ok(linuxReady());
  assert.equal(linuxTree(), dir);
});
