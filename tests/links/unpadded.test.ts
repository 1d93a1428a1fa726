// What a card puts behind a short packet, taken off again.
import assert from "node:assert/strict";
import { test } from "node:test";
import { Unpadded } from "../../boards/links/unpadded.ts";
import { Hub } from "../../boards/links/hub.ts";
import { LoopServices, until } from "./loop-clock.ts";

/** A frame of `length` bytes with a packet of `packet` bytes, by the length that its header has. */
function frame(type: number, packet: number, length: number): Uint8Array {
  const bytes = new Uint8Array(length).fill(7);
  bytes.set([type >> 8, type & 255], 12);
  if (type === 0x0800) bytes.set([0, packet], 16);
  if (type === 0x86dd) bytes.set([0, packet - 40], 18);
  return bytes;
}

test("IPv4 and IPv6 without padding; whatever else there is, as it is", async () => {
  const hub = new Hub();
  const [own, other] = [new Unpadded(hub.port()), hub.port()];
  const got: Uint8Array[] = [];
  other.onReceive = (bytes) => void got.push(bytes.slice());
  for (const link of [own, other]) link.start(new LoopServices());
  const frames = [
    [frame(0x0800, 40, 60), 54],
    [frame(0x0800, 46, 60), 60],
    [frame(0x0800, 40, 64), 54],
    [frame(0x86dd, 40, 60), 54],
    [frame(0x0806, 28, 60), 60],
    // Longer than its frame: somebody else's to judge.
    [frame(0x0800, 200, 60), 60],
    [frame(0x0800, 40, 1000), 1000],
    [frame(0x0800, 40, 18), 18],
    [new Uint8Array(3), 3],
  ] as const;
  for (const [bytes] of frames) assert.equal(own.send(bytes), true);
  await until(() => got.length === frames.length);
  assert.deepEqual(
    got,
    frames.map(([bytes, length]) => bytes.slice(0, length)),
  );
  own.close();
  other.close();
});
