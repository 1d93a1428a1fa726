// generated/timeconst.h: factors that turn jiffies into milliseconds, microseconds, nanoseconds and back, for one HZ.
// A conversion multiplies by n/d as (x * MUL32 + ADJ32) >> SHR32, MUL32 being 32 bits wide.

function gcd(a: bigint, b: bigint): bigint {
  return b ? gcd(b, a % b) : a;
}

/** The reciprocal n/d scaled by 2^shift, rounded up. */
function scaled(shift: bigint, n: bigint, d: bigint): bigint {
  return ((1n << shift) * n + d - 1n) / d;
}

function factor(name: string, n: bigint, d: bigint): string[] {
  let shift = 0n;
  while (scaled(shift, n, d) < 1n << 31n) shift++;
  const reduced = d / gcd(n, d);
  const adjust = ((1n << shift) * (reduced - 1n)) / reduced;
  const hex = (value: bigint) => `U64_C(0x${value.toString(16).toUpperCase()})`;
  return [
    `#define ${name}_MUL32 ${hex(scaled(shift, n, d))}`,
    `#define ${name}_ADJ32 ${hex(adjust)}`,
    `#define ${name}_SHR32 ${shift}`,
  ];
}

export function timeconst(hz: number): string {
  const rate = BigInt(hz);
  const lines = ["#include <linux/param.h>", "#include <linux/types.h>"];
  for (const [unit, perSecond] of [
    ["MSEC", 1_000n],
    ["USEC", 1_000_000n],
    ["NSEC", 1_000_000_000n],
  ] as const) {
    // A nanosecond has no 32-bit factors: the kernel divides.
    if (unit !== "NSEC") {
      lines.push(...factor(`HZ_TO_${unit}`, perSecond, rate), ...factor(`${unit}_TO_HZ`, rate, perSecond));
    }
    const common = gcd(rate, perSecond);
    lines.push(
      `#define HZ_TO_${unit}_NUM ${perSecond / common}`,
      `#define HZ_TO_${unit}_DEN ${rate / common}`,
      `#define ${unit}_TO_HZ_NUM ${rate / common}`,
      `#define ${unit}_TO_HZ_DEN ${perSecond / common}`,
    );
  }
  return `#ifndef KERNEL_TIMECONST_H\n#define KERNEL_TIMECONST_H\n${lines.join("\n")}\n#endif\n`;
}
