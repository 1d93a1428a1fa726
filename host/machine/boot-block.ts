// Writes the boot block (assembly/arch/wasm/memory.ts, BOOT_*) before the core boots.

import * as map from "../../assembly/arch/wasm/memory.ts";
import type { BoardFacts } from "../../boards/board.ts";
import type { SharedWords } from "./words.ts";

export interface BootOptions {
  ramBytes: number;
  cpus: number;
  /** console_loglevel: messages below this level reach the console. */
  logLevel: number;
  /** CLOCK_REALTIME at power-on, ns. */
  wallNs: number;
  /** Two words of entropy. */
  seed: [number, number];
}

export function writeBootBlock(words: SharedWords, facts: BoardFacts, options: BootOptions): void {
  words.setU32(map.BOOT_MAGIC, map.BOOT_MAGIC_VALUE);
  words.setU32(map.BOOT_RAM_END, options.ramBytes);
  words.setU32(map.BOOT_ARENA, map.ARENA);
  words.setU32(map.BOOT_DMA_BASE, facts.dmaBase);
  words.setU32(map.BOOT_NR_CPUS, options.cpus);
  words.setU32(map.BOOT_PCI_MEM_BASE, facts.pciMemory.base);
  words.setU32(map.BOOT_PCI_MEM_SIZE, facts.pciMemory.size);
  words.setU32(map.BOOT_PCI_IO_BASE, facts.pciIo.base);
  words.setU32(map.BOOT_PCI_IO_SIZE, facts.pciIo.size);
  words.setU32(map.BOOT_PCI_LAST_BUS, Math.max(0, facts.pciLastBus));
  words.setU32(map.BOOT_NO_PCI, facts.pciLastBus < 0 ? 1 : 0);
  const [a, b, c, d] = facts.intx;
  words.setU32(map.BOOT_PCI_INTX, a | (b << 8) | (c << 16) | (d << 24));
  for (let vector = map.VECTOR_PCI_FIRST; vector < map.NR_VECTORS; vector++) {
    const { address, data } = facts.message(vector) ?? NO_MESSAGE;
    words.setU32(map.BOOT_MSI + vector * map.BOOT_MSI_ENTRY, address);
    words.setU32(map.BOOT_MSI + vector * map.BOOT_MSI_ENTRY + 4, data);
  }
  words.setU64(map.BOOT_WALL_NS, options.wallNs);
  words.setU32(map.BOOT_LOGLEVEL, options.logLevel);
  words.setU32(map.BOOT_MODULE_SLOTS, MODULE_SLOTS);
  words.setU32(map.BOOT_SEED, options.seed[0]);
  words.setU32(map.BOOT_SEED + 4, options.seed[1]);
}

const NO_MESSAGE = { address: 0, data: 0 };

/** First table slot of modules: kfree_rcu passes offsets below a page as if they were functions. */
export const MODULE_SLOTS = 4096;
