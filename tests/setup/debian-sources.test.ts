// Debian's source packages in the cache: fetched from an archive on this disk, verified, whole or not at all.
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import { appendFileSync, existsSync, mkdirSync, readdirSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import test, { type TestContext } from "node:test";
import { debianSource, provideSource, setUpDebianSource } from "../../tools/setup/debian-sources.mjs";
import { environment, folder, write } from "./fixtures.ts";

const file = "pool/main/p/probe/probe_1.0.orig.tar.xz";

/** An archive with one made-up source. */
function archive(t: TestContext) {
  const dir = folder(t);
  write(join(dir, "probe-1.0"), { "src/probe.c": "int x;\n", COPYING: "BSD\n", "test/big.c": "not used\n" });
  const path = join(dir, file);
  mkdirSync(dirname(path), { recursive: true });
  execFileSync("tar", ["-cJf", path, "-C", dir, "probe-1.0"]);
  const sha256 = createHash("sha256").update(readFileSync(path)).digest("hex");
  const source = { version: "1.0", file, sha256, folders: ["src", "COPYING"] };
  return { source, path, from: [`copy:${dir}/nowhere`, `copy:${dir}`], cache: join(dir, "cache") };
}

test("the parts that are used, from the first archive that has it; nothing else stays", async (t) => {
  const { source, from, cache } = archive(t);
  const tree = join(cache, "probe-1.0");
  await provideSource(source, tree, from);
  assert.equal(readFileSync(join(tree, "src/probe.c"), "utf8"), "int x;\n");
  assert.ok(!existsSync(join(tree, "test")));
  assert.deepEqual(readdirSync(cache), ["probe-1.0"]);
});

test("a file of another hash is not taken, and neither is one without the parts", async (t) => {
  const { source, path, from, cache } = archive(t);
  const tree = join(cache, "probe-1.0");
  const parts = provideSource({ ...source, folders: ["nonsense"] }, tree, from);
  await assert.rejects(parts, /^SetupError: cannot unpack .*probe_1\.0\.orig\.tar\.xz: tar: .*nonsense.*$/);
  appendFileSync(path, "more");
  const changed = provideSource(source, tree, from);
  await assert.rejects(changed, /^SetupError: cannot download .*probe_1\.0\.orig\.tar\.xz of Debian's archive: .*$/);
  assert.deepEqual(readdirSync(cache), []);
});

test("KPI_LWIP names a tree of one's own; without it and without apt-get, where to get one is said", async (t) => {
  const dir = folder(t);
  environment(t, { KPI_CACHE: join(dir, "cache"), KPI_LWIP: undefined, KPI_APT: "no" });
  assert.equal(debianSource("lwip"), join(dir, "cache/lwip-2.1.3+dfsg1"));
  assert.equal(debianSource("constructor"), undefined);
  await assert.rejects(
    setUpDebianSource("lwip"),
    /^SetupError: no apt-get .*: unpack http:\S+orig\.tar\.xz and set KPI_LWIP/,
  );
  environment(t, { KPI_LWIP: dir });
  assert.equal(debianSource("lwip"), dir);
  await assert.rejects(setUpDebianSource("lwip"), /^SetupError: KPI_LWIP=.* is not the source of lwip$/);
  write(dir, { "src/core/udp.c": "\n", COPYING: "\n" });
  await setUpDebianSource("lwip");
});
