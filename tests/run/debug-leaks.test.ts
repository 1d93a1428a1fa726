// What modules leave behind, and what they do to the heap: reports of the debug flavour's allocators.

import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { boot, untimed } from "./harness.ts";

/** What loading and unloading a fixture makes the log say, and how many bugs that counts as. */
async function said(...commands: string[]): Promise<{ log: string; bugs: number }> {
  const own = await boot();
  own.bugsExpected = true;
  const { system, run } = own;
  const before = own.lines.length;
  for (const command of commands) await run(command).catch((error: Error) => void own.lines.push(error.message));
  const log = own.lines.slice(before).map(untimed).join("\n");
  const { bugs } = system.machine;
  await system.shutdown();
  assert.equal(system.machine.bugs, bugs, "nothing more is found at shutdown");
  return { log, bugs };
}

const LEAKS: [what: string, summary: string, ...objects: string[]][] = [
  [
    "kmalloc",
    "4 objects, 20300 bytes",
    String.raw`object \(size 100\): 3, 300 bytes, by take\+0x[0-9a-f]+/0x[0-9a-f]+ \[leaky\], age 0\.000s`,
    String.raw`object \(size 20000\): 1, 20000 bytes, by (init_module|leaky_init)\S+ \[leaky\]`,
  ],
  ["pages", "1 object, 8192 bytes", String.raw`object \(size 8192\): 1, 8192 bytes, by \S+ \[leaky\]`],
  ["vmalloc", "1 object, 10000 bytes", String.raw`object \(size 10000\): 1, 10000 bytes, by \S+ \[leaky\]`],
  ["percpu", "1 object, 48 bytes", String.raw`object \(size 48\): 1, 48 bytes, by \S+ \[leaky\]`],
  ["cache", String.raw`3 objects, \d+ bytes`, String.raw`object \(size 40\): 1, 40 bytes, by \S+ \[leaky\]`],
  ["skb", String.raw`2 objects, \d+ bytes`, String.raw`object \(size \d+\): 1, \d+ bytes, by \S+ \[leaky\]`],
];

describe("a module that forgets to free is told so when it goes", () => {
  for (const [what, summary, ...objects] of LEAKS) {
    test(what, async () => {
      const { log, bugs } = await said(`modprobe leaky what=${what}; rmmod leaky`);
      assert.match(log, new RegExp(`^kmemleak: ${summary}, allocated by leaky and never freed:$`, "m"));
      for (const object of objects) assert.match(log, new RegExp(`^kmemleak: unreferenced ${object}`, "m"));
      assert.equal(bugs, 1);
    });
  }
  test("also if its init fails", async () => {
    const { log, bugs } = await said("modprobe leaky what=pages fail=1");
    assert.match(log, /^kmemleak: 1 object, 8192 bytes, allocated by leaky and never freed:$/m);
    assert.equal(bugs, 1);
  });
  test("one that frees is not", async () => {
    const { log, bugs } = await said("modprobe leaky; rmmod leaky; modprobe corrupt; rmmod corrupt");
    assert.doesNotMatch(log, /kmemleak|BUG/);
    assert.equal(bugs, 0);
  });
});

test("/proc/allocinfo lists what is allocated, by size and caller", async () => {
  const { run, system } = await boot();
  await run("modprobe 8139cp; ip link set eth0 up");
  const text = await run("cat /proc/allocinfo");
  assert.deepEqual(text.slice(0, 2), ["allocinfo - version: 1.0", "#     <size>  <calls> <tag info>"]);
  const rings = text.filter((line) => /^ +\d+ +6\d cp_init_rings\+\S+ \[8139cp\] size:192 age:/.test(line));
  assert.equal(rings.length, 1, text.join("\n"));
  assert.ok(text.some((line) => / core size:\d+ age:/.test(line)));
  await run("rmmod 8139cp; rmmod mii");
  assert.doesNotMatch((await run("cat /proc/allocinfo")).join("\n"), /8139cp|mii/);
  await system.shutdown();
});

test("/proc/vmallocinfo names who asked", async () => {
  const { run, system } = await boot();
  await run("modprobe 8139cp; modprobe leaky what=none");
  const text = (await run("cat /proc/vmallocinfo")).join("\n");
  assert.match(text, /^0x[0-9a-f]{8}-0x[0-9a-f]{8} +8192 cp_init_one\S+ \[8139cp\] phys=0x[0-9a-f]{8} ioremap$/m);
  await system.shutdown();
});

describe("what a module does to the heap", () => {
  const ALLOCATED = String.raw`Allocated in (init_module|corrupt_init)\+\S+ \[corrupt\] age=\d+ cpu=0 pid=\d+`;
  const FREED = String.raw`Freed in give_back\+\S+ \[corrupt\] age=\d+ cpu=0 pid=\d+`;
  const cases: [what: string, cache: string, report: string, bytes: string, ...tracks: string[]][] = [
    ["overflow", "kmalloc-128", "Right Redzone overwritten", "@offset=100. First byte 0x41 instead of 0xcc", ALLOCATED],
    [
      "overflow-kept",
      "kmalloc-128",
      "Right Redzone overwritten",
      "@offset=101. First byte 0x41 instead of 0xcc",
      ALLOCATED,
    ],
    [
      "use-after-free",
      "kmalloc-128",
      "Poison overwritten",
      "@offset=8. First byte 0x41 instead of 0x6b",
      ALLOCATED,
      FREED,
    ],
    ["late-use", "kmalloc-128", "Poison overwritten", "@offset=16. First byte 0x41 instead of 0x6b", ALLOCATED, FREED],
    ["cache", "odd", "Right Redzone overwritten", "@offset=30. First byte 0x41 instead of 0xcc", ALLOCATED],
  ];
  for (const [what, cache, report, bytes, ...tracks] of cases) {
    test(what, async () => {
      const { log, bugs } = await said(`modprobe corrupt what=${what}; rmmod corrupt`);
      assert.match(log, new RegExp(String.raw`^BUG ${cache} \(.*\): ${report}$`, "m"));
      assert.ok(log.includes(bytes), log);
      for (const track of tracks) assert.match(log, new RegExp(`^${track}$`, "m"));
      assert.equal(bugs, 1, log);
    });
  }
  const pages: [what: string, report: string, bytes: string][] = [
    ["page-overflow", "pages: Right Redzone overwritten", "@offset=8192. First byte 0x41 instead of 0xcc"],
    ["vmalloc-overflow", "pages: Right Redzone overwritten", "@offset=5000. First byte 0x41 instead of 0xcc"],
    ["vmalloc-guard", "pages: Right Redzone overwritten", "@offset=8200. First byte 0x41 instead of 0xcc"],
    ["large-overflow", "pages: Right Redzone overwritten", "@offset=20001. First byte 0x41 instead of 0xcc"],
    ["page-use-after-free", "pagealloc: memory corruption", "@offset=4. First byte 0x41 instead of 0xaa"],
  ];
  for (const [what, report, bytes] of pages) {
    test(what, async () => {
      const { log, bugs } = await said(`modprobe corrupt what=${what}; rmmod corrupt`);
      assert.match(log, new RegExp(String.raw`^BUG ${report.replace(":", String.raw` \(.*\):`)}$`, "m"));
      assert.ok(log.includes(bytes), log);
      const track = what === "page-use-after-free" ? "Freed" : "Allocated";
      assert.match(log, new RegExp(String.raw`^${track} in \S+ \[corrupt\] age=\d+ cpu=0 pid=\d+$`, "m"));
      assert.equal(bugs, 1, log);
    });
  }
  test("a freed object is not given out at once, so that a second free of it is seen for long", async () => {
    const { log, bugs } = await said("modprobe corrupt what=double-free-late; rmmod corrupt");
    assert.match(log, /^BUG kmalloc-128: object at [0-9a-f]{8} is free already$/m);
    assert.equal(bugs, 1, log);
  });
  test("a late write is found when the object leaves the quarantine", async () => {
    const { log, bugs } = await said("modprobe corrupt what=late-write-found");
    assert.match(log, /^BUG kmalloc-1k \(.*\): Poison overwritten\n[^]*^corrupt: done$/m);
    assert.equal(bugs, 1, log);
  });
  test("invalid-free", async () => {
    const { log, bugs } = await said("modprobe corrupt what=invalid-free; rmmod corrupt");
    assert.match(log, /^BUG kmalloc-128: free of [0-9a-f]{8}, which is 8 bytes into the object at [0-9a-f]{8}$/m);
    assert.equal(bugs, 1, log);
  });
  test("double-free", async () => {
    const { log, bugs } = await said("modprobe corrupt what=double-free; rmmod corrupt");
    const report = String.raw`^BUG kmalloc-128: object at [0-9a-f]{8} is free already\n${ALLOCATED}\n${FREED}$`;
    assert.match(log, new RegExp(report, "m"));
    assert.match(log, /^double free$/m);
    assert.equal(bugs, 1, log);
  });
});
