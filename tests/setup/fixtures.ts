// Folders, programs and packages made up for the tests of set-up: nothing here is downloaded.
import { execFileSync } from "node:child_process";
import { chmodSync, mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import type { TestContext } from "node:test";

/** A folder that goes away with the test. */
export function folder(t: TestContext): string {
  const dir = realpathSync(mkdtempSync(join(tmpdir(), "kpi-setup-")));
  t.after(() => rmSync(dir, { recursive: true, force: true }));
  return dir;
}

/** Sets environment variables (undefined: unset) for the time of the test. */
export function environment(t: TestContext, variables: Record<string, string | undefined>): void {
  for (const [name, value] of Object.entries(variables)) {
    const before = process.env[name];
    t.after(() => (before === undefined ? delete process.env[name] : (process.env[name] = before)));
    if (value === undefined) delete process.env[name];
    else process.env[name] = value;
  }
}

/** Writes files below a folder, with the folders they need. */
export function write(root: string, files: Record<string, string>): string {
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(dirname(join(root, path)), { recursive: true });
    writeFileSync(join(root, path), text);
  }
  return root;
}

/** Writes a shell script that can be run. */
export function program(file: string, script: string): void {
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, `#!/bin/sh\n${script}\n`);
  chmodSync(file, 0o755);
}

/** The files of a kernel source tree, as far as set-up looks at them. */
export function kernelFiles(version = 6, patchlevel = 1): Record<string, string> {
  return {
    Makefile: `# SPDX-License-Identifier: MIT\nVERSION = ${version}\nPATCHLEVEL = ${patchlevel}\nSUBLEVEL = 176\n`,
    "include/linux/netdevice.h": "netdevice\n",
    "include/uapi/linux/if.h": "if\n",
    "drivers/net/dummy.c": "dummy\n",
    "drivers/include/trap.h": "not the include folder at the top\n",
    "sound/core.c": "nobody wants this\n",
  };
}

/** Builds a .deb as Debian builds linux-source-6.1: one .tar.xz of a kernel tree below usr/src. */
export function sourceDeb(dir: string, name = "linux-source-6.1_6.1.176-1_all.deb"): string {
  const tree = write(join(dir, "tar/linux-source-6.1"), kernelFiles());
  const fields = ["Package: linux-source-6.1", "Version: 6.1.176-1", "Architecture: all", "Maintainer: test"];
  const control = `${fields.join("\n")}\nDescription: test\n`;
  const root = write(join(dir, "deb"), { "DEBIAN/control": control, "usr/share/doc/linux-source-6.1/README": "\n" });
  mkdirSync(join(root, "usr/src"));
  execFileSync("tar", ["-cJf", join(root, "usr/src/linux-source-6.1.tar.xz"), "-C", dirname(tree), "linux-source-6.1"]);
  const deb = join(dir, name);
  execFileSync("dpkg-deb", ["--root-owner-group", "--build", root, deb], { stdio: "ignore" });
  return deb;
}
