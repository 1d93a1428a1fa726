// Two streams as one line.

import { Duplex, type Readable, type Writable } from "node:stream";

export function joined(from: Readable, to: Writable): Duplex {
  const line = new Duplex({
    read: () => void from.resume(),
    write: (chunk: Buffer, _encoding, done) => void to.write(chunk, () => done()),
  });
  from.on("data", (chunk: Buffer) => void (line.push(chunk) || from.pause()));
  from.on("end", () => line.push(null));
  return line;
}
