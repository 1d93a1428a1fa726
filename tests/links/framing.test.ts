// Frames in a stream: whatever pieces the bytes come in, and whenever the receiver has no room.
import assert from "node:assert/strict";
import { test } from "node:test";
import { FrameDecoder, LENGTH_BYTES, putLength } from "../../boards/links/framing.ts";
import { Random } from "../random.ts";

function encode(frames: readonly Uint8Array[]): Uint8Array {
  const bytes = new Uint8Array(frames.reduce((sum, { length }) => sum + LENGTH_BYTES + length, 0));
  let at = 0;
  for (const frame of frames) {
    putLength(bytes, at, frame.length);
    bytes.set(frame, at + LENGTH_BYTES);
    at += LENGTH_BYTES + frame.length;
  }
  return bytes;
}

test("every frame once, in order, in pieces of any size, refused at any time", () => {
  const random = new Random(1);
  for (let round = 0; round < 200; round++) {
    const frames = Array.from({ length: 1 + random.below(20) }, () =>
      Uint8Array.from({ length: random.below(4) ? random.below(100) : random.below(65536) }, () => random.below(256)),
    );
    const bytes = encode(frames);
    const got: Uint8Array[] = [];
    const decoder = new FrameDecoder((frame) => {
      if (frame.length > 0 && random.below(3) === 0) return false;
      got.push(frame.slice());
      return true;
    });
    for (let at = 0; at < bytes.length || decoder.refused;) {
      const end = Math.min(bytes.length, at + 1 + random.below(random.below(2) ? 10 : 70_000));
      while (at < end || decoder.refused) at = decoder.decode(bytes, at, end);
    }
    assert.deepEqual(got, frames);
    assert.equal(decoder.partial, false);
  }
});

test("a length that no frame has is refused, a frame that is cut off is known as such", () => {
  for (const length of [65536, 0x7fffffff, 0x80000000, 0xffffffff]) {
    const bytes = new Uint8Array(8);
    putLength(bytes, 0, length);
    const decoder = new FrameDecoder(() => assert.fail("there is no frame"));
    assert.throws(() => decoder.decode(bytes, 0, 8), {
      message: `a frame of ${length} bytes, where 65535 is the most`,
    });
  }
  const decoder = new FrameDecoder(() => {});
  decoder.decode(encode([new Uint8Array(60)]), 0, 20);
  assert.equal(decoder.partial, true);
});
