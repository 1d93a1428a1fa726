// The figures of networks, of several contenders in the same run: one after the other, round by round, so that a machine
// that changes speed meanwhile changes it for all of them.

import type { Row, Unit } from "../bench.ts";
import { deviation, median } from "../statistics.ts";
import type { Contender, Standing } from "./contender.ts";
import { INSIDE } from "./contender.ts";
import { peakRss, pingRtt, tcpRate, udpRate, type Way } from "./measurements.ts";

/** How often each contender is started and measured. */
const ROUNDS = 5;
/** How long each flow lasts. */
const SECONDS = 1;
/** Bytes in a datagram: the smallest frame is as good as empty, the largest fills an MTU of 1500 but for its headers. */
const LENGTHS = [64, 1448] as const;
export const WAYS: readonly Way[] = ["in", "out"];

/** What is measured, in the order of the table. */
const UNITS: readonly (readonly [name: string, unit: Unit])[] = [
  ["start to first ping", "ms"],
  ["ping RTT", "ms"],
  ...WAYS.map((way) => [`TCP ${way}`, "Mbit/s"] as const),
  ...WAYS.map((way) => [`frames of 64 B ${way}`, "/s"] as const),
  ...LENGTHS.flatMap((length) =>
    WAYS.flatMap((way) => [
      [`UDP ${length} B ${way}`, "/s"] as const,
      [`CPU per packet, UDP ${length} B ${way}`, "µs"] as const,
    ]),
  ),
  ["peak RSS", "MB"],
];

type Figures = Map<string, number>;

export async function measureStanding(standing: Standing): Promise<Figures> {
  const { outside, pid } = standing;
  const figures: Figures = new Map([["start to first ping", standing.firstPing]]);
  figures.set("ping RTT", await pingRtt(outside, INSIDE));
  for (const way of WAYS) figures.set(`TCP ${way}`, await tcpRate(outside, INSIDE, way, SECONDS));
  for (const length of LENGTHS) {
    for (const way of WAYS) {
      const { perSecond, cpu } = await udpRate(outside, INSIDE, way, { length, seconds: SECONDS, pid });
      figures.set(`UDP ${length} B ${way}`, perSecond);
      figures.set(`CPU per packet, UDP ${length} B ${way}`, cpu);
    }
  }
  for (const way of WAYS) figures.set(`frames of 64 B ${way}`, await standing.frames(way, SECONDS));
  figures.set("peak RSS", peakRss(pid));
  return figures;
}

async function measureOnce(contender: Contender): Promise<Figures> {
  const standing = await contender.start();
  try {
    return await measureStanding(standing);
  } finally {
    await standing.stop();
  }
}

/** The figures of one contender, or why there are none. */
export interface Measured {
  readonly name: string;
  readonly figures: ReadonlyMap<string, { readonly value: number; readonly noise: number; readonly unit: Unit }>;
  readonly missing?: string;
}

/** Measures all of them; one that fails is left out of the later rounds. */
export async function measureContenders(
  contenders: readonly Contender[],
  show: (text: string) => void = () => {},
): Promise<Measured[]> {
  const samples = contenders.map((): Figures[] => []);
  const missing = new Map<Contender, string>();
  for (let round = 0; round < ROUNDS; round++) {
    for (const [i, contender] of contenders.entries()) {
      if (missing.has(contender)) continue;
      show(`${contender.name}, round ${round + 1} of ${ROUNDS}`);
      try {
        samples[i]!.push(await measureOnce(contender));
      } catch (error) {
        missing.set(contender, (error as Error).message.split("\n")[0]!);
      }
    }
  }
  return contenders.map((contender, i) => {
    const why = missing.get(contender);
    if (why !== undefined) return { name: contender.name, figures: new Map(), missing: why };
    const figures = UNITS.map(([key, unit]) => {
      const values = samples[i]!.map((sample) => sample.get(key)!);
      return [key, { value: median(values), noise: deviation(values), unit }] as const;
    });
    return { name: contender.name, figures: new Map(figures) };
  });
}

/** Rows of a table: figure by figure, what each contender has; `first` is what the others are held against. */
export function rowsOf(measured: readonly Measured[]): Omit<Row, "case">[] {
  const [first] = measured;
  const rows = UNITS.flatMap(([key, unit]) =>
    measured
      .filter(({ figures }) => figures.has(key))
      .map(({ name, figures }) => {
        const { value, noise } = figures.get(key)!;
        const base = first!.figures.get(key)?.value;
        const held = name !== first!.name && base !== undefined && { ratio: value / base };
        return { name: `${key}: ${name}`, unit, value, valueNoise: noise, ...held };
      }),
  );
  const without = measured.filter(({ missing }) => missing !== undefined);
  return [...rows, ...without.map(({ name, missing }) => ({ name, missing: missing! }))];
}
