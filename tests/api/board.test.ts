// The package's programming interface, as a driver's test uses it.
import assert from "node:assert/strict";
import { test } from "node:test";
import { Board, KpiError, ReportError, type LogLine, type Report } from "../../host/index.ts";
import { modules } from "./modules.ts";

/** A driver on a board, its interface up. */
async function running(options = {}): Promise<Board> {
  const board = await Board.boot({ devices: ["rtl8139"], modules, ...options });
  await board.modprobe("8139cp");
  await board.netdev("eth0").up();
  return board;
}

/** A frame from one address to another; `type` is the EtherType. */
function ethernet(to: string, from: string, type: number, size = 60): Uint8Array {
  const frame = new Uint8Array(size);
  frame.set([...to.split(":"), ...from.split(":")].map((byte) => parseInt(byte, 16)));
  frame.set([type >> 8, type & 255], 12);
  return frame;
}

const isType = (type: number) => (frame: Uint8Array) => frame[12] === type >> 8 && frame[13] === (type & 255);

test("a driver is loaded, brings its interface up, pings, and the board shuts down", async () => {
  await using board = await running();
  const loaded = board.modules.map(({ name, usedBy, state }) => [name, usedBy, state]);
  assert.deepEqual(loaded, [
    ["8139cp", [], "Live"],
    ["mii", ["8139cp"], "Live"],
  ]);
  assert.deepEqual(await board.netdevs(), ["eth0"]);
  const eth0 = board.netdev("eth0");
  const { received, ok } = await eth0.ping("peer");
  assert.deepEqual({ received, ok }, { received: 5, ok: true });
  assert.equal((await board.peer.ping("10.0.2.15", { count: 2 })).received, 2);
  const { mac, mtu, up, carrier, driver, bus, addresses } = await eth0.info();
  const expected = ["52:54:00:12:34:56", 1500, true, true, "8139cp", "0000:00:03.0"];
  assert.deepEqual([mac, mtu, up, carrier, driver, bus], expected);
  assert.deepEqual(addresses, ["10.0.2.15/24"]);
  assert.equal((await eth0.stats()).tx_packets, 8, "7 of ICMP, 1 of ARP");
  assert.ok(board.log.some(({ text, level }) => level === 6 && /eth0: link up/.test(text)));
  assert.match(board.dmesg(), /8139cp: 10\/100 PCI Ethernet driver/);
  assert.match(await board.read("/proc/interrupts"), /eth0/);
  assert.equal(await board.read("/sys/class/net/eth0/mtu"), "1500\n");
  await assert.rejects(board.read("/proc/nothing"), { code: "ENOENT" });
  assert.deepEqual(
    board.pci.map(({ slot, driver }) => `${slot} ${driver ?? ""}`),
    ["0000:00:00.0 ", "0000:00:03.0 8139cp"],
  );
  assert.match((await board.exec("lspci -k")).join("\n"), /Kernel driver in use: 8139cp/);
});

test("frames from the other end of the wire reach the driver's netdev, and the other way round", async () => {
  await using board = await running();
  const eth0 = board.netdev("eth0");
  const { mac } = await eth0.info();
  const seen: string[] = [];
  board.on("frame", ({ netdev, direction, frame }) => seen.push(`${netdev} ${direction} ${frame.length}`));
  const sent = ethernet(mac, board.peer.mac, 0x88b5, 100);
  board.peer.send(sent);
  assert.deepEqual(await eth0.receive({ match: isType(0x88b5) }), sent);
  const back = ethernet(board.peer.mac, mac, 0x88b6, 1514);
  await eth0.send(back);
  assert.deepEqual(await board.peer.receive({ match: isType(0x88b6) }), back);
  assert.deepEqual(seen, ["eth0 rx 100", "eth0 tx 1514"]);
  await assert.rejects(eth0.send(new Uint8Array(1519)), { code: "EMSGSIZE", message: /14 to 1518 bytes/ });
  await assert.rejects(eth0.send(new Uint8Array(13)), { code: "EMSGSIZE" });
  await eth0.down();
  await assert.rejects(eth0.send(back), { code: "ENETDOWN", message: /eth0 cannot send: it is down/ });
  await eth0.up();
  // For somebody else: the card's filter drops it.
  board.peer.send(ethernet("02:00:00:00:00:01", board.peer.mac, 0x88b5));
  await assert.rejects(eth0.receive({ match: isType(0x88b5), timeout: 0.1 }), { code: "ETIMEDOUT" });
  await eth0.setPromisc(true);
  board.peer.send(ethernet("02:00:00:00:00:01", board.peer.mac, 0x88b5));
  assert.equal((await eth0.receive({ match: isType(0x88b5) })).length, 60);
});

test("ethtool, as data", async () => {
  await using board = await running();
  const { ethtool } = board.netdev("eth0");
  await board.netdev("eth0").ping();
  const { driver, bus_info } = await ethtool.driver();
  assert.deepEqual({ driver, bus_info }, { driver: "8139cp", bus_info: "0000:00:03.0" });
  const { link } = await ethtool.settings();
  assert.deepEqual([link?.speed, link?.duplex, link?.autoneg], [100, "Full", true]);
  assert.equal((await ethtool.stats())["tx_ok"], 6);
  assert.deepEqual((await ethtool.registers()).data.slice(0, 6), [0x52, 0x54, 0x00, 0x12, 0x34, 0x56]);
  assert.equal((await ethtool.eeprom(0, 2)).length, 2);
  assert.equal((await ethtool.ring())["rx"], 64);
  assert.deepEqual(await ethtool.setFeatures({ "rx-checksum": false }), []);
  assert.equal((await ethtool.features()).find(({ name }) => name === "rx-checksum")?.active, false);
  await assert.rejects(ethtool.selfTest(), { code: "EOPNOTSUPP" });
});

test("a peer that does not answer", async () => {
  await using board = await running();
  board.peer.answers = false;
  const { ok, received } = await board.netdev("eth0").ping("peer", { count: 1 });
  assert.deepEqual({ ok, received }, { ok: false, received: 0 });
  assert.ok(board.peer.frames.every(isType(0x0806)) && board.peer.frames.length > 0);
  board.peer.clear();
  assert.equal(board.peer.frames.length, 0);
});

test("settings of an interface, and what the driver refuses", async () => {
  await using board = await running();
  const eth0 = board.netdev("eth0");
  await eth0.down();
  await eth0.setMac("52:54:00:ab:cd:ef");
  await eth0.setMtu(1400);
  await eth0.up();
  const { mac, mtu } = await eth0.info();
  assert.deepEqual({ mac, mtu }, { mac: "52:54:00:ab:cd:ef", mtu: 1400 });
  await assert.rejects(eth0.setMtu(99999), { name: "KpiError", code: "EINVAL" });
  await assert.rejects(board.netdev("eth7").up(), { code: "ENODEV", message: 'Cannot find device "eth7"' });
  await eth0.down();
  assert.equal((await eth0.info()).up, false);
});

test("the cable is pulled: the driver loses its link, and gets it back", async () => {
  await using board = await running();
  const eth0 = board.netdev("eth0");
  await eth0.waitForLink();
  const links: string[] = [];
  board.on("link", ({ netdev, up }) => links.push(`${netdev} ${up ? "up" : "down"}`));
  await board.peer.flap(5);
  await eth0.waitForLink();
  await board.until(() => links.length === 2);
  assert.deepEqual(links, ["eth0 down", "eth0 up"]);
  board.peer.unplug();
  assert.throws(() => board.peer.send(new Uint8Array(60)), { code: "ENETDOWN", message: /unplugged/ });
  await assert.rejects(eth0.waitForLink(true, 0), { code: "ETIMEDOUT" });
});

test("a lost interrupt: the driver hears no more of its card until it is reset", async () => {
  await using board = await running();
  const eth0 = board.netdev("eth0");
  const interrupts = (): number => board.interrupts.find(({ actions }) => actions.includes("eth0"))!.counts[0]!;
  assert.ok((await eth0.ping()).ok);
  const before = interrupts();
  board.fault("lost-interrupt");
  assert.equal((await eth0.ping("peer", { count: 1 })).received, 0);
  assert.equal(interrupts(), before);
  await eth0.down();
  await eth0.up();
  assert.ok((await eth0.ping()).ok);
  assert.ok(interrupts() > before);
});

test("module parameters, modules by name and file, unloading", async () => {
  await using board = await Board.boot({ modules });
  const events: string[] = [];
  board.on("module", ({ name, loaded }) => events.push(`${loaded ? "+" : "-"}${name}`));
  await board.insmod("params", { number: -3, flag: true, text: "two words", list: [1, 2, 3] });
  assert.ok(board.log.some(({ text }) => text === "params: number=-3 flag=1 text=two words list=3:1,2"));
  assert.equal(await board.read("/sys/module/params/parameters/number"), "-3\n");
  await assert.rejects(board.insmod("params"), { code: "EEXIST" });
  await board.insmod(`${modules}/mii.ko`);
  await board.rmmod("mii");
  assert.deepEqual(events.slice(-2), ["+mii", "-mii"]);
  await assert.rejects(board.rmmod("mii"), { code: "ENOENT" });
  await assert.rejects(board.modprobe("no_such"), { code: "ENOENT", message: /kpi build/ });
  await assert.rejects(board.insmod("fail_init"), { name: "KpiError", code: "ENODEV" });
  await assert.rejects(board.insmod("8139cp"), { code: "ENOENT", message: /Unknown symbol in module: .*mii_/ });
});

test("an oops is a report, and an error at the end of a test that did not expect it", async () => {
  const board = await Board.boot({ modules });
  const reported: Report[] = [];
  board.on("report", (report) => reported.push(report));
  await assert.rejects(board.insmod("trap_init"), { code: "EFAULT" });
  const [oops] = board.reports;
  assert.equal(oops.kind, "oops");
  assert.match(oops.title, /wasm trap/);
  assert.ok(oops.lines.some((line) => line.startsWith("Call Trace:")));
  assert.match(oops.lines.at(-1)!, /end trace/);
  assert.deepEqual(reported, board.reports);
  await assert.rejects(
    async () => board[Symbol.asyncDispose](),
    (error: ReportError) => {
      assert.equal(error.reports.length, 1);
      assert.match(error.message, /Call Trace:[^]*\noops: BUG: wasm trap/);
      return error instanceof KpiError;
    },
  );
});

test("a report that a test has taken does not fail it", async () => {
  await using board = await Board.boot({ modules, loglevel: 1 });
  await assert.rejects(board.insmod("trap_init"));
  assert.equal(board.takeReports().length, 1);
  assert.deepEqual(board.reports, []);
  assert.deepEqual(board.log, [], "the log level hides the lines, not the report");
});

test("a run repeats exactly; another seed is another run", async () => {
  const run = async (seed: number): Promise<LogLine[]> => {
    await using board = await running({ seed });
    await board.netdev("eth0").ping("peer");
    return [...board.log];
  };
  const [first, second] = [await run(1), await run(1)];
  assert.deepEqual(first, second);
  assert.notDeepEqual(await run(2), first, "the key that hashes printed pointers is random");
});

test("time passes for who waits", async () => {
  await using board = await Board.boot({ modules });
  const before = board.now;
  await board.sleep(3600);
  assert.ok(board.now - before >= 3600 && board.now - before < 3601);
  await assert.rejects(
    board.until(() => false, 0.01),
    { code: "ETIMEDOUT" },
  );
});

test("boards that cannot be", async () => {
  await assert.rejects(Board.boot({ devices: ["rtl8140"] }), {
    name: "KpiError",
    exitCode: 2,
    message: /known: .*rtl8139/,
  });
  await assert.rejects(Board.boot({ devices: [{ model: "rtl8139", revision: 999 }] }), /revision=999/);
  await using board = await Board.boot({ devices: [{ model: "rtl8139", netdev: "none", revision: 0x10 }], modules });
  assert.throws(() => board.peer, { code: "ENODEV" });
  assert.match((await board.exec("lspci -n")).join("\n"), /10ec:8139 \(rev 10\)/);
});
