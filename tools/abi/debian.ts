// The layouts of Debian's own kernel: clang's record dump of the headers and configuration of the package
// linux-headers-…-4kc-malta. Ours have to agree with them (DESIGN.md, 3).
import { join } from "node:path";
import type { Compiler } from "../kbuild/compiler.ts";
import { fetchPackage } from "../setup/apt.mjs";
import { cacheRoot } from "../setup/paths.mjs";
import type { RecordLayout } from "./records.ts";
import { recordsOf } from "./scan.ts";

const version = "6.1.176-1";
const release = "6.1.0-50";
const flavour = "4kc-malta";

/** Structs that drivers and core share, and the headers that define them. */
export const sharedStructs: readonly string[] = [
  "completion",
  "delayed_work",
  "device",
  "ethtool_ops",
  "mutex",
  "napi_struct",
  "net_device",
  "net_device_ops",
  "netdev_queue",
  "page",
  "pci_dev",
  "pci_driver",
  "resource",
  "sk_buff",
  "skb_shared_info",
  "timer_list",
  "wait_queue_entry",
  "wait_queue_head",
  "work_struct",
];
export const sharedHeaders = [
  "linux/netdevice.h",
  "linux/etherdevice.h",
  "linux/ethtool.h",
  "linux/pci.h",
  "linux/completion.h",
  "linux/workqueue.h",
];

/** Unpacks the two packages into the cache, unless they are there. */
async function fetchHeaders(): Promise<{ headers: string; common: string }> {
  const folder = join(cacheRoot(), `linux-headers-${release}-${version}-mipsel`);
  const unpack = async (suffix: string) => {
    const name = `linux-headers-${release}-${suffix}`;
    const into = await fetchPackage({ name, version, arch: "mipsel", into: join(folder, suffix) });
    return join(into, "usr", "src", name);
  };
  return { headers: await unpack(flavour), common: await unpack("common") };
}

function mipsFlags(headers: string, common: string): string[] {
  const arch = join("arch", "mips", "include");
  const folders = [
    join(common, arch),
    join(headers, arch, "generated"),
    join(common, "include"),
    join(headers, "include"),
    join(common, arch, "uapi"),
    join(headers, arch, "generated", "uapi"),
    join(common, "include", "uapi"),
    join(headers, "include", "generated", "uapi"),
    join(common, arch, "asm", "mach-malta"),
    join(common, arch, "asm", "mach-generic"),
  ];
  const forced = ["compiler-version.h", "kconfig.h", "compiler_types.h"];
  return [
    "--target=mipsel-linux-gnu",
    "-march=mips32r2",
    "-mabi=32",
    "-msoft-float",
    "-fno-pic",
    "-mno-abicalls",
    "-mno-gpopt", // otherwise clang passes an option to its MIPS back end, which @yowasp/clang does not have
    "-std=gnu11",
    "-nostdinc",
    "-fshort-wchar",
    "-w",
    "-D__KERNEL__",
    ...folders.map((folder) => `-I${folder}`),
    ...forced.flatMap((header) => ["-include", join(common, "include", "linux", header)]),
  ];
}

export async function debianLayouts(compiler: Compiler): Promise<Map<string, RecordLayout>> {
  const { headers, common } = await fetchHeaders();
  return recordsOf({ compiler, flags: mipsFlags(headers, common) }, sharedHeaders);
}
