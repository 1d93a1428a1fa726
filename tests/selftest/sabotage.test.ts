// Each case of the self-test finds what it is there for: with one function of the core replaced by one that does something
// wrong (tests/fixtures/saboteur.c), it fails.

import assert from "node:assert/strict";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { Board } from "../../host/api/board.ts";
import { parseKtap, type TestResult } from "../../host/ktest/ktap.ts";
import { buildModules } from "../../tools/kbuild/build.ts";
import { repoRoot } from "../../tools/setup/paths.mjs";
import { rewired } from "./rewire.ts";

const folder = mkdtempSync(join(tmpdir(), "kpi-selftest-"));
after(() => rmSync(folder, { recursive: true }));
await buildModules({ sources: [join(repoRoot, "tests/fixtures/saboteur.c")], out: folder });
await buildModules({ sources: [join(repoRoot, "selftest/selftest.ts")], out: folder });
const object = readFileSync(join(folder, "selftest.ko"));

/** By the case that has to notice: what is imported, and what it gets instead. */
const SABOTAGE: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  "slab/kmalloc_sizes": { __kmalloc: "kmalloc_same", kfree: "does_nothing" },
  "slab/kmalloc_power_of_two": { __kmalloc: "kmalloc_askew", kfree: "does_nothing" },
  "slab/kmalloc_zero": { __kmalloc: "kmalloc_dirty" },
  "slab/kmalloc_nothing": { __kmalloc: "kmalloc_null" },
  "slab/krealloc_keeps": { krealloc: "krealloc_forgets" },
  "slab/cache": { kmem_cache_alloc: "cache_alloc_raw", kmem_cache_free: "does_nothing2" },
  "slab/pages": { __get_free_pages: "pages_dirty" },
  "slab/memory_returns": { kfree: "does_nothing" },
  "locks/spinlock": { _raw_spin_trylock: "says_yes" },
  "locks/spinlock_irqsave": {
    _raw_spin_lock_irqsave: "lock_no_irqsave",
    _raw_spin_unlock_irqrestore: "unlock_no_irqrestore",
  },
  "locks/mutex_waits": { mutex_lock: "does_nothing", mutex_unlock: "does_nothing" },
  "locks/mutex_excludes": { mutex_lock: "does_nothing", mutex_unlock: "does_nothing" },
  "locks/semaphore_counts": { down_timeout: "down_timeout_hasty" },
  "locks/rwsem_shares": { down_write_trylock: "says_yes", up_write: "does_nothing" },
  "locks/completions": { wait_for_completion_timeout: "wait_hasty" },
  "timers/clocks": { msleep: "delays_nothing" },
  "timers/delays": { mdelay: "delays_nothing" },
  "timers/timer_fires": { mod_timer: "mod_timer_hasty" },
  "timers/timers_in_order": { mod_timer: "mod_timer_even" },
  "timers/timer_deleted": { del_timer_sync: "says_yes" },
  "timers/hrtimer_repeats": { hrtimer_forward: "forward_nothing" },
  "work/work_runs": { flush_work: "says_yes" },
  "work/work_in_order": { alloc_workqueue: "queue_unordered" },
  "work/work_requeues": { schedule_work: "work_runs_once" },
  "work/work_cancelled": { cancel_work_sync: "says_yes" },
  "work/work_delayed": { queue_delayed_work_on: "queue_hasty", mod_delayed_work_on: "mod_hasty" },
  "work/tasklets": { __tasklet_schedule: "does_nothing" },
  "work/kthreads": { kthread_stop: "stop_forgets" },
  "irq/handled": { request_irq: "request_for_another" },
  "irq/local_irq_disable": { arch_local_irq_save: "irq_save_nothing" },
  "irq/disable_irq_nests": { disable_irq: "does_nothing", enable_irq: "does_nothing" },
  "irq/shared": { request_irq: "request_always" },
  "irq/threads": { request_threaded_irq: "request_no_oneshot" },
  "irq/irq_work": { irq_work_queue: "irq_work_now" },
  "dma/device": { __root_device_register: "no_device" },
  "dma/masks": { dma_set_mask: "set_any_mask" },
  "dma/coherent": { dma_alloc_attrs: "coherent_dirty" },
  "dma/streaming": { dma_map_single: "map_start_of_page" },
  "dma/scattered": { dma_map_sg_attrs: "map_fewer" },
  "dma/bounced": { dma_sync_single_for_cpu: "syncs_nothing" },
  "dma/pools": { dma_pool_alloc: "pool_loose" },
};

/** What the self-test says of a core in which these functions are others. */
async function run(names: Readonly<Record<string, string>>): Promise<TestResult[]> {
  const file = join(folder, "sabotaged.ko");
  writeFileSync(file, rewired(object, names));
  const board = await Board.boot({ devices: [], flavour: "release", memory: 16, modules: folder });
  try {
    await board.insmod(join(folder, "saboteur.ko"));
    await board.insmod(file);
  } catch {
    // It may have gone down in the attempt.
  }
  const text = board.log.map((line) => line.text).join("\n");
  await board.powerOff();
  board.takeReports();
  return parseKtap(text);
}

const failed = (suites: readonly TestResult[]): string[] =>
  suites.flatMap(({ name, subtests }) =>
    subtests.filter(({ outcome }) => outcome === "not ok").map((one) => `${name}/${one.name}`),
  );

test("a core that is left alone passes, and there is a sabotage for each case", async () => {
  const suites = await run({});
  assert.deepEqual(failed(suites), []);
  const cases = suites.flatMap(({ name, subtests }) => subtests.map((one) => `${name}/${one.name}`));
  assert.deepEqual(cases, Object.keys(SABOTAGE));
});

for (const [name, names] of Object.entries(SABOTAGE)) {
  const what = Object.entries(names).map(([from, to]) => `${from} → ${to}`);
  test(`${name}: ${what.join(", ")}`, async () => {
    const found = failed(await run(names));
    assert.ok(found.includes(name), `it fails ${found.join(", ") || "nowhere"}`);
  });
}
