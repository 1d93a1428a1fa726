// Debian packages through the machine's own apt-get, from an archive on this disk.
import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { appendFileSync, existsSync, readdirSync, readFileSync } from "node:fs";
import { basename, join } from "node:path";
import test, { type TestContext } from "node:test";
import { downloadPackage, fetchPackage, locatePackage } from "../../tools/setup/apt.mjs";
import { environment, folder, sourceDeb, write } from "./fixtures.ts";

const name = "linux-source-6.1";
const version = "6.1.176-1";

/** An archive with our made-up package, which apt takes for the only source there is. */
function archive(t: TestContext) {
  const dir = folder(t);
  const deb = sourceDeb(dir);
  const bytes = readFileSync(deb);
  const sha = createHash("sha256").update(bytes).digest("hex");
  const stanza = `Package: ${name}\nVersion: ${version}\nArchitecture: all\nMaintainer: test\nDescription: test\n`;
  const packages = `${stanza}Filename: ./${basename(deb)}\nSize: ${bytes.length}\nSHA256: ${sha}\n`;
  write(dir, {
    Packages: packages,
    "sources.list": `deb [trusted=yes] copy:${dir} ./\n`,
    "apt.conf": `Dir::Etc::SourceList "${dir}/sources.list";\nDir::Etc::SourceParts "/dev/null";\n`,
  });
  environment(t, { KPI_CACHE: join(dir, "cache"), APT_CONFIG: join(dir, "apt.conf") });
  return { dir, deb, bytes };
}

test("a package by name and version, whole, with progress", async (t) => {
  const { dir, bytes } = archive(t);
  const found = await locatePackage({ name, version });
  assert.equal(found.size, bytes.length);
  const file = await downloadPackage(found, join(dir, "into"));
  assert.deepEqual(readFileSync(file), bytes);
  assert.deepEqual(readdirSync(join(dir, "into/partial")), []);
});

test("a version or a package that the archive does not have is one line", async (t) => {
  archive(t);
  const version = locatePackage({ name, version: "6.1.1-1" });
  await assert.rejects(version, /^SetupError: apt-get cannot find linux-source-6\.1=6\.1\.1-1: Version .* not found$/);
  const unknown = locatePackage({ name: "nonsense" });
  await assert.rejects(unknown, /^SetupError: apt-get cannot find nonsense: Unable to locate .*$/);
});

test("a package that is not what the list promises is not taken", async (t) => {
  const { dir, deb } = archive(t);
  const found = await locatePackage({ name, version });
  appendFileSync(deb, "more");
  await assert.rejects(downloadPackage(found, join(dir, "into")), /^SetupError: .*linux-source-6\.1.*$/);
  assert.deepEqual(readdirSync(join(dir, "into")), ["partial"]);
});

test("an unpacked package stays, also that of another architecture", async (t) => {
  const { dir } = archive(t);
  const into = join(dir, "unpacked/mipsel");
  assert.equal(await fetchPackage({ name, version, arch: "mipsel", into }), into);
  assert.ok(existsSync(join(into, "usr/src/linux-source-6.1.tar.xz")));
  environment(t, { PATH: "" });
  assert.equal(await fetchPackage({ name, version, arch: "mipsel", into }), into);
  assert.deepEqual(readdirSync(join(dir, "unpacked")), ["mipsel"]);
});
