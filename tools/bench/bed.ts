// The test bed: modules built once, boards to run them on.

import { mkdirSync } from "node:fs";
import { join } from "node:path";
import type { BoardHardware, BoardServices } from "../../boards/board.ts";
import { createBoard, parseDeviceSpec, type DesktopBoard } from "../../boards/index.ts";
import { Console } from "../../host/console/console.ts";
import { ModuleStore } from "../../host/loader/store.ts";
import { System } from "../../host/system.ts";
import { buildModules } from "../kbuild/build.ts";
import { repoRoot } from "../setup/paths.mjs";

const folder = join(repoRoot, "build", "bench");
const own = (name: string): string => join(import.meta.dirname, "modules", `${name}.c`);

/** A register that raises an interrupt when a 1 is written to it, at a bus address where the board has nothing. */
export const DOORBELL = 0xd0000000;
export const DOORBELL_VECTOR = 40;

/** A board that has a doorbell besides. */
function withDoorbell(board: DesktopBoard): BoardHardware {
  let services: BoardServices;
  return {
    name: board.name,
    facts: board.facts,
    virtualTime: board.virtualTime,
    powerOn: (given) => {
      services = given;
      board.powerOn(given);
    },
    mmioRead: (address, width) => board.mmioRead(address, width),
    mmioWrite: (address, width, value) => {
      if (address >>> 0 !== DOORBELL) board.mmioWrite(address, width, value);
      else if (value === 1) services.lines.edge(DOORBELL_VECTOR);
    },
    portRead: (port, width) => board.portRead(port, width),
    portWrite: (port, width, value) => board.portWrite(port, width, value),
    pciRead: (bdf, where, width) => board.pciRead(bdf, where, width),
    pciWrite: (bdf, where, width, value) => board.pciWrite(bdf, where, width, value),
    describe: (bdf) => board.describe(bdf),
    close: () => board.close(),
  };
}

export interface Booted {
  readonly system: System;
  readonly board: DesktopBoard;
  /** Runs console commands. */
  shell(line: string): Promise<void>;
}

export interface BootOptions {
  virtualClock?: boolean;
  cpus?: number;
  doorbell?: boolean;
  /** The card; default: rtl8139. */
  device?: string;
  /** One way of the wire, ns. */
  linkLatency?: number;
}

export class Bed {
  /** The file of a built module. */
  module(name: string): string {
    return join(folder, `${name}.ko`);
  }

  async build(): Promise<void> {
    mkdirSync(folder, { recursive: true });
    const drivers = ["drivers/net/mii.c", "drivers/net/ethernet/realtek/8139cp.c", "drivers/net/ethernet/intel/e1000"];
    await buildModules({
      sources: [...drivers, own("bench_alloc"), own("bench_core"), own("bench_cpus")],
      out: folder,
    });
  }

  async boot({
    virtualClock = true,
    cpus = 1,
    doorbell = false,
    device = "rtl8139",
    linkLatency,
  }: BootOptions = {}): Promise<Booted> {
    const options = linkLatency === undefined ? {} : { linkLatency };
    const board = createBoard("desktop", [parseDeviceSpec(device)], options);
    const system = await System.boot({
      board: doorbell ? withDoorbell(board) : board,
      memoryMiB: 64,
      virtualClock,
      cpus,
      logLevel: 4,
      flavour: "release",
      modules: new ModuleStore(folder),
    });
    const shell = new Console(system, () => {});
    return { system, board, shell: (line) => shell.run(line) };
  }

  /** A function that a loaded module exports, to be run as a kernel task. It must return 0. */
  task({ system: { loader, machine } }: Booted, name: string): (...args: number[]) => Promise<void> {
    const slot = loader.symbols.slot(name);
    return async (...args) => {
      const result = await machine.call(slot, name, args);
      if (result !== 0) throw new Error(`${name} returned ${result}`);
    };
  }
}
