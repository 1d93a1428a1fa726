// Cards that do not reach all memory: the frames of unmodified drivers go through bounce buffers, also where bus addresses
// are not the CPU's.

import assert from "node:assert/strict";
import { describe, test } from "node:test";
import type { Flavour } from "../../host/flavour.ts";
import { boot, memoryOf } from "./harness.ts";

/** Of 64 MiB the first 8. */
const REACH = 0x7fffff;

/** Bus and CPU addresses of the mappings of a type, from /sys/kernel/debug/dma-api/dump. */
function mappings(dump: string[], type: string): { bus: number; memory: number }[] {
  return dump
    .filter((line) => line.includes(` ${type} idx `))
    .map((line) => /P=(\w+) N=\w+ D=(\w+) /.exec(line)!)
    .map(([, memory, bus]) => ({ memory: parseInt(memory!, 16), bus: parseInt(bus!, 16) }));
}

async function traffic(driver: string, device: string, dmaBase: number, flavour: Flavour): Promise<string[]> {
  const own = await boot([device], flavour, { dmaBase });
  const { run, system } = own;
  await run(`modprobe dmalimit limit=${dmaBase + REACH}; modprobe ${driver}; ip link set eth0 up`);
  await system.wait(3);
  for (const size of [56, 1400]) {
    const text = (await run(`ping -c 20 -i 0.01 -s ${size} peer`)).join("\n");
    assert.match(text, /20 packets transmitted, 20 received, 0% packet loss/);
  }
  const dump = flavour === "debug" ? await run("cat /sys/kernel/debug/dma-api/dump") : [];
  const { freePages } = memoryOf(own);
  await run(`ip link set eth0 down; rmmod ${driver}; rmmod dmalimit`);
  assert.ok(memoryOf(own).freePages > freePages, "bounce pages go back");
  assert.doesNotMatch(own.lines.join("\n"), /iommu|swiotlb|WARNING|BUG/);
  await system.shutdown();
  return dump;
}

describe("a card that reaches a part of memory", () => {
  for (const [driver, device] of [
    ["8139cp", "rtl8139"],
    ["8139too", "rtl8139,revision=0x10"],
    ["e1000", "e1000"],
  ] as const) {
    for (const dmaBase of [0, 0x40000000]) {
      test(`${driver}, memory at bus address 0x${dmaBase.toString(16)}`, async () => {
        const dump = await traffic(driver, device, dmaBase, "debug");
        for (const { bus, memory } of mappings(dump, "coherent")) assert.equal(bus, dmaBase + memory);
        const frames = mappings(dump, "single");
        assert.ok(driver === "8139too" || frames.length > 0);
        for (const { bus, memory } of frames) {
          assert.ok(bus <= dmaBase + REACH && memory > REACH, `${bus.toString(16)} for ${memory.toString(16)}`);
        }
      });
    }
  }
  test("in release", async () => {
    await traffic("8139cp", "rtl8139", 0x40000000, "release");
  });
});

test("memory at a bus address of its own, and a card that reaches it", async () => {
  const { run, system } = await boot(["e1000"], "debug", { dmaBase: 0x60000000 });
  await run("modprobe e1000; ip link set eth0 up");
  await system.wait(3);
  assert.match((await run("ping -c 20 -i 0.01 peer")).join("\n"), /20 received, 0% packet loss/);
  for (const { bus, memory } of mappings(await run("cat /sys/kernel/debug/dma-api/dump"), "single")) {
    assert.equal(bus, 0x60000000 + memory);
  }
  await system.shutdown();
});

test("physical addresses are what a device that reaches all memory is given", async () => {
  for (const dmaBase of [0, 0x40000000]) {
    const { run, system, lines } = await boot(["e1000"], "debug", { dmaBase });
    await run("modprobe phys; rmmod phys");
    assert.match(lines.join("\n"), /phys: 1 1 1 1$/m);
    await system.shutdown();
  }
});

test("a card that reaches no memory is refused its mask", async () => {
  const { run, system, lines } = await boot(["rtl8139"], "debug", { dmaBase: 0x80000000 });
  await run("modprobe dmamask bits=24; rmmod dmamask");
  await run("modprobe dmamask bits=31; rmmod dmamask");
  await run("modprobe dmamask bits=32; rmmod dmamask");
  assert.deepEqual(
    lines.filter((line) => line.includes(" bits: ")).map((line) => line.replace(/^.*dmamask: /, "")),
    [
      "24 bits: -5, coherent -5, both -5, required 0xffffffff",
      "31 bits: -5, coherent -5, both -5, required 0xffffffff",
      "32 bits: 0, coherent 0, both 0, required 0xffffffff",
    ],
  );
  await system.shutdown();
});
