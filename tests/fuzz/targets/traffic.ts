// Frames of 0 to 65,535 bytes at both ends of a cable, with driver, network core and stack above the card: each length
// at least once from the wire. And the stack alone, which takes a frame in some hundred nanoseconds.

import assert from "node:assert/strict";
import { NetStack } from "../../../host/net/stack.ts";
import { PacketRing } from "../../../host/net/packet-ring.ts";
import { TestClock } from "../../boards/clock.ts";
import { OWN_MAC, frameOf, randomFrame, type FrameStep } from "../frames.ts";
import { LiveBoard } from "../live-board.ts";
import type { Bench, Target } from "../target.ts";

/** Every length once. */
const LENGTHS = 65_536;
/** Frames between two pauses, which a card can follow. */
const BURST = 16;
const PAUSE_NS = 100_000;
/** NAPI and receive rings keep some buffers at hand. */
const KEPT_OBJECTS = 256;

type Step = FrameStep & { readonly from: "wire" | "host" };

async function live(driver: string, device: string): Promise<Bench<Step>> {
  const own = await LiveBoard.boot([device]);
  await own.run(`modprobe ${driver}; ip link set eth0 up; ip link`);
  await own.pass(3e9);
  await own.run("ping -c 1 peer");
  const { objects } = own.memory();
  const ring = PacketRing.shared(own.system.machine);
  const { ifindex, stack } = own.system.interfaces.named("eth0");
  const { wire, peer } = own.board.cables[0]!;
  const receive = stack.receive.bind(stack);
  let received = 0;
  let under = 0;
  stack.receive = (frame) => {
    received++;
    receive(frame);
  };
  return {
    remembers: true,
    make: (random, index) => {
      if (index < LENGTHS) return [{ ...randomFrame(random, index), from: "wire" }];
      return [{ ...randomFrame(random), from: random.once(3) ? "host" : "wire" }];
    },
    async run(steps) {
      received = 0;
      for (const step of steps) {
        const frame = frameOf(step);
        if (step.from === "wire") wire.b.send(frame);
        else ring.send(ifindex, frame);
      }
      if (++under % BURST === 0) {
        await own.pass(PAUSE_NS);
        return received > 0 ? "some received" : "none received";
      }
      return "under way";
    },
    async check() {
      await own.pass(20 * PAUSE_NS);
      // Whoever says of itself that it is the peer is believed, as by Linux.
      stack.arp.flush();
      peer.stack.arp.flush();
      await own.ping();
      const now = own.memory().objects;
      assert.ok(now <= objects + KEPT_OBJECTS, `${now} objects are in use, ${objects} before`);
    },
    close: () => own.close(),
  };
}

const drivers: [driver: string, device: string][] = [
  ["8139cp", "rtl8139"],
  ["8139too", "rtl8139,revision=0x10"],
  ["e1000", "e1000"],
];

const links: readonly Target<Step>[] = drivers.map(([driver, device]) => ({
  name: `frames:${driver}`,
  about: `frames of every length at ${driver}, from the wire and from the host`,
  cases: 100_000,
  expects: { "some received": 0.005 },
  open: () => live(driver, device),
}));

const OUTCOMES = ["received", "sent", "ignored", "bad", "refused"] as const;

/** The IPv4 stack by itself. */
const stack: Target<FrameStep> = {
  name: "stack",
  about: "ARP, IPv4 and ICMP of any content at the host's own stack",
  cases: 100_000,
  expects: { sent: 0.02, bad: 0.05, ignored: 0.1 },
  open() {
    const clock = new TestClock();
    const sent: number[] = [];
    const own = new NetStack({
      name: "eth0",
      mac: OWN_MAC,
      clock,
      transmit: (frame) => {
        // What it sends is a frame by the interface's rules, whatever it answers.
        assert.ok(frame.length >= 14 && frame.length <= 14 + own.mtu, `${frame.length} bytes`);
        return sent.push(frame.length) > 0;
      },
    });
    const listener = { reply: () => {}, error: () => {} };
    for (let i = 0; i < 8; i++) own.listen(listener);
    return {
      make: (random) => random.list(1, 4, () => randomFrame(random)),
      run(steps) {
        const before = { ...own.counters };
        for (const step of steps) own.receive(frameOf(step));
        clock.advance(1e9);
        assert.ok([...own.arp.entries()].length <= 1024);
        assert.ok(clock.pending <= 1024 + 8, `${clock.pending} alarms`);
        return OUTCOMES.toReversed().find((name) => own.counters[name] > before[name]) ?? "quiet";
      },
    } satisfies Bench<FrameStep>;
  },
};

export const traffic = [stack, ...links] as const;
