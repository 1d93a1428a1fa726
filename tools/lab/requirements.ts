// What tests and benchmarks on real networks need of the machine, and why it is not there.

import { existsSync, readFileSync } from "node:fs";
import { whyMissing, type TestTool } from "../setup/test-tools.mjs";

/** Bits of CapEff, linux/capability.h. */
const CAP_NET_ADMIN = 12n;
const CAP_SYS_ADMIN = 21n;

function whyNoNamespaces(): string | undefined {
  if (process.platform !== "linux") return "network namespaces are Linux's";
  const effective = /^CapEff:\s*([0-9a-f]+)$/m.exec(readFileSync("/proc/self/status", "latin1"))?.[1] ?? "0";
  const has = (bit: bigint): boolean => ((BigInt(`0x${effective}`) >> bit) & 1n) === 1n;
  if (!has(CAP_NET_ADMIN) || !has(CAP_SYS_ADMIN)) return "network namespaces need root (CAP_NET_ADMIN, CAP_SYS_ADMIN)";
  return whyMissing("ip");
}

/** "namespaces", "tap", or a program. */
export type Need = "namespaces" | "tap" | TestTool;

function whyNo(need: Need): string | undefined {
  if (need === "namespaces") return whyNoNamespaces();
  if (need !== "tap") return whyMissing(need);
  return existsSync("/dev/net/tun") ? whyNoNamespaces() : "no /dev/net/tun here: modprobe tun";
}

/** Why what is needed is not here, in a few words; false if it is: `skip` of node:test takes it as it is. */
export function unless(...needs: Need[]): string | false {
  for (const need of needs) {
    const why = whyNo(need);
    if (why !== undefined) return why;
  }
  return false;
}
