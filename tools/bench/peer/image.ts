// What the peer boots: Debian's generic 6.1 kernel, unpacked in the cache, and an initramfs of busybox, iperf3 and the
// modules that a card needs. Nothing is installed.

import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, realpathSync, rmSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { KpiError } from "../../../host/error.ts";
import { downloadPackage, fetchPackage, haveApt, locatePackage } from "../../setup/apt.mjs";
import { cacheRoot } from "../../setup/paths.mjs";
import { testTool, whyMissing } from "../../setup/test-tools.mjs";
import { cpio, type Entry } from "./cpio.ts";

/** Debian's name for whichever generic kernel is the present one. */
const META = "linux-image-amd64";

export interface Kernel {
  readonly image: string;
  /** lib/modules/VERSION/kernel */
  readonly modules: string;
}

/** The package that META depends on: it has a version in its name. */
async function kernelPackage(): Promise<string> {
  const work = mkdtempSync(join(cacheRoot(), "peer-"));
  try {
    const deb = await downloadPackage(await locatePackage({ name: META }), work);
    const { stdout } = spawnSync("dpkg-deb", ["--field", deb, "Depends"], { encoding: "utf8" });
    const name = /linux-image-\S+/.exec(stdout)?.[0];
    if (name === undefined) throw new KpiError(`${basename(deb)} depends on no kernel`);
    return name;
  } finally {
    rmSync(work, { recursive: true, force: true });
  }
}

export async function peerKernel(): Promise<Kernel> {
  const folder = join(cacheRoot(), "peer-kernel");
  if (!existsSync(folder)) {
    if (!haveApt()) throw new KpiError(`Debian's kernel cannot be fetched: no apt-get here, or KPI_APT=no`);
    process.stderr.write(`The peer's kernel: apt-get downloads it into ${folder} (70 MB); nothing is installed.\n`);
    mkdirSync(cacheRoot(), { recursive: true });
    await fetchPackage({ name: await kernelPackage(), into: folder });
  }
  const image = readdirSync(join(folder, "boot")).find((name) => name.startsWith("vmlinuz-"));
  if (image === undefined) throw new KpiError(`${folder} has no kernel: remove it and run this again`);
  const version = image.slice("vmlinuz-".length);
  return { image: join(folder, "boot", image), modules: join(folder, "lib/modules", version, "kernel") };
}

/** Modules, each after those that it depends on. */
function modulesFor(kernel: Kernel, wanted: readonly string[]): string[] {
  const files = new Map<string, string>();
  for (const path of readdirSync(kernel.modules, { recursive: true }) as string[]) {
    if (path.endsWith(".ko")) files.set(basename(path, ".ko").replaceAll("-", "_"), join(kernel.modules, path));
  }
  const order: string[] = [];
  const add = (name: string): void => {
    const file = files.get(name);
    if (file === undefined) throw new KpiError(`Debian's kernel has no module ${name}`);
    if (order.includes(file)) return;
    const depends = /\0depends=([^\0]*)\0/.exec(readFileSync(file, "latin1"))?.[1] ?? "";
    for (const other of depends.split(",").filter(Boolean)) add(other.replaceAll("-", "_"));
    order.push(file);
  };
  for (const name of wanted) add(name);
  return order;
}

/** A program and the libraries that it loads, by the paths where it looks for them. */
function withLibraries(program: string): Entry[] {
  const { stdout } = spawnSync("ldd", [program], { encoding: "utf8" });
  const libraries = [...stdout.matchAll(/(?:=> |^\s*)(\/\S+) \(0x/gm)].map((match) => match[1]!);
  const file = (path: string): Entry => ({
    path: path.slice(1),
    kind: "file",
    data: readFileSync(realpathSync(path)),
    executable: true,
  });
  return [program, ...libraries].map(file);
}

/** The folders above a path, the highest first. */
function foldersAbove(path: string): string[] {
  const folder = dirname(path);
  return folder === "." ? [] : [...foldersAbove(folder), folder];
}

async function staticBusybox(): Promise<Uint8Array> {
  const into = await fetchPackage({ name: "busybox-static", into: join(cacheRoot(), "peer-busybox") });
  const file = ["bin/busybox", "usr/bin/busybox"].map((path) => join(into, path)).find((path) => existsSync(path));
  if (file === undefined) throw new KpiError("Debian's busybox-static has no busybox where it was");
  return readFileSync(file);
}

/** A shell on the serial line once the card is up: whoever started QEMU says what happens next. */
function initScript(modules: readonly string[], address: string): string {
  return `#!/bin/busybox sh
/bin/busybox --install -s /bin
export PATH=/bin:/usr/bin
mount -t proc proc /proc
mount -t sysfs sysfs /sys
${modules.map((file) => `insmod /modules/${basename(file)}`).join("\n")}
ip link set lo up
ip addr add ${address} dev eth0
ip link set eth0 up
iperf3 -s >/dev/null 2>&1 &
stty -echo
PS1= exec sh -i
`;
}

/** The initramfs for a card with `drivers`; `address`: with the length of its prefix. */
export async function initramfs(kernel: Kernel, drivers: readonly string[], address: string): Promise<Buffer> {
  const missing = whyMissing("iperf3");
  if (missing !== undefined) throw new KpiError(missing);
  const modules = modulesFor(kernel, [...drivers, "pktgen"]);
  const files: Entry[] = [
    { path: "bin/busybox", kind: "file", data: await staticBusybox(), executable: true },
    ...withLibraries(testTool("iperf3")!),
    ...modules.map((file): Entry => ({ path: `modules/${basename(file)}`, kind: "file", data: readFileSync(file) })),
    { path: "init", kind: "file", data: Buffer.from(initScript(modules, address)), executable: true },
  ];
  const folders = new Set(["dev", "proc", "sys", "tmp", ...files.flatMap(({ path }) => foldersAbove(path))]);
  return cpio([
    ...[...folders].map((path): Entry => ({ path, kind: "folder" })),
    { path: "dev/console", kind: "device", major: 5, minor: 1 },
    { path: "dev/null", kind: "device", major: 1, minor: 3 },
    { path: "dev/urandom", kind: "device", major: 1, minor: 9 },
    ...files,
  ]);
}
