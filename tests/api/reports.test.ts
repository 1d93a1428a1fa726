// Log lines gathered into reports.
import assert from "node:assert/strict";
import { test } from "node:test";
import { Board } from "../../host/index.ts";
import { ReportReader, type Report } from "../../host/api/reports.ts";
import { modules } from "./modules.ts";

/** The reports in some lines, each `LEVEL TEXT`, printed at one instant unless `@SECONDS` says otherwise. */
function read(lines: readonly string[]): [kind: string, title: string, lines: number][] {
  const found: Report[] = [];
  const reader = new ReportReader((report) => found.push(report));
  for (const line of lines) {
    const [, level, at, text] = /^(\d)(?:@(\S+))? (.*)$/.exec(line)!;
    reader.read({ level: Number(level), time: Number(at ?? 1), text: text! });
  }
  reader.flush();
  return found.map(({ kind, title, lines }) => [kind, title, lines.length]);
}

test("an oops and the panic that it becomes are two reports; news are none", () => {
  const lines = [
    "6 eth0: link up",
    "1 BUG: wasm trap: unreachable",
    "1 Oops: 0000 [#1]",
    "4 CPU: 0 PID: 0 Comm: swapper/0",
    "4 Call Trace:",
    "4  probe+0x1/0x2",
    "4 ---[ end trace 0000000000000000 ]---",
    "0 Kernel panic - not syncing: Fatal exception in interrupt",
    "4 Call Trace:",
    "4  panic+0x1",
    "0 ---[ end Kernel panic - not syncing: Fatal exception in interrupt ]---",
    "4 eth0: a warning of the driver's",
  ];
  assert.deepEqual(read(lines), [
    ["oops", "BUG: wasm trap: unreachable", 6],
    ["panic", "Kernel panic - not syncing: Fatal exception in interrupt", 4],
  ]);
});

test("a BUG() has its trap with it, a WARN() its text", () => {
  const cut = "------------[ cut here ]------------";
  const trace = ["4 Call Trace:", "4  x+0x1", "4 ---[ end trace 0000000000000000 ]---"];
  assert.deepEqual(read([`0 ${cut}`, "0 kernel BUG at a.c:7!", "1 BUG: wasm trap: unreachable", ...trace]), [
    ["oops", "kernel BUG at a.c:7!", 6],
  ]);
  assert.deepEqual(
    read([`4 ${cut}`, "4 WARNING: CPU: 0 PID: 1 at a.c:8", "4 what the driver said", ...trace, "3 eth0: x"]),
    [["warning", "WARNING: CPU: 0 PID: 1 at a.c:8", 6]],
  );
});

test("reports without an end: by the next, by news, by time", () => {
  const leak = [
    "3 kmemleak: 2 objects, 96 bytes, allocated by foo and never freed:",
    "3 kmemleak: unreferenced object (size 48)",
  ];
  assert.deepEqual(read([...leak, "3 BUG: scheduling while atomic: x/1/0x1", "4  frame", "6 news", "4 more"]), [
    ["leak", leak[0]!.slice(2), 2],
    ["bug", "BUG: scheduling while atomic: x/1/0x1", 2],
  ]);
  assert.deepEqual(read(["3@1 iommu: 0000:00:03.0 read", "3@2 eth0: reset"]), [
    ["iommu", "iommu: 0000:00:03.0 read", 1],
  ]);
});

test("what a driver says of itself is no report", () => {
  assert.deepEqual(read(["3 eth0: PCI Bus error 2290", "4 8139cp: tainted", "0 reboot: Power down"]), []);
});

test("the kernel's own words: a panic in a timer ends the board, and is the test's failure", async () => {
  const board = await Board.boot({ modules });
  await board.insmod("trap_where", { where: "timer", how: "bug" });
  await assert.rejects(board.sleep(1), { name: "KernelPanic" });
  assert.deepEqual(
    board.reports.map(({ kind }) => kind),
    ["oops", "panic"],
  );
  assert.match(board.reports[0]!.title, /^kernel BUG at .*trap_where\.c:\d+!$/);
  const end = (async () => board[Symbol.asyncDispose]())();
  await assert.rejects(end, { name: "ReportError", message: /oops: kernel BUG at .* \(and 1 more\)$/ });
});

test("a module that leaks: said when it goes, and the test's failure", async () => {
  const board = await Board.boot({ modules });
  await board.insmod("leaky", { what: "kmalloc" });
  assert.deepEqual(board.reports, []);
  const end = (async () => board[Symbol.asyncDispose]())();
  await assert.rejects(end, {
    name: "ReportError",
    message: /leak: kmemleak: \d+ objects?, \d+ bytes, allocated by leaky and never freed:$/,
  });
});
