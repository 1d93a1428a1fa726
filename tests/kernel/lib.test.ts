// The kernel's own tests of its library, unmodified, as modules: what they find is said in their own words. Some of
// them end their init with an error on purpose, so that nothing of them stays.

import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { createBoard, parseDeviceSpec } from "../../boards/index.ts";
import { ModuleStore } from "../../host/loader/store.ts";
import { System } from "../../host/system.ts";
import { buildModules } from "../../tools/kbuild/build.ts";

interface Expected {
  /** Lines that it prints when all is well. */
  readonly says: readonly RegExp[];
  /** Where its init fails though all is well. */
  readonly ends?: RegExp;
  readonly folder?: string;
  /** Between these lines it provokes warnings. */
  readonly between?: readonly [RegExp, RegExp];
}

const INVALID = /Invalid argument$/;

const TESTS: Record<string, Expected> = {
  test_printf: { says: [/^test_printf: all 420 tests passed$/] },
  test_scanf: { says: [/^test_scanf: all 2383 tests passed$/] },
  test_bitmap: { says: [/^test_bitmap: all 6550 tests passed$/] },
  test_hexdump: { says: [/^test_hexdump: all 1184 tests passed$/] },
  test_strscpy: { says: [/^test_strscpy: all 32 tests passed$/] },
  test_uuid: { says: [/^test_uuid: all 18 tests passed$/] },
  test_string: { says: [/^String selftests succeeded$/] },
  "test-string_helpers": { says: [/^test_string_helpers: Running tests\.\.\.$/], ends: INVALID },
  "test-kstrtox": { says: [], ends: INVALID },
  test_siphash: { says: [/^test_siphash: self-tests: pass$/] },
  test_min_heap: { says: [/^min_heap_test: test passed$/] },
  test_bitops: { says: [/^test_bitops: Starting bitops test$/, /^test_bitops: Completed bitops test$/] },
  // It frees numbers that are not taken, which is warned of, between two lines that say so.
  test_ida: { says: [/^IDA: (\d+) of \1 tests passed$/], ends: INVALID, between: [/^vvv Ignore/, /^\^\^\^ .* over$/] },
  test_module: { says: [/^test_module: Hello, world$/, /^test_module: Goodbye$/] },
  test_free_pages: { says: [/^test_free_pages: Test completed$/] },
  crc32test: {
    says: [
      /^crc32: self tests passed, processed \d+ bytes/,
      /^crc32c: self tests passed, processed \d+ bytes/,
      /^crc32_combine: 8373 self tests passed$/,
      /^crc32c_combine: 8373 self tests passed$/,
    ],
  },
  atomic64_test: { says: [/^atomic64_test: passed$/] },
  percpu_test: { says: [/^percpu test start$/, /^percpu test done$/], ends: /Resource temporarily unavailable$/ },
  find_bit_benchmark: { says: [/^find_next_and_bit: +\d+ ns, +1 iterations$/], ends: INVALID },
  test_div64: { says: [/^test_div64: Completed 64bit\/32bit division and modulo test/], folder: "lib/math" },
};

/** What a test says when something is wrong. */
const WRONG = /\bfail|BUG|WARNING|Oops|\bbad\b|mismatch|expected|error:/i;

const out = mkdtempSync(join(tmpdir(), "kpi-kernel-"));
after(() => rmSync(out, { recursive: true, force: true }));
for (const folder of new Set(Object.values(TESTS).map((entry) => entry.folder ?? "lib"))) {
  const modules = Object.keys(TESTS).filter((name) => (TESTS[name]!.folder ?? "lib") === folder);
  await buildModules({ sources: [folder], modules, out });
}

for (const [name, { says, ends, between }] of Object.entries(TESTS)) {
  test(name, async () => {
    const lines: string[] = [];
    const system = await System.boot({
      board: createBoard("desktop", [parseDeviceSpec("rtl8139")]),
      memoryMiB: 64,
      virtualClock: true,
      logLevel: 8,
      modules: new ModuleStore(out),
      onLog: (line) => lines.push(line.replace(/^\[ *\d+\.\d+\] /, "")),
    });
    const booted = lines.length;
    if (ends) await assert.rejects(system.loader.modprobe(name), ends);
    else await system.loader.modprobe(name);
    await system.shutdown();
    let said = lines.slice(booted);
    if (between) {
      const [from, to] = between.map((mark) => said.findIndex((line) => mark.test(line)));
      assert.ok(from! >= 0 && to! > from!);
      said = said.toSpliced(from!, to! - from! + 1);
    }
    for (const line of says)
      assert.ok(
        said.some((text) => line.test(text)),
        `${line} in:\n${said.join("\n")}`,
      );
    assert.deepEqual(
      said.filter((line) => WRONG.test(line)),
      [],
    );
    assert.equal(system.machine.oopses, 0);
  });
}
