// The in-process wire.
import assert from "node:assert/strict";
import { test } from "node:test";
import { Wire } from "../../boards/links/wire.ts";
import { TestClock } from "./clock.ts";

function listen(wire: Wire, clock: TestClock): string[] {
  const heard: string[] = [];
  wire.a.onReceive = (frame) => void heard.push(`a ${clock.now()} ${frame.length}:${frame[0] ?? ""}`);
  wire.b.onReceive = (frame) => void heard.push(`b ${clock.now()} ${frame.length}:${frame[0] ?? ""}`);
  wire.a.onCarrier = (carrier) => heard.push(`a carrier ${carrier}`);
  wire.b.onCarrier = (carrier) => heard.push(`b carrier ${carrier}`);
  return heard;
}

test("frames arrive in order, each its latency after it was sent", () => {
  const clock = new TestClock();
  const wire = new Wire(clock, 1000);
  const heard = listen(wire, clock);
  const frame = Uint8Array.of(1, 2, 3);
  wire.a.send(frame);
  frame[0] = 9; // the bytes were the sender's only during the call
  clock.advance(400);
  wire.a.send(frame);
  wire.b.send(new Uint8Array(0));
  clock.advance(5000);
  assert.deepEqual(heard.sort(), ["a 1400 0:", "b 1000 3:1", "b 1400 3:9"]);
  assert.equal(clock.pending, 0);
});

test("frames of any length up to 65535 pass, longer ones do not", () => {
  const clock = new TestClock();
  const wire = new Wire(clock, 10);
  const lengths: number[] = [];
  wire.b.onReceive = (frame) => void lengths.push(frame.length);
  const sent = [0, 1, 59, 1514, 2048, 2049, 9000, 65535];
  for (const length of sent) assert.equal(wire.a.send(new Uint8Array(length)), true);
  wire.a.send(new Uint8Array(65536));
  assert.equal(wire.a.lost, 1);
  clock.settle();
  assert.deepEqual(lengths, sent);
});

test("a full wire says so, and later that it has room", () => {
  const clock = new TestClock();
  const wire = new Wire(clock, 10);
  let [count, sent] = [0, 0];
  wire.b.onReceive = () => void count++;
  const send = (): void => {
    while (sent < 10_000 && wire.a.send(new Uint8Array(60))) sent++;
  };
  wire.a.onReady = send;
  send();
  assert.equal(sent, 4096);
  clock.settle();
  assert.deepEqual([count, sent, wire.a.lost], [10_000, 10_000, 0]);
});

test("frames wait for a receiver without room, in order; a wire that cannot wait tells it what it missed", () => {
  const clock = new TestClock();
  const wire = new Wire(clock, 10);
  const [taken, missed]: [number[], number[]] = [[], []];
  let room = 2;
  wire.b.onReceive = (frame) => {
    if (room === 0) return false;
    room--;
    taken.push(frame[0]!);
    return true;
  };
  wire.b.onMissed = (frame) => missed.push(frame[0]!);
  for (let i = 0; i < 5; i++) wire.a.send(Uint8Array.of(i));
  clock.settle();
  wire.a.send(Uint8Array.of(5));
  clock.settle();
  assert.deepEqual(taken, [0, 1]);
  room = 3;
  wire.b.resume();
  clock.settle();
  assert.deepEqual(taken, [0, 1, 2, 3, 4]);
  wire.waits = false;
  wire.b.resume();
  clock.settle();
  assert.deepEqual([taken.length, missed], [5, [5]]);
});

test("pulling the cable loses what is under way and tells both ends", () => {
  const clock = new TestClock();
  const wire = new Wire(clock, 1000);
  const heard = listen(wire, clock);
  wire.a.send(Uint8Array.of(1));
  wire.plug(false);
  wire.plug(false);
  assert.equal(wire.a.send(Uint8Array.of(2)), true);
  assert.equal(wire.a.lost, 1);
  clock.advance(5000);
  wire.plug(true);
  wire.a.send(Uint8Array.of(3));
  clock.advance(1000);
  wire.b.close();
  wire.plug(true);
  assert.deepEqual(heard, [
    "a carrier false",
    "b carrier false",
    "a carrier true",
    "b carrier true",
    "b 6000 1:3",
    "a carrier false",
    "b carrier false",
  ]);
  assert.equal(wire.a.carrier, false);
});

test("a receiver may send, and may pull the cable, from within the call", () => {
  const clock = new TestClock();
  const wire = new Wire(clock, 1000);
  const heard: number[] = [];
  wire.b.onReceive = (frame) => {
    const first = frame[0]!;
    for (let i = 0; i < 3; i++) wire.a.send(Uint8Array.of(first + 10 + i));
    assert.equal(frame[0], first, "the frame is not overwritten during the call");
    heard.push(first);
    if (first === 11) {
      wire.plug(false);
      wire.plug(true);
      wire.a.send(Uint8Array.of(99));
    } else if (first === 99) wire.b.onReceive = (last) => void heard.push(last[0]!);
  };
  wire.a.send(Uint8Array.of(0));
  clock.settle(50);
  assert.deepEqual(heard, [0, 10, 11, 99, 109, 110, 111]);
});
