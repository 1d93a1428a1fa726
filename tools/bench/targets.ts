// What the figures are meant to be on a quiet machine, by the names of their rows. Times are held against CPU time: the
// same work takes longer by the clock on the wall while others use the machine.

export interface Target {
  readonly most?: number;
  readonly least?: number;
}

export const TARGETS: Readonly<Record<string, Target>> = {
  "kmalloc+kfree fixed: kmalloc + kfree": { most: 12 },
  "kmalloc+kfree mixed: kmalloc + kfree": { most: 16 },
  "two CPUs, kmalloc+kfree fixed: two against one, CPU time": { least: 1.7 },
  "two CPUs, kmalloc+kfree fixed: two against one, wall": { least: 1.7 },
  "two CPUs, kmalloc+kfree mixed: two against one, CPU time": { least: 1.7 },
  "two CPUs, kmalloc+kfree mixed: two against one, wall": { least: 1.7 },
  "mmio: readw of ISR, RTL8139 model": { most: 40 },
  "irq: register write to handler's end": { most: 200 },
  "task switch: schedule() to another task": { most: 1000 },
  "start: power-on to first ping, warm": { most: 400 },
  "packets: tx 64 B": { least: 300e3 },
  "packets: rx 64 B": { least: 300e3 },
  "packets, e1000: tx 64 B": { least: 700e3 },
  "packets, e1000: rx 64 B": { least: 700e3 },
  "packets, real clock: tx 64 B": { least: 300e3 },
  "packets, real clock: rx 64 B": { least: 300e3 },
  "process: peak RSS of that process": { most: 150 },
  "net: TCP in: e1000, desktop": { least: 1500 },
  "net: TCP out: e1000, desktop": { least: 1500 },
  "net: start to first ping: e1000, desktop": { most: 400 },
  "net: peak RSS: e1000, desktop": { most: 150 },
  "size: core, release, gzip -9": { most: 96 },
};

/** Ratios against the case's first row. */
export const RATIO_TARGETS: Readonly<Record<string, Target>> = {
  "kmalloc+kfree mixed: TLSF of AssemblyScript": { least: 3 },
  "net: ping RTT: e1000, desktop": { most: 2 },
  "net: frames of 64 B in: e1000, desktop": { least: 0.4 },
  "net: frames of 64 B out: e1000, desktop": { least: 0.4 },
};

export function meets(value: number, { most = Infinity, least = -Infinity }: Target): boolean {
  return value <= most && value >= least;
}
