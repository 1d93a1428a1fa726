// Two streams as one line, which ends when what is heard of it does.

import { Duplex, type Readable, type Writable } from "node:stream";

export function joined(from: Readable, to: Writable): Duplex {
  const line = new Duplex({
    read: () => void from.resume(),
    write: (chunk: Buffer, _encoding, done) => void to.write(chunk, () => done()),
    destroy: (error, done) => {
      from.destroy();
      to.destroy();
      done(error);
    },
  });
  from.on("data", (chunk: Buffer) => void (line.push(chunk) || from.pause()));
  // A device that is pulled out is an error to read from, or an end.
  for (const stream of [from, to]) stream.on("error", () => line.destroy());
  from.on("end", () => line.push(null));
  from.on("close", () => line.destroy());
  return line;
}
