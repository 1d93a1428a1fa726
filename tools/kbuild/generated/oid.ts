// lib/oid_registry_data.c: the object identifiers that include/linux/oid_registry.h names in its comments, in their
// ASN.1 encoding, with a table to find one by its bytes.

interface Identifier {
  readonly name: string;
  readonly octets: readonly number[];
  readonly hash: number;
}

/** X.690, 8.19: the first two components in one octet, the others in base 128, highest digit first. */
function encode(text: string): number[] {
  const [first, second, ...rest] = text.split(".").map(Number);
  const digits = (value: number): number[] => {
    const low = value % 128;
    return value < 128 ? [low] : [...digits(Math.floor(value / 128)).map((digit) => digit | 0x80), low];
  };
  return [first! * 40 + second!, ...rest.flatMap(digits)];
}

/** The hash of look_up_OID(). */
function hashOf(octets: readonly number[]): number {
  const sum = octets.reduce((hash, octet) => hash + octet * 33, octets.length - 1);
  return ((sum >>> 24) ^ (sum >>> 16) ^ (sum >>> 8) ^ sum) & 0xff;
}

/** The order of look_up_OID()'s search: by hash, length, then content from the end. */
function compare(a: Identifier, b: Identifier): number {
  if (a.hash !== b.hash) return a.hash - b.hash;
  if (a.octets.length !== b.octets.length) return a.octets.length - b.octets.length;
  const from = a.octets.findLastIndex((octet, i) => octet !== b.octets[i]);
  return from < 0 ? 0 : a.octets[from]! - b.octets[from]!;
}

export function oidRegistry(header: string): string {
  const found = [...header.matchAll(/^\s+OID_(\w+),\s+\/\*\s+([012][.\d]*)\s+\*\//gm)];
  const identifiers = found.map(([, name, text]): Identifier => {
    const octets = encode(text!);
    return { name: name!, octets, hash: hashOf(octets) };
  });
  let length = 0;
  const indices = identifiers.map(({ name, octets }) => {
    const line = `\t[OID_${name}] = ${length},`;
    length += octets.length;
    return line;
  });
  const sorted = identifiers.toSorted(compare);
  return [
    `static const unsigned ${length > 255 ? "short" : "char"} oid_index[OID__NR + 1] = {`,
    ...indices,
    `\t[OID__NR] = ${length}`,
    "};",
    `static const unsigned char oid_data[${length}] = {`,
    ...identifiers.map(({ octets }) => `\t${octets.join(", ")},`),
    "};",
    "static const struct {",
    "\tunsigned char hash;",
    `\tenum OID oid : ${identifiers.length > 256 ? 16 : 8};`,
    "} oid_search_table[OID__NR] = {",
    ...sorted.map(({ name, hash }) => `\t{ ${hash}, OID_${name} },`),
    "};",
    "",
  ].join("\n");
}
