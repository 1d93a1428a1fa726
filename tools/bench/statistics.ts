// The statistics of the benchmarks: medians, and the median absolute deviation as their noise. Means and minima are not
// used: on a shared machine one slow sample must not move a figure, and one lucky one neither.

export function median(samples: readonly number[]): number {
  const sorted = [...samples].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2;
}

/** The median distance from the median. */
export function deviation(samples: readonly number[]): number {
  const middle = median(samples);
  return median(samples.map((sample) => Math.abs(sample - middle)));
}

/** How much larger a figure is than that of another run, and whether noise explains it. */
export interface Change {
  readonly ratio: number;
  /** Beyond three deviations of both, and beyond 5 %. */
  readonly significant: boolean;
}

/** A figure: a median and its deviation. */
export interface Figure {
  readonly value: number;
  readonly noise: number;
}

const DEVIATIONS = 3;
const LEAST = 0.05;

export function change(now: Figure, old: Figure): Change {
  const margin = Math.max(DEVIATIONS * (now.noise + old.noise), LEAST * Math.abs(old.value));
  return { ratio: now.value / old.value, significant: Math.abs(now.value - old.value) > margin };
}
