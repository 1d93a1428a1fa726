// Generated headers: the configuration, and the factors between jiffies and seconds.
import assert from "node:assert/strict";
import { test } from "node:test";
import { applyConfig, autoconf, loadConfig } from "../../tools/kbuild/config.ts";
import { boundsHeader } from "../../tools/kbuild/headers.ts";
import { timeconst } from "../../tools/kbuild/timeconst.ts";

test("a later configuration file overrides and removes", () => {
  const config = new Map<string, string>();
  applyConfig(config, 'CONFIG_A=y\nCONFIG_B=m\nCONFIG_C=250\nCONFIG_D="x y"\n');
  applyConfig(config, "# a comment\n# CONFIG_A is not set\nCONFIG_C=100\n");
  assert.equal(autoconf(config), '#define CONFIG_B_MODULE 1\n#define CONFIG_C 100\n#define CONFIG_D "x y"\n');
});

test("our configuration is Debian's but for what kpi.config says", () => {
  const config = loadConfig();
  assert.equal(config.get("CONFIG_HZ"), "250");
  assert.equal(config.get("CONFIG_NR_CPUS"), "2");
  assert.equal(config.get("CONFIG_8139CP"), "m");
  for (const off of ["CONFIG_MIPS", "CONFIG_MMU", "CONFIG_JUMP_LABEL", "CONFIG_INLINE_SPIN_UNLOCK_IRQ"]) {
    assert.equal(config.has(off), false, off);
  }
  for (const on of ["CONFIG_UNINLINE_SPIN_UNLOCK", "CONFIG_PREEMPT_COUNT", "CONFIG_SLUB", "CONFIG_FLATMEM"]) {
    assert.equal(config.get(on), "y", on);
  }
});

test("time factors for 250 Hz are those that a kernel of 250 Hz is built with", () => {
  const text = timeconst(250);
  for (const [name, value] of [
    ["HZ_TO_MSEC_MUL32", "U64_C(0x80000000)"],
    ["HZ_TO_MSEC_ADJ32", "U64_C(0x0)"],
    ["HZ_TO_MSEC_SHR32", "29"],
    ["MSEC_TO_HZ_ADJ32", "U64_C(0x180000000)"],
    ["MSEC_TO_HZ_SHR32", "33"],
    ["HZ_TO_USEC_MUL32", "U64_C(0xFA000000)"],
    ["USEC_TO_HZ_MUL32", "U64_C(0x83126E98)"],
    ["USEC_TO_HZ_ADJ32", "U64_C(0x7FF7CED9168)"],
    ["USEC_TO_HZ_SHR32", "43"],
    ["HZ_TO_NSEC_NUM", "4000000"],
    ["NSEC_TO_HZ_DEN", "4000000"],
  ] as const) {
    assert.ok(text.includes(`#define ${name} ${value}\n`), name);
  }
});

test("bounds.h from assembly", () => {
  const text = boundsHeader('\t.ascii\t"->NR_PAGEFLAGS 22 __NR_PAGEFLAGS"\n\tnop\n\t.ascii\t"->MAX_NR_ZONES 3 x"\n');
  assert.match(text, /#define NR_PAGEFLAGS 22\n#define MAX_NR_ZONES 3\n/);
});
