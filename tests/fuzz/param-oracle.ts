// What the kernel's parameter types make of a text, written down a second time from lib/kstrtox.c's and
// linux/moduleparam.h's descriptions: what a test compares with.

/** kstrtoll and kstrtoull, base 0: an optional sign, 0x, 0 or decimal digits, an optional newline, nothing else. */
export function kstrto(text: string, signed: boolean, bits: number): bigint | undefined {
  const match = (signed ? /^([+-]?)(0x[0-9a-f]+|\d+)\n?$/i : /^(\+?)(0x[0-9a-f]+|\d+)\n?$/i).exec(text);
  if (!match) return undefined;
  const [, sign, digits] = match as unknown as [string, string, string];
  if (/^0[0-9]/.test(digits) && !/^0[0-7]+$/.test(digits)) return undefined;
  const magnitude = BigInt(/^0[0-7]/.test(digits) ? `0o${digits.slice(1)}` : digits);
  const value = sign === "-" ? -magnitude : magnitude;
  const [least, most] = signed
    ? [-(1n << BigInt(bits - 1)), (1n << BigInt(bits - 1)) - 1n]
    : [0n, (1n << BigInt(bits)) - 1n];
  return value >= least && value <= most ? value : undefined;
}

/** kstrtobool: the first letter counts, of "on" and "off" the second. */
export function kstrtobool(text: string): boolean | undefined {
  const [first = "", second = ""] = text.toLowerCase();
  if (/[yt1]/.test(first)) return true;
  if (/[nf0]/.test(first)) return false;
  if (first !== "o") return undefined;
  return second === "n" ? true : second === "f" ? false : undefined;
}
