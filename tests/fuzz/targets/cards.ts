// Every device model against drivers that nobody would write: registers at random, configuration space at random,
// rings anywhere in bus space, with frames in between. The card neither throws nor hangs, and touches no memory that is
// not mapped for it.

import { MODELS } from "../../../boards/index.ts";
import { ARENA, ARENA_BYTES, FuzzCard, READ_ONLY, WRITE_ONLY, type CardStep } from "../card.ts";
import { randomFrame } from "../frames.ts";
import type { Random } from "../../random.ts";
import type { Bench, Target } from "../target.ts";
import { RECIPES } from "./recipes.ts";

const MMIO = 0xe0000000;
const PLACES = 8;

/** Where a device might be told to go: bus addresses that are mapped, half mapped, not mapped, not there. */
function busAddress(random: Random): number {
  switch (random.below(8)) {
    case 0:
      return random.u32();
    case 1:
      return random.pick([
        0,
        ARENA - 16,
        READ_ONLY - 8,
        READ_ONLY,
        WRITE_ONLY,
        WRITE_ONLY + 0xff0,
        MMIO,
        0x3ffff8,
        0xfffffff0,
      ]);
    case 2:
      return ARENA + random.below(ARENA_BYTES);
    default:
      return place(random);
  }
}

/** The few places where rings and descriptors meet. */
const place = (random: Random): number => ARENA + random.below(PLACES) * (ARENA_BYTES / PLACES);

/** Memory that may be descriptors: 16 bytes each, often the device's own, with a buffer in one of two places. */
function scribble(random: Random): CardStep {
  const words: number[] = [];
  for (let n = 1 + random.below(16); n > 0; n--) {
    const flags = random.u32() | (random.once(3) ? 0 : 0x80000000);
    const other = random.once(3) ? random.u32() : 0;
    const descriptor = [flags >>> 0, other, busAddress(random), random.once(8) ? random.u32() : 0];
    // Some rings have the address first.
    words.push(...(random.once(3) ? [descriptor[2]!, descriptor[3]!, descriptor[0]!, descriptor[1]!] : descriptor));
  }
  return { memory: place(random) + (random.once(4) ? 16 * random.below(64) : 0), words };
}

function value(random: Random): number {
  return random.once(3) ? busAddress(random) : random.number();
}

const WIDTHS = [1, 2, 4, 4];

function registerStep(random: Random, hot: readonly number[], bytes: number): CardStep {
  const width = random.pick(WIDTHS);
  const anywhere = hot.length === 0 || random.once(8);
  // Mostly as the bus has it, sometimes across registers, or across the end.
  const offset = anywhere ? random.below(bytes + 8) : random.pick(hot) + random.below(4);
  const at = random.once(8) ? offset : offset & -width;
  const port = random.once(8);
  if (random.once(4)) return { read: port ? at & 0xff : at, width, port };
  return { write: port ? at & 0xff : at, width, value: value(random), port };
}

function anyStep(random: Random, hot: readonly number[], bytes: number): CardStep {
  switch (random.below(24)) {
    case 0:
    case 1:
    case 2:
      return randomFrame(random);
    case 3:
    case 4:
      return scribble(random);
    case 5:
      return { ns: random.below(random.once(10) ? 2e8 : 20_000) };
    case 6:
      return random.once(8) ? { save: true } : { plug: random.once(2) };
    case 7:
      return { config: random.below(64) * 4, width: 4, value: value(random) };
    default:
      return registerStep(random, hot, bytes);
  }
}

function bench(spec: string, make: (random: Random, card: FuzzCard, hot: number[]) => CardStep[]): Bench<CardStep> {
  const card = new FuzzCard(spec);
  const hot = card.hotRegisters();
  return {
    make: (random) => make(random, card, hot),
    run(steps) {
      card.reset();
      for (const step of steps) card.do(step);
      card.do({ ns: 60_000 });
      card.checkCase();
      return card.outcome();
    },
    check: () => card.checkMemory(),
    close: () => card.close(),
  };
}

/** Models, and what else some of them can be. */
const SPECS = [...Object.keys(MODELS), "rtl8139,revision=0x10", "pci-epf-test,bars=64"];

/** A model without a cable has more memory to save and restore than registers. */
const CASES = 50_000;
const CASES_WITHOUT_CABLE = 5000;

function cardTargets(spec: string): Target<CardStep>[] {
  const model = spec.split(",")[0]!;
  const cases = MODELS[model]!.options.includes("netdev") ? CASES : CASES_WITHOUT_CABLE;
  const recipe = RECIPES[model];
  const started = (random: Random): CardStep[] => (recipe ? recipe(random, busAddress) : []);
  const registers: Target<CardStep> = {
    name: `registers:${spec}`,
    about: "register accesses of every width at random, with frames, time, cables and configuration in between",
    cases,
    open: () =>
      bench(spec, (random, card, hot) => [
        ...(random.once(3) ? [] : started(random)),
        ...random.list(1, 16, () => anyStep(random, hot, card.registerBytes)),
      ]),
  };
  if (!recipe) return [registers];
  return [
    registers,
    {
      name: `dma:${spec}`,
      about: "rings and buffers anywhere in bus space, with descriptors of any content, and frames both ways",
      cases,
      expects: { "refused dma": 0.1, ...(cases === CASES ? { sent: 0.01 } : {}) },
      open: () =>
        bench(spec, (random) => [
          ...random.list(1, 3, () => scribble(random)),
          ...started(random),
          ...random.list(1, 3, () => randomFrame(random)),
          ...started(random),
        ]),
    },
  ];
}

const LAST_BUS_BDF = 0x10000;

/** Configuration space alone, of every function there is and of those that are not there. */
const config: Target<CardStep> = {
  name: "config",
  about: "configuration space of any function, at any offset and width, with accesses where it may decode now",
  cases: 100_000,
  open: () =>
    bench("rtl8139", (random, card) =>
      random.list(1, 12, () => {
        const width = random.pick(WIDTHS);
        const where = random.once(8) ? random.below(4096) : random.below(random.once(2) ? 0x60 : 0x100);
        const bdf = random.once(6) ? (random.once(2) ? 0 : random.below(LAST_BUS_BDF)) : 3 << 3;
        if (random.once(6)) return registerStep(random, [], card.registerBytes);
        if (random.once(16)) return randomFrame(random);
        if (random.once(4)) return { look: where, width, bdf };
        return { config: random.once(4) ? where : where & -width, width, value: value(random), bdf };
      })),
};

export const cards: readonly Target<CardStep>[] = [...SPECS.flatMap(cardTargets), config];
