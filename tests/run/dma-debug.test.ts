// What a driver does wrong with DMA, and the report of kernel/dma/debug.c that it gets: one mistake of the fixture each.

import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { boot, untimed } from "./harness.ts";

/** What binding and unbinding a driver that makes the mistake `what` says, and how many bugs that counts as. */
async function said(what: string, all = true): Promise<{ log: string; bugs: number; status: string[] }> {
  const own = await boot();
  own.bugsExpected = true;
  const { system, run } = own;
  if (all) await run("echo 1 > /sys/kernel/debug/dma-api/all_errors");
  const before = own.lines.length;
  await run(`modprobe dmabugs what=${what}`);
  const status = await run("cat /sys/kernel/debug/dma-api/error_count");
  await run("rmmod dmabugs").catch((error: Error) => void own.lines.push(error.message));
  const log = own.lines.slice(before).map(untimed).join("\n");
  const { bugs } = system.machine;
  await system.shutdown();
  return { log, bugs, status };
}

/** The line above each: the call of the driver, where Linux names its own. */
const HEADER = /^WARNING: CPU: 0 PID: \d+ at \w+\+0x[0-9a-f]+\/0x[0-9a-f]+ \[dmabugs\]$/;

const DEVICE = "DMA-API: dmabugs 0000:00:03.0: ";
const AT = String.raw`\[device address=0x[0-9a-f]{16}\]`;

const STILL_MAPPED = String.raw`device driver frees memory that is still mapped ${AT} \[size=512 bytes\] \[mapped with DMA_(TO|FROM)_DEVICE\] \[mapped as single\]`;
const LEAKED = String.raw`device driver has pending DMA allocations while released from device \[count=2\]\nOne of leaked entries details: ${AT} \[size=512 bytes\] \[mapped with DMA_(TO|FROM)_DEVICE\] \[mapped as single\]`;

/** Each mistake's reports, in order. */
const MISTAKES: [what: string, ...reports: string[]][] = [
  ["unmap-invalid", "device driver tries to free an invalid DMA memory address"],
  [
    "unmap-unknown",
    String.raw`device driver tries to free DMA memory it has not allocated \[device address=0x0000000000123450\] \[size=512 bytes\]`,
  ],
  ["unmap-twice", String.raw`device driver tries to free DMA memory it has not allocated ${AT} \[size=512 bytes\]`],
  [
    "unmap-size",
    String.raw`device driver frees DMA memory with different size ${AT} \[map size=512 bytes\] \[unmap size=256 bytes\]`,
  ],
  [
    "unmap-direction",
    String.raw`device driver frees DMA memory with different direction ${AT} \[size=512 bytes\] \[mapped with DMA_TO_DEVICE\] \[unmapped with DMA_FROM_DEVICE\]`,
  ],
  [
    "unmap-function",
    String.raw`device driver frees DMA memory with wrong function ${AT} \[size=512 bytes\] \[mapped as scather-gather\] \[unmapped as single\]`,
  ],
  [
    "unmap-coherent",
    String.raw`device driver frees DMA memory with wrong function ${AT} \[size=512 bytes\] \[mapped as coherent\] \[unmapped as single\]`,
  ],
  ["unchecked", String.raw`device driver failed to check map error${AT} \[size=512 bytes\] \[mapped as single\]`],
  [
    "sg-count",
    String.raw`device driver frees DMA sg list with different entry count \[map count=3\] \[unmap count=2\]`,
  ],
  [
    "coherent-size",
    String.raw`device driver frees DMA memory with different size ${AT} \[map size=12288 bytes\] \[unmap size=4096 bytes\]`,
  ],
  [
    "coherent-address",
    String.raw`device driver frees DMA memory with different CPU address ${AT} \[size=12288 bytes\] \[cpu alloc address=0x[0-9a-f]{16}\] \[cpu free address=0x[0-9a-f]{16}\]`,
  ],
  [
    "sync-unknown",
    String.raw`device driver tries to sync DMA memory it has not allocated \[device address=0x0000000000123450\] \[size=512 bytes\]`,
  ],
  [
    "sync-outside",
    String.raw`device driver syncs DMA memory outside allocated range ${AT} \[allocation size=512 bytes\] \[sync offset\+size=768\]`,
  ],
  [
    "sync-direction",
    String.raw`device driver syncs DMA memory with different direction ${AT} \[size=512 bytes\] \[mapped with DMA_FROM_DEVICE\] \[synced with DMA_TO_DEVICE\]`,
  ],
  [
    "sync-read-only",
    String.raw`device driver syncs DMA memory with different direction ${AT} \[size=512 bytes\] \[mapped with DMA_TO_DEVICE\] \[synced with DMA_FROM_DEVICE\]`,
    String.raw`device driver syncs device read-only DMA memory for cpu ${AT} \[size=512 bytes\] \[mapped with DMA_TO_DEVICE\] \[synced with DMA_FROM_DEVICE\]`,
  ],
  [
    "sync-write-only",
    String.raw`device driver syncs DMA memory with different direction ${AT} \[size=512 bytes\] \[mapped with DMA_FROM_DEVICE\] \[synced with DMA_TO_DEVICE\]`,
    String.raw`device driver syncs device write-only DMA memory to device ${AT} \[size=512 bytes\] \[mapped with DMA_FROM_DEVICE\] \[synced with DMA_TO_DEVICE\]`,
  ],
  [
    "sync-sg-count",
    String.raw`device driver syncs DMA sg list with different entry count \[map count=2\] \[sync count=1\]`,
  ],
  ["stack", String.raw`device driver maps memory from stack \[addr=[0-9a-f]{8}\]`],
  ["vmalloc", String.raw`device driver maps memory from vmalloc area \[addr=[0-9a-f]{8}\] \[len=512\]`],
  ["rodata", String.raw`device driver maps memory from kernel text or rodata \[addr=[0-9a-f]{8}\] \[len=512\]`],
  [
    "invalid",
    String.raw`device driver maps memory from invalid area \[addr=b0000000\] \[len=512\]`,
    "device driver maps what is not memory",
  ],
  ["freed", String.raw`device driver maps freed memory \[addr=[0-9a-f]{8}\] \[len=512\]`],
  ["free-mapped", STILL_MAPPED],
  ["free-mapped-page", STILL_MAPPED],
  ["overlap", "cacheline tracking EEXIST, overlapping mappings aren't supported"],
  ["sg-long", String.raw`mapping sg segment longer than device claims to support \[len=512\] \[max=256\]`],
  [
    "sg-boundary",
    String.raw`mapping sg segment across boundary \[start=0x[0-9a-f]{13}f00\] \[end=0x[0-9a-f]{13}0ff\] \[boundary=0x0000000000000fff\]`,
  ],
  ["leak", STILL_MAPPED, STILL_MAPPED, LEAKED],
  ["leak-probe", STILL_MAPPED, STILL_MAPPED, LEAKED],
];

describe("DMA-API reports", () => {
  for (const [what, ...reports] of MISTAKES) {
    test(what, async () => {
      const { log, bugs, status } = await said(what);
      const found = log.match(/^DMA-API: dmabugs .*(\nOne of leaked.*)?$/gm) ?? [];
      assert.equal(found.length, reports.length, log);
      reports.forEach((report, i) => assert.match(found[i]!, new RegExp(`^${DEVICE}${report}$`)));
      const above = log.match(/^.*(?=\nDMA-API: dmabugs )/gm) ?? [];
      if (what.startsWith("unmap")) for (const line of above) assert.match(line, HEADER);
      assert.equal(bugs, reports.length, log);
      if (!what.startsWith("leak")) assert.deepEqual(status, [String(reports.length)]);
    });
  }

  test("are the first only, unless somebody asks for more; the rest is counted", async () => {
    const { log, bugs, status } = await said("sync-read-only", false);
    assert.equal(log.match(/^DMA-API: dmabugs /gm)?.length, 1, log);
    assert.deepEqual([bugs, status], [1, ["2"]]);
    const { run, system } = await boot();
    const [all, num] = ["all_errors", "num_errors"].map((name) => `/sys/kernel/debug/dma-api/${name}`);
    assert.deepEqual(await run(`cat ${all}; cat ${num}`), ["0", "1"]);
    assert.deepEqual(await run(`echo 7 > ${num}; cat ${num}; echo 0x1 > ${all}; cat ${all}`), ["7", "1"]);
    await assert.rejects(run(`echo many > ${num}`), /Invalid argument/);
    assert.deepEqual(await run(`cat ${num}`), ["7"]);
    await system.shutdown();
  });

  test("name who mapped it", async () => {
    const { log } = await said("unmap-size");
    assert.match(
      log,
      /^DMA-API: Mapped at:\n (map|probe|wrong_end|init_module)\+0x[0-9a-f]+\/0x[0-9a-f]+ \[dmabugs\]$/m,
    );
  });

  test("of leaks come after devm has freed", async () => {
    const { log, bugs } = await said("devm");
    assert.doesNotMatch(log, /DMA-API/);
    assert.equal(bugs, 0);
  });

  test("of coherent memory come beside kmemleak's", async () => {
    const { log, bugs } = await said("leak-coherent");
    assert.match(
      log,
      /pending DMA allocations.*\[count=1\]\n.*\[size=4096 bytes\] \[mapped with DMA_BIDIRECTIONAL\] \[mapped as coherent\]/,
    );
    assert.match(log, /^kmemleak: unreferenced object \(size 4096\): 1, 4096 bytes, by probe\S* \[dmabugs\]/m);
    assert.equal(bugs, 2);
  });

  test("end, with a word, when there is no room to remember more", async () => {
    const { log } = await said("exhaust");
    assert.match(log, /^DMA-API: debugging out of memory - disabling$/m);
  });
});

describe("DMA pools report", () => {
  const POOLS: [what: string, report: string][] = [
    ["pool-unknown", String.raw`dma_pool_free ring, [0-9a-f]{8}/0x00123440 \(bad dma\)`],
    ["pool-address", String.raw`dma_pool_free ring, [0-9a-f]{8} \(bad vaddr\)/0x[0-9a-f]{8}`],
    ["pool-twice", String.raw`dma_pool_free ring, dma [0-9a-f]{8}/0x[0-9a-f]{8} already free`],
    ["pool-late-write", String.raw`dma_pool_alloc ring, [0-9a-f]{8}/0x[0-9a-f]{8} \(corrupted\)`],
  ];
  for (const [what, report] of POOLS) {
    test(what, async () => {
      const { log, bugs } = await said(what);
      assert.match(log, new RegExp(`^dmabugs 0000:00:03.0: ${report}$`, "m"));
      assert.equal(bugs, 1, log);
    });
  }
  test("pool-busy", async () => {
    const { log } = await said("pool-busy");
    assert.match(log, /^dmabugs 0000:00:03.0: dma_pool_destroy ring, [0-9a-f]{8}\/0x[0-9a-f]{8} busy$/m);
    assert.match(log, /pending DMA allocations while released from device \[count=1\]/);
  });
});

test("/sys/kernel/debug/dma-api/dump lists what a driver has mapped", async () => {
  const { run, system } = await boot();
  await run("modprobe 8139cp; ip link set eth0 up");
  const dump = await run("cat /sys/kernel/debug/dma-api/dump");
  const line = (type: string, size: string, dir: string, check: string): RegExp =>
    new RegExp(`^0000:00:03.0 8139cp ${type} idx \\d+ P=[0-9a-f]+ N=[0-9a-f]+ D=[0-9a-f]+ L=${size} ${dir} ${check}$`);
  const rings = dump.filter((text) =>
    line("coherent", "[0-9a-f]+", "DMA_BIDIRECTIONAL", "dma map error check not applicable").test(text),
  );
  const frames = dump.filter((text) =>
    line("single", "[0-9a-f]+", "DMA_FROM_DEVICE", "dma map error checked").test(text),
  );
  assert.equal(rings.length, 1, dump.join("\n"));
  assert.equal(frames.length, 64);
  assert.equal(dump.length, 65);
  const [total, free] = await run(
    "cat /sys/kernel/debug/dma-api/nr_total_entries; cat /sys/kernel/debug/dma-api/num_free_entries",
  );
  assert.equal(Number(total) - Number(free), 65);
  assert.deepEqual(await run("cat /sys/kernel/debug/dma-api/disabled"), ["N"]);
  await run("ip link set eth0 down; rmmod 8139cp");
  assert.deepEqual(await run("cat /sys/kernel/debug/dma-api/dump"), []);
  await system.shutdown();
});
