// Headers that Kbuild would generate: the configuration, versions, time factors, and an asm/ header for
// each generic one.
import { existsSync, readFileSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { KpiError } from "../../host/error.ts";
import { autoconf, type KernelConfig } from "./config.ts";
import { archFolder } from "./flags.ts";
import { timeconst } from "./timeconst.ts";

/** VERSION.PATCHLEVEL.SUBLEVEL of a tree, from its Makefile. */
function kernelVersion(tree: string): [number, number, number] {
  const makefile = join(tree, "Makefile");
  if (!existsSync(makefile)) throw new KpiError(`${tree}: not a Linux source tree: it has no Makefile`);
  const text = readFileSync(makefile, "utf8");
  const part = (name: string) => Number(new RegExp(`^${name} = (\\d+)$`, "m").exec(text)?.[1] ?? Number.NaN);
  const version: [number, number, number] = [part("VERSION"), part("PATCHLEVEL"), part("SUBLEVEL")];
  if (version.some(Number.isNaN)) throw new KpiError(`${makefile}: no VERSION, PATCHLEVEL and SUBLEVEL in it`);
  return version;
}

export function kernelRelease(tree: string): string {
  return kernelVersion(tree).join(".");
}

/** An asm/ header for each generic one, but those that we write ourselves. */
function wrappers(tree: string, uapi: string): [string, string][] {
  const own = join(archFolder, "include", uapi, "asm");
  const names = readdirSync(join(tree, "include", uapi, "asm-generic")).filter((name) => name.endsWith(".h"));
  return names
    .filter((name) => !existsSync(join(own, name)))
    .map((name) => [join("arch", uapi, "asm", name), `#include <asm-generic/${name}>\n`]);
}

/** Every generated header but bounds.h, which the compiler computes from these: relative path to text. */
export function generatedHeaders(tree: string, config: KernelConfig): Map<string, string> {
  const [major, minor, patch] = kernelVersion(tree);
  const version = [
    `#define LINUX_VERSION_CODE ${(major << 16) + (minor << 8) + Math.min(patch, 255)}`,
    "#define KERNEL_VERSION(a, b, c) (((a) << 16) + ((b) << 8) + ((c) > 255 ? 255 : (c)))",
    `#define LINUX_VERSION_MAJOR ${major}`,
    `#define LINUX_VERSION_PATCHLEVEL ${minor}`,
    `#define LINUX_VERSION_SUBLEVEL ${patch}`,
  ];
  const generated = join("include", "generated");
  return new Map([
    [join(generated, "autoconf.h"), autoconf(config)],
    [join(generated, "timeconst.h"), timeconst(Number(config.get("CONFIG_HZ")))],
    [join(generated, "utsrelease.h"), `#define UTS_RELEASE "${kernelRelease(tree)}"\n`],
    [join(generated, "uapi", "linux", "version.h"), `${version.join("\n")}\n`],
    ...wrappers(tree, ""),
    ...wrappers(tree, "uapi"),
  ]);
}

/** bounds.h from the assembly text of kernel/bounds.c, whose lines say `.ascii "->NAME value comment"`. */
export function boundsHeader(assembly: string): string {
  const lines = [...assembly.matchAll(/\.ascii\s+"->(\w+) (\d+)/g)].map(
    ([, name, value]) => `#define ${name} ${value}`,
  );
  return `#ifndef __LINUX_BOUNDS_H__\n#define __LINUX_BOUNDS_H__\n${lines.join("\n")}\n#endif\n`;
}
