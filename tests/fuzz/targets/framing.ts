// What another program sends down a stream link: frames, damaged frames, noise, in pieces of any size, to a receiver that
// has no room now and then. Each frame before the damage arrives, and the damage is an error that names a length, or frames
// of at most the greatest length.
import assert from "node:assert/strict";
import { FrameDecoder, LENGTH_BYTES, putLength } from "../../../boards/links/framing.ts";
import { MAX_FRAME } from "../../../boards/links/link.ts";
import type { Random } from "../../random.ts";
import type { Target } from "../target.ts";

/** A frame of that length, bytes of noise, or a length with nothing behind it; how it is cut, when it is refused. */
interface Step {
  readonly kind: "frame" | "noise" | "length";
  readonly length: number;
  readonly piece: number;
  readonly refuse: boolean;
}

function bytesOf({ kind, length }: Step, index: number): Uint8Array {
  if (kind === "noise") return Uint8Array.from({ length }, (_, i) => Math.imul(i + 1, 0x9e3779b1 + index) >>> 24);
  const frame = new Uint8Array(LENGTH_BYTES + (kind === "frame" ? length : 0));
  putLength(frame, 0, length);
  frame.fill(index, LENGTH_BYTES);
  return frame;
}

function run(steps: readonly Step[]): string {
  const whole = steps.findIndex(({ kind }) => kind !== "frame");
  const expected = whole < 0 ? steps.length : whole;
  let [got, refused] = [0, false];
  let step = steps[0]!;
  const decoder = new FrameDecoder((frame) => {
    assert.ok(frame.length <= MAX_FRAME);
    refused = step.refuse && !refused;
    if (refused && frame.length > 0) return false;
    if (got < expected) {
      assert.equal(frame.length, steps[got]!.length);
      assert.ok(frame.every((byte) => byte === (got & 0xff)));
    }
    got++;
    return true;
  });
  try {
    for (const [index, next] of steps.entries()) {
      step = next;
      const bytes = bytesOf(next, index);
      for (let at = 0; at < bytes.length || decoder.refused;) {
        const before = at;
        at = decoder.decode(bytes, at, Math.min(bytes.length, at + next.piece));
        assert.ok(at >= before);
      }
    }
  } catch (error) {
    assert.ok(error instanceof RangeError, String(error));
    assert.match(error.message, /^a frame of \d+ bytes, where 65535 is the most$/);
    assert.ok(got >= expected);
    return "refused";
  }
  assert.ok(got >= expected);
  return expected === steps.length ? "sound" : "survived";
}

export const framing: Target<Step> = {
  name: "framing",
  about: "bytes from the other end of a stream link",
  cases: 300,
  expects: { sound: 0.1, refused: 0.1 },
  open: () => ({
    make: (random: Random): Step[] => {
      const damaged = random.below(2) === 0;
      return Array.from({ length: 1 + random.below(20) }, () => ({
        kind: damaged && random.below(8) === 0 ? (random.below(2) ? "noise" : "length") : "frame",
        length: random.below(4) ? random.below(2000) : random.below(damaged ? 0x1_0000_0000 : 1 << 16) % 0x1_0000,
        piece: 1 + random.below(random.below(2) ? 8 : 4000),
        refuse: random.below(4) === 0,
      }));
    },
    run,
  }),
};
