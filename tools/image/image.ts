// kpi image: core and drivers as what a board's flash holds.

import { readFileSync } from "node:fs";
import { compileAot } from "./aot.ts";
import { KERNEL_ENTRIES } from "./kernel-entries.ts";
import { linkImage, type Driver } from "./link.ts";
import { lowerAtomics } from "./lower-atomics.ts";
import { merge, shrink } from "./merge.ts";
import { symbolTable } from "./names.ts";
import { ABI_VERSION, sha256, writeSlot, type Source } from "./slot.ts";

const WASM_PAGE = 65536;

export interface ImageOptions {
  core: string;
  drivers: readonly Driver[];
  memoryBytes: number;
  sequence: number;
}

/** The core's functions that the firmware has tasks run, in the order of struct image (boards/riscv-virt/abi.h). */
const TASKS = ["kpi_netdev_up", "kpi_netdev_next", "kpi_netdev_info"] as const;

export async function buildImage(options: ImageOptions): Promise<Buffer> {
  const linked = linkImage(options.core, options.drivers, options.memoryBytes);
  const insmod = linked.entry("kpi_insmod");
  const slots = TASKS.map((name) => linked.entry(name));
  const keep = new Set<string>(KERNEL_ENTRIES);
  const wasm = shrink(lowerAtomics(shrink(merge(linked), keep), Math.ceil(options.memoryBytes / WASM_PAGE)), keep);
  const { body, symbols } = await compileAot(wasm, {
    memoryBytes: options.memoryBytes,
    steps: linked.drivers.map(({ name, record }) => ({ slot: insmod, argument: record, name })),
    slots,
    scratch: linked.scratch,
    arena: linked.arena,
  });
  const sources: Source[] = [
    { name: "kpi.wasm", sha256: sha256(readFileSync(options.core)) },
    ...options.drivers.map(({ name, file }) => ({ name: `${name}.ko`, sha256: sha256(readFileSync(file)) })),
  ];
  return writeSlot({
    kind: "AOT-rv32",
    abi: ABI_VERSION,
    sequence: options.sequence,
    memoryBytes: options.memoryBytes,
    symbols: body.length,
    sources,
    body: Buffer.concat([body, symbolTable(symbols)]),
  });
}
