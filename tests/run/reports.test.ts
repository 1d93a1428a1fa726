// What a user sees of a driver that does wrong, each time to the letter: the report in the log, the last line on stderr,
// and exit code 1. The places and ways that differ in nothing that is printed are in traps.test.ts and unload.test.ts.

import assert from "node:assert/strict";
import { test } from "node:test";
import { moduleFile } from "./harness.ts";
import { kpiRun, plainReport } from "./kpi-run.ts";

const trap = (where: string, then = "", how = "null"): string[] => {
  const load = `insmod ${moduleFile("trap_where")} where=${where} how=${how}`;
  return ["--exec", load + then, "--for", "1"];
};
const CARD = ["--device", "rtl8139"];
const misbehave = (fault: string): string[] => [
  ...CARD,
  ...["--insmod", moduleFile("misbehave"), `fault=${fault}`, "--for", "1"],
];
const stale = (left: string, then = ""): string[] => [
  ...CARD,
  ...["--insmod", moduleFile("stale"), `left=${left}`, "--exec", `rmmod stale${then}`, "--for", "2"],
];
const BRING_UP = `; insmod ${moduleFile("mii")}; insmod ${moduleFile("8139cp")}; ip link set eth0 up; ping -c 1 peer`;

const NULL_CALL =
  "function signature mismatch (a call through NULL, or through a pointer to a function of another type)";
const OUTSIDE = "memory access out of bounds (a wild pointer, or one from ioremap without readl or writel)";

/** `out`: from what the module does first. */
const CASES: { what: string; args: string[]; out: string; err: string }[] = [
  {
    what: "a call through NULL in init",
    args: trap("init"),
    out: `BUG: wasm trap: ${NULL_CALL}
Oops: 0000 [#1]
CPU: 0 PID: 1 Comm: kpi_insmod Tainted: G      D    O       6.1.176-linuxkpi #1
Call Trace:
 go_wrong [trap_where]
 init_module [trap_where]
 …
---[ end trace 0000000000000000 ]---`,
    err: `kpi: insmod: ERROR: could not insert module trap_where.ko: its init trapped: ${NULL_CALL}`,
  },
  {
    what: "a call through NULL in probe",
    args: misbehave("null"),
    out: `misbehave 0000:00:03.0: enabling device (0000 -> 0003)
BUG: wasm trap: ${NULL_CALL}
Oops: 0000 [#1]
CPU: 0 PID: 1 Comm: kpi_insmod Tainted: G      D    O       6.1.176-linuxkpi #1
Call Trace:
 probe_wrong [misbehave]
 probe [misbehave]
 …
 init_module [misbehave]
 …
1 lock held by kpi_insmod/1, never to be released:
 #0: * (&dev->mutex){....}-{4:4}, at: init_module [misbehave]
---[ end trace 0000000000000000 ]---`,
    err: `kpi: insmod: ERROR: could not insert module misbehave.ko: its init trapped: ${NULL_CALL}`,
  },
  {
    what: "a call through NULL in an interrupt handler",
    args: misbehave("irq"),
    out: `misbehave 0000:00:03.0: enabling device (0000 -> 0003)
BUG: wasm trap: ${NULL_CALL}
Oops: 0000 [#1]
CPU: 0 PID: 1 Comm: kpi_insmod Tainted: G      D    O       6.1.176-linuxkpi #1
Call Trace:
 interrupt [misbehave]
 …
 probe [misbehave]
 …
 init_module [misbehave]
 …
1 lock held by kpi_insmod/1, never to be released:
 #0: * (&dev->mutex){....}-{4:4}, at: init_module [misbehave]
---[ end trace 0000000000000000 ]---
Kernel panic - not syncing: Fatal exception in interrupt
CPU: 0 PID: 1 Comm: kpi_insmod Tainted: G      D    O       6.1.176-linuxkpi #1
Call Trace:
 …
---[ end Kernel panic - not syncing: Fatal exception in interrupt ]---`,
    err: `kpi: kernel panic; its report is in the log`,
  },
  {
    what: "a call through NULL in a timer",
    args: trap("timer"),
    out: `BUG: wasm trap: ${NULL_CALL}
Oops: 0000 [#1]
CPU: 0 PID: 0 Comm: swapper/0 Tainted: G      D    O       6.1.176-linuxkpi #1
Call Trace:
 go_wrong [trap_where]
 timer_function [trap_where]
 …
---[ end trace 0000000000000000 ]---
Kernel panic - not syncing: Fatal exception in softirq
CPU: 0 PID: 0 Comm: swapper/0 Tainted: G      D    O       6.1.176-linuxkpi #1
Call Trace:
 …
---[ end Kernel panic - not syncing: Fatal exception in softirq ]---`,
    err: `kpi: kernel panic; its report is in the log`,
  },
  {
    what: "a call through NULL in a work item",
    args: trap("work"),
    out: `BUG: wasm trap: ${NULL_CALL}
Oops: 0000 [#1]
CPU: 0 PID: 2 Comm: kworker/0:0 Tainted: G      D    O       6.1.176-linuxkpi #1
Call Trace:
 go_wrong [trap_where]
 work_function [trap_where]
 …
---[ end trace 0000000000000000 ]---`,
    err: `kpi: 1 task was killed by an oops; the log has the report`,
  },
  {
    what: "a call through NULL in ndo_start_xmit",
    args: trap("xmit", "; ip link set eth0 up; ping -c 1 10.0.2.9"),
    out: `PING 10.0.2.9 (10.0.2.9) 56(84) bytes of data.
BUG: wasm trap: ${NULL_CALL}
Oops: 0000 [#1]
CPU: 0 PID: 0 Comm: swapper/0 Tainted: G      D    O       6.1.176-linuxkpi #1
Call Trace:
 go_wrong [trap_where]
 trap_xmit [trap_where]
 …
2 locks held by swapper/0/0, never to be released:
 #0: * (*){+.-.}-{3:3}
 #1: * (?)
---[ end trace 0000000000000000 ]---
Kernel panic - not syncing: Fatal exception in softirq
CPU: 0 PID: 0 Comm: swapper/0 Tainted: G      D    O       6.1.176-linuxkpi #1
Call Trace:
 …
---[ end Kernel panic - not syncing: Fatal exception in softirq ]---`,
    err: `kpi: kernel panic; its report is in the log`,
  },
  {
    what: "a read through a pointer from ioremap",
    args: misbehave("cookie-read"),
    out: `misbehave 0000:00:03.0: enabling device (0000 -> 0003)
BUG: wasm trap: ${OUTSIDE}
Oops: 0000 [#1]
CPU: 0 PID: 1 Comm: kpi_insmod Tainted: G      D    O       6.1.176-linuxkpi #1
Call Trace:
 probe_wrong [misbehave]
 probe [misbehave]
 …
 init_module [misbehave]
 …
1 lock held by kpi_insmod/1, never to be released:
 #0: * (&dev->mutex){....}-{4:4}, at: init_module [misbehave]
---[ end trace 0000000000000000 ]---`,
    err: `kpi: insmod: ERROR: could not insert module misbehave.ko: its init trapped: ${OUTSIDE}`,
  },
  {
    what: "a write through a pointer from ioremap",
    args: misbehave("cookie-write"),
    out: `misbehave 0000:00:03.0: enabling device (0000 -> 0003)
BUG: wasm trap: ${OUTSIDE}
Oops: 0000 [#1]
CPU: 0 PID: 1 Comm: kpi_insmod Tainted: G      D    O       6.1.176-linuxkpi #1
Call Trace:
 probe_wrong [misbehave]
 probe [misbehave]
 …
 init_module [misbehave]
 …
1 lock held by kpi_insmod/1, never to be released:
 #0: * (&dev->mutex){....}-{4:4}, at: init_module [misbehave]
---[ end trace 0000000000000000 ]---`,
    err: `kpi: insmod: ERROR: could not insert module misbehave.ko: its init trapped: ${OUTSIDE}`,
  },
  {
    what: "a write through NULL",
    args: misbehave("null-write"),
    out: `misbehave 0000:00:03.0: enabling device (0000 -> 0003)
BUG: kernel NULL pointer dereference, address: *
#PF: supervisor write access in kernel mode: *, found when probe [misbehave] returned
reboot: Power down`,
    err: `kpi: 1 bug was reported; the log has what`,
  },
  {
    what: "an object freed twice",
    args: misbehave("double-free"),
    out: `misbehave 0000:00:03.0: enabling device (0000 -> 0003)
BUG kmalloc-128: object at * is free already
Allocated in probe_wrong [misbehave] age=0 cpu=0 pid=1
Freed in probe_wrong [misbehave] age=0 cpu=0 pid=1
------------[ cut here ]------------
WARNING: CPU: 0 PID: 1 at probe_wrong [misbehave]
double free
CPU: 0 PID: 1 Comm: kpi_insmod Tainted: G        W  O       6.1.176-linuxkpi #1
Call Trace:
 …
 probe_wrong [misbehave]
 probe [misbehave]
 …
 init_module [misbehave]
 …
---[ end trace 0000000000000000 ]---
reboot: Power down`,
    err: `kpi: 1 bug was reported; the log has what`,
  },
  {
    what: "a warning",
    args: trap("init", "; rmmod trap_where", "warn"),
    out: `------------[ cut here ]------------
WARNING: CPU: 0 PID: 1 at trap_where.c:40
init is odd
CPU: 0 PID: 1 Comm: kpi_insmod Tainted: G        W  O       6.1.176-linuxkpi #1
Call Trace:
 …
 go_wrong [trap_where]
 init_module [trap_where]
 …
---[ end trace 0000000000000000 ]---
reboot: Power down`,
    err: `kpi: 1 bug was reported; the log has what`,
  },
  {
    what: "memory that a module leaves behind",
    args: ["--exec", `insmod ${moduleFile("leaky")} what=kmalloc; rmmod leaky`],
    out: `kmemleak: 4 objects, 20300 bytes, allocated by leaky and never freed:
kmemleak: unreferenced object (size 100): 3, 300 bytes, by take [leaky], age 0.000s
kmemleak: unreferenced object (size 20000): 1, 20000 bytes, by init_module [leaky], age 0.000s
reboot: Power down`,
    err: `kpi: 1 bug was reported; the log has what`,
  },
  {
    what: "more C stack than there is, into what other tasks own",
    args: misbehave("stack"),
    out: `misbehave 0000:00:03.0: enabling device (0000 -> 0003)
BUG: wasm trap: ${OUTSIDE}
Oops: 0000 [#1]
CPU: 0 PID: 1 Comm: kpi_insmod Tainted: G      D    O       6.1.176-linuxkpi #1
The C stack of kpi_insmod overflowed
Call Trace:
 …
 probe [misbehave]
 …
 init_module [misbehave]
 …
1 lock held by kpi_insmod/1, never to be released:
 #0: * (&dev->mutex){....}-{4:4}, at: init_module [misbehave]
---[ end trace 0000000000000000 ]---
Kernel panic - not syncing: Fatal exception: the stack's neighbour in memory is overwritten
CPU: 0 PID: 1 Comm: kpi_insmod Tainted: G      D    O       6.1.176-linuxkpi #1
Call Trace:
 …
---[ end Kernel panic - not syncing: Fatal exception: the stack's neighbour in memory is overwritten ]---`,
    err: `kpi: kernel panic; its report is in the log`,
  },
  {
    what: "more C stack than there is",
    args: ["--insmod", moduleFile("deep_init")],
    out: `Kernel panic - not syncing: corrupted stack end detected when a task ended
CPU: 0 PID: 1 Comm: kpi_insmod Tainted: G           O       6.1.176-linuxkpi #1
Call Trace:
 …
---[ end Kernel panic - not syncing: corrupted stack end detected when a task ended ]---`,
    err: `kpi: kernel panic; its report is in the log`,
  },
  {
    what: "endless recursion",
    args: trap("init", "", "recursion"),
    out: `BUG: wasm trap: Maximum call stack size exceeded (endless recursion?)
Oops: 0000 [#1]
CPU: 0 PID: 1 Comm: kpi_insmod Tainted: G      D    O       6.1.176-linuxkpi #1
Call Trace:
 for_ever [trap_where]
---[ end trace 0000000000000000 ]---`,
    err: `kpi: insmod: ERROR: could not insert module trap_where.ko: its init trapped: Maximum call stack size exceeded (endless recursion?)`,
  },
  {
    what: "a loop that passes no interrupt window",
    args: [...trap("init", "", "spin"), "--watchdog", "1"],
    out: ``,
    err: `watchdog: BUG: soft lockup - CPU#0 stuck for 1s without an interrupt window
Call Trace:
 go_wrong [trap_where]
 init_module [trap_where]
 …
Kernel panic - not syncing: softlockup: hung tasks`,
  },
  {
    what: "unloaded with a timer running",
    args: stale("timer"),
    out: `BUG: wasm trap: call of stale_callback in module stale, which was unloaded
Oops: 0000 [#1]
CPU: 0 PID: 0 Comm: swapper/0 Tainted: G      D    O       6.1.176-linuxkpi #1
Call Trace:
 unloaded [unloaded]
 …
---[ end trace 0000000000000000 ]---
Kernel panic - not syncing: Fatal exception in softirq
CPU: 0 PID: 0 Comm: swapper/0 Tainted: G      D    O       6.1.176-linuxkpi #1
Call Trace:
 …
---[ end Kernel panic - not syncing: Fatal exception in softirq ]---`,
    err: `kpi: kernel panic; its report is in the log`,
  },
  {
    what: "unloaded with an interrupt handler in place",
    args: stale("irq", BRING_UP),
    out: `kmemleak: 1 object, 64 bytes, allocated by stale and never freed:
kmemleak: unreferenced object (size 64): 1, 64 bytes, by init_module [stale], age 0.000s
8139cp: 8139cp: 10/100 PCI Ethernet driver v1.3 (Mar 22, 2004)
8139cp 0000:00:03.0: enabling device (0000 -> 0003)
8139cp 0000:00:03.0 eth0: RTL-8139C+ at *, 52:54:00:12:34:56, IRQ 19
8139cp 0000:00:03.0 eth0: link up, 100Mbps, full-duplex, lpa 0x45E1
PING 10.0.2.2 (10.0.2.2) 56(84) bytes of data.
BUG: wasm trap: call of stale_handler in module stale, which was unloaded
Oops: 0000 [#1]
CPU: 0 PID: 0 Comm: swapper/0 Tainted: G      D W  O       6.1.176-linuxkpi #1
Call Trace:
 unloaded [unloaded]
 …
 cp_start_xmit [8139cp]
 …
2 locks held by swapper/0/0, never to be released:
 #0: * (*){+.-.}-{3:3}
 #1: * (?)
---[ end trace 0000000000000000 ]---
Kernel panic - not syncing: Fatal exception in interrupt
CPU: 0 PID: 0 Comm: swapper/0 Tainted: G      D W  O       6.1.176-linuxkpi #1
Call Trace:
 …
---[ end Kernel panic - not syncing: Fatal exception in interrupt ]---`,
    err: `kpi: kernel panic; its report is in the log`,
  },
];

for (const { what, args, out, err } of CASES) {
  test(what, async () => {
    const outcome = await kpiRun(args);
    const [, report = ""] = outcome.out.split(/taints kernel\.\n/);
    assert.equal(plainReport(report).trimEnd(), out);
    assert.equal(plainReport(outcome.err).trimEnd(), err);
    assert.equal(outcome.code, 1);
  });
}
