// The flashed board: what it takes of flash and RAM, how long it needs to its first frame, and what a packet costs it.

import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { KpiError } from "../../../host/error.ts";
import { modulesToLoad } from "../../../host/cli/modules-to-load.ts";
import { buildCore } from "../../build/core.ts";
import { firmwareBoard, kindsOf, type Kind } from "../../image/boards.ts";
import { cachedImage } from "../../image/cache.ts";
import { driversFor } from "../../image/drivers.ts";
import { memoryOf } from "../../image/firmware.ts";
import { buildModules } from "../../kbuild/build.ts";
import { unless } from "../../lab/requirements.ts";
import { repoRoot } from "../../setup/paths.mjs";
import type { FactCase } from "../bench.ts";
import { BenchMachine } from "../board/machine.ts";
import { sizes, type Fact } from "../board/sizes.ts";
import { deviation, median } from "../statistics.ts";
import { BOARD, Peer } from "../../../tests/riscv-virt/peer.ts";

const RISCV_VIRT = firmwareBoard("riscv-virt");
const KINDS = kindsOf(RISCV_VIRT);
const RAM_KIB = 1024;
/** Starts whose times are taken. */
const STARTS = 5;
const PACKETS = 500;
/** Data of the shortest frame's datagram, and of the longest's. */
const LENGTHS = [18, 1472] as const;

const folder = join(repoRoot, "build/bench");

/** e1000 with rings as its maker has them, and lwIP above it. */
async function imageOf(kind: Kind): Promise<Buffer> {
  mkdirSync(folder, { recursive: true });
  const sources = ["drivers/net/ethernet/intel/e1000", join(repoRoot, "modules/lwip")];
  await buildModules({ sources, out: folder });
  const modules = [join(folder, "e1000.ko"), join(folder, "lwip.ko"), `ip=${BOARD}/24`];
  const { file: core } = await buildCore("release");
  const drivers = await driversFor(modulesToLoad(modules));
  return cachedImage({
    board: RISCV_VIRT.name,
    core,
    drivers,
    kind,
    memoryBytes: memoryOf(RAM_KIB << 10, kind),
    sequence: 1,
  });
}

interface Started {
  machine: BenchMachine;
  peer: Peer;
  /** performance.now() when it came. */
  firstFrame: Promise<number>;
}

async function start(image: Buffer, counted: boolean): Promise<Started> {
  const peer = await Peer.open();
  const firstFrame = new Promise<number>((resolve) => peer.onFirstFrame(() => resolve(performance.now())));
  return { machine: new BenchMachine(image, RAM_KIB, counted, peer.card("e1000")), peer, firstFrame };
}

/** By the clock on the wall. */
async function toFirstFrame(image: Buffer): Promise<Fact> {
  const times: number[] = [];
  for (let i = 0; i < STARTS; i++) {
    const { machine, peer, firstFrame } = await start(image, false);
    times.push((await firstFrame) - machine.started);
    await machine.stop();
    peer.close();
  }
  return { name: "reset to first frame, wall", unit: "ms", value: median(times), valueNoise: deviation(times) };
}

async function instructions(image: Buffer): Promise<Fact[]> {
  const { machine, peer, firstFrame } = await start(image, true);
  try {
    await firstFrame;
    const toFirst = await machine.instructions();
    await peer.ping(1);
    const perPacket: Fact[] = [];
    const cost = async (name: string, send: () => Promise<number>): Promise<void> => {
      const before = await machine.instructions();
      const answered = await send();
      if (answered !== PACKETS) throw new Error(`${PACKETS - answered} of ${PACKETS} were not answered`);
      const value = ((await machine.instructions()) - before) / PACKETS;
      perPacket.push({ name: `instructions: ${name}, in and out`, unit: "", value });
    };
    await cost("ping of 56 B", () => peer.ping(PACKETS));
    for (const length of LENGTHS) await cost(`UDP echo of ${length} B`, () => peer.echoes(PACKETS, length));
    return [{ name: "instructions: reset to first frame", unit: "", value: toFirst }, ...perPacket];
  } finally {
    await machine.stop();
    peer.close();
  }
}

export const board: FactCase = {
  name: "board",
  async facts() {
    const why = unless("riscv64-unknown-elf-gcc", "qemu-system-riscv32");
    if (why !== false) return [{ name: "riscv-virt", missing: why }];
    const rows: Fact[] = [];
    for (const kind of KINDS) {
      const named = (fact: Fact): Fact => ({ ...fact, name: `riscv-virt, ${kind}: ${fact.name}` });
      try {
        const image = await imageOf(kind);
        rows.push(
          ...[
            ...sizes(image, RAM_KIB, "core, e1000 and lwIP"),
            await toFirstFrame(image),
            ...(await instructions(image)),
          ].map(named),
        );
      } catch (error) {
        if (!(error instanceof KpiError)) throw error;
        rows.push(named({ name: "image", missing: error.message }));
      }
    }
    return rows;
  },
};
