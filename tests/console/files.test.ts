// cat, ls, echo: /proc and /sys.

import assert from "node:assert/strict";
import { test } from "node:test";
import { interrupts } from "../../host/inspect/interrupts.ts";
import { boot, untimed } from "../run/harness.ts";

test("/proc: what there is, and the texts of Linux", async () => {
  const { run, system } = await boot();
  await run("modprobe 8139cp; ip link set eth0 up; ping -c 1 peer");
  assert.deepEqual(await run("ls /proc"), [
    "allocinfo",
    "buddyinfo",
    "bus",
    "devices",
    "interrupts",
    "iomem",
    "ioports",
    "kallsyms",
    "meminfo",
    "misc",
    "modules",
    "net",
    "slabinfo",
    "softirqs",
    "sysrq-trigger",
    "timer_list",
    "uptime",
    "version",
    "vmallocinfo",
  ]);
  assert.deepEqual(await run("ls /proc/net"), ["dev", "dev_mcast", "softnet_stat"]);
  for (const line of await run("ls /proc")) {
    if (!["bus", "misc", "net", "sysrq-trigger"].includes(line))
      assert.notDeepEqual(await run(`cat /proc/${line}`), [], line);
  }
  assert.deepEqual(await run("cat /proc/version"), ["Linux version 6.1.176-linuxkpi (KPI core on wasm32) #1"]);
  assert.match((await run("cat /proc/uptime"))[0]!, /^0\.04 0\.0\d$/);
  const timers = await run("cat /proc/timer_list");
  assert.ok(timers.some((line) => /^ #\d+: <[0-9a-f]+>, dev_watchdog, expires at \d+ \[in \d+ jiffies\]$/.test(line)));
  const symbols = await run("cat /proc/kallsyms");
  assert.ok(symbols.some((line) => /^[0-9a-f]{8} T kfree$/.test(line)));
  assert.ok(symbols.some((line) => /^[0-9a-f]{8} D jiffies$/.test(line)));
  // What pointers lead to has an address: that of an interrupt handler.
  assert.ok(symbols.some((line) => /^0000[1-9a-f][0-9a-f]{3} t cp_interrupt\t\[8139cp\]$/.test(line)));
  const eth0 = interrupts(system).find(({ actions }) => actions.includes("eth0"));
  assert.deepEqual([eth0!.irq, eth0!.chip, eth0!.type, eth0!.counts.length], [19, "PCI-INTx", "19-level", 1]);
  await system.shutdown();
});

test("/sys/class/net and /sys/module: read, written, and gone with the driver", async () => {
  const { run, system } = await boot();
  await run("modprobe 8139cp");
  assert.deepEqual(await run("ls -l /sys/class/net"), ["l eth0 -> /sys/devices/pci0000:00/0000:00:03.0/net/eth0"]);
  const eth0 = "/sys/class/net/eth0";
  const read = (...names: string[]): Promise<string[]> =>
    run(`cat ${names.map((name) => `${eth0}/${name}`).join(" ")}`);
  const still = await read("address", "flags", "type", "operstate", "tx_queue_len");
  assert.deepEqual(still, ["52:54:00:12:34:56", "0x1002", "1", "down", "1000"]);
  await assert.rejects(run(`cat ${eth0}/speed`), { message: `cat: ${eth0}/speed: Invalid argument` });
  await run(`echo 1400 > ${eth0}/mtu`);
  assert.match((await run("ip link"))[0]!, / mtu 1400 /);
  await run(`echo 0x1003 > ${eth0}/flags; ping -c 1 peer`);
  const running = await read("operstate", "carrier", "speed", "duplex", "statistics/rx_packets");
  assert.deepEqual(running, ["up", "1", "100", "full", "2"]);
  await assert.rejects(run(`echo 99999 > ${eth0}/mtu`), { code: "EINVAL" });
  await assert.rejects(run(`echo 1 > ${eth0}/ifindex`), { code: "EACCES" });
  assert.deepEqual(await run("ls /sys/module; cat /sys/module/mii/refcnt /sys/module/mii/initstate"), [
    "8139cp",
    "mii",
    "1",
    "live",
  ]);
  await run("rmmod 8139cp");
  assert.deepEqual(await run("ls /sys/class/net; ls /sys/module"), ["mii"]);
  await system.shutdown();
});

test("parameters of a module, of every type", async () => {
  const { run, system } = await boot();
  await run("modprobe param_types p_int=-5 p_charp=abc p_ints=1,2,3");
  const folder = "/sys/module/param_types/parameters";
  assert.deepEqual(await run(`cat ${folder}/p_int ${folder}/p_charp ${folder}/p_ints ${folder}/p_bool`), [
    "-5",
    "abc",
    "1,2,3",
    "N",
  ]);
  await run(`echo 77 > ${folder}/p_int; echo y > ${folder}/p_bool; echo 9,8 > ${folder}/p_ints`);
  assert.deepEqual(await run(`cat ${folder}/p_int ${folder}/p_bool ${folder}/p_ints`), ["77", "Y", "9,8"]);
  await assert.rejects(run(`echo frob > ${folder}/p_int`), {
    message: `echo: write error: ${folder}/p_int: Invalid argument`,
  });
  await run("rmmod param_types");
  await assert.rejects(run(`ls ${folder}`), { code: "ENOENT" });
  await system.shutdown();
});

test("a driver is unbound from a device, and bound again", async () => {
  const { run, system } = await boot();
  await run("modprobe 8139cp");
  const driver = "/sys/bus/pci/drivers/8139cp";
  assert.ok((await run(`ls -l ${driver}`)).includes("l 0000:00:03.0 -> /sys/devices/pci0000:00/0000:00:03.0"));
  await run(`echo 0000:00:03.0 > ${driver}/unbind`);
  assert.deepEqual(await run("ip link"), []);
  assert.ok(!(await run("lspci -k")).some((line) => line.includes("driver in use")));
  const bound = (await run(`echo -n 0000:00:03.0 > ${driver}/bind`)).map(untimed);
  assert.match(bound.at(-1)!, /^8139cp 0000:00:03\.0 eth0: RTL-8139C\+ at /);
  assert.deepEqual(
    (await run("cat /sys/bus/pci/devices/0000:00:03.0/config"))[0]!.slice(0, 24),
    "00000000  ec 10 39 81 17",
  );
  await system.shutdown();
});

test("paths that are not, are something else, or may not be written", async () => {
  const { run, system } = await boot();
  const cases: [string, string][] = [
    ["cat /nope", "cat: /nope: No such file or directory"],
    ["cat /proc", "cat: /proc: Is a directory"],
    ["cat /proc/net", "cat: /proc/net: Is a directory"],
    ["cat /proc/constructor", "cat: /proc/constructor: No such file or directory"],
    ["cat /sys/bus/../../proc/nope", "cat: /sys/bus/../../proc/nope: No such file or directory"],
    ["cat /sys/bus/pci", "cat: /sys/bus/pci: Is a directory"],
    ["cat /proc/sysrq-trigger", "cat: /proc/sysrq-trigger: Input/output error"],
    ["ls /proc/version", "ls: /proc/version: Not a directory"],
    ["ls /sys/nope", "ls: /sys/nope: No such file or directory"],
    ["echo x > /proc/version", "echo: write error: /proc/version: Permission denied"],
    ["echo x > /sys", "echo: write error: /sys: Is a directory"],
    ["echo x > /nope", "echo: write error: /nope: No such file or directory"],
  ];
  for (const [line, message] of cases) await assert.rejects(run(line), { exitCode: 1, message }, line);
  await assert.rejects(run("echo a > b > c"), { exitCode: 2 });
  assert.deepEqual(await run(`echo  hello   'a  b'`), ["hello a  b"]);
  assert.deepEqual(await run("cat /sys/../proc/version"), await run("cat /proc/version"));
  await system.shutdown();
});
