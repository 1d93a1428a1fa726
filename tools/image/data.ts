// What linear memory has when a board begins: segments, zeros between them left out.

export interface DataSegment {
  address: number;
  bytes: Uint8Array;
}

/** Zeros that are worth another segment. */
const GAP = 16;

/** The parts of a segment that are not zero: memory begins as zeros. */
export function nonZero({ address, bytes }: DataSegment): DataSegment[] {
  const out: DataSegment[] = [];
  for (let at = 0; at < bytes.length;) {
    if (bytes[at] === 0) {
      at++;
      continue;
    }
    let end = at + 1;
    for (let zeros = 0, i = end; i < bytes.length && zeros < GAP; i++) {
      if (bytes[i] === 0) zeros++;
      else {
        zeros = 0;
        end = i + 1;
      }
    }
    out.push({ address: address + at, bytes: bytes.subarray(at, end) });
    at = end;
  }
  return out;
}
