// The board on networks: its address by DHCP, pings and datagrams from a host of this process and from Linux.

import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { begun, Namespace } from "../../tools/lab/namespace.ts";
import { unless } from "../../tools/lab/requirements.ts";
import { cachedImage } from "../../tools/image/cache.ts";
import { node26, repoRoot } from "../../tools/setup/paths.mjs";
import { SKIP as skip, TestBoard } from "../firmware/board.ts";
import { driver, e1000, options } from "./images.ts";
import { BOARD, Peer } from "./peer.ts";

const TRAFFIC_SECONDS = 20;

test("an address by DHCP; datagrams for a while, each comes back as it was", { skip }, async () => {
  const board = new TestBoard(await cachedImage(options([e1000(48), driver("lwip")])));
  const peer = await Peer.open([BOARD]);
  try {
    board.on(peer.card("e1000"));
    await board.says(/eth0: lwip: address 10\.0\.2\.15\/24, gateway 10\.0\.2\.2, by DHCP/);
    assert.deepEqual(peer.host.heard.slice(-2), ["DISCOVER", "REQUEST"]);
    assert.equal(await peer.ping(10), 10);
    const { sent, echoed, bytes } = await peer.traffic(TRAFFIC_SECONDS);
    assert.equal(echoed, sent);
    assert.ok(bytes > 1 << 20, `${bytes} bytes in ${TRAFFIC_SECONDS} s`);
    assert.doesNotMatch(board.text, /BUG|Oops|trap/);
  } finally {
    peer.close();
    await board.remove();
  }
});

const udhcpd = (folder: string): string => `start 10.9.0.50
end 10.9.0.50
interface wire0
lease_file ${folder}/leases
pidfile ${folder}/pid
option subnet 255.255.255.0
option router 10.9.0.1
`;

/** Prints what the echo service sends back. */
const ECHO = `
  const socket = require("node:dgram").createSocket("udp4");
  socket.on("message", (data) => (console.log(String(data)), socket.close()));
  socket.send("over the wire", 7, "10.9.0.50");`;

test(
  "kpi run --board riscv-virt on a TAP: Linux's DHCP server, 1000 of its pings, large ones, UDP echo, the cable out and in",
  { skip: skip || unless("tap", "busybox", "ping") },
  async () => {
    const outside = await Namespace.make();
    const folder = mkdtempSync(join(tmpdir(), "kpi-udhcpd-"));
    const modules = [e1000(48), driver("lwip")].flatMap(({ file, args }) => [
      "--insmod",
      file,
      ...args.split(" ").filter(Boolean),
    ]);
    const link = ["--link", `tap:wire0,netns=${outside.name}`];
    const main = join(repoRoot, "host/cli/main.ts");
    const board = begun(node26, ["--import", "tsx", main, "run", "--board", "riscv-virt", ...modules, ...link], {
      cwd: repoRoot,
    });
    try {
      await board.said(/kpi: ready/);
      await outside.configure("wire0", "10.9.0.1/24");
      writeFileSync(join(folder, "leases"), "");
      writeFileSync(join(folder, "udhcpd.conf"), udhcpd(folder));
      const server = outside.start("busybox", ["udhcpd", "-f", join(folder, "udhcpd.conf")]);
      const ended = server.ended.then(({ err }) => assert.fail(`udhcpd has ended: ${err}`));
      await Promise.race([board.said(/lwip: address 10\.9\.0\.50\/24, gateway 10\.9\.0\.1, by DHCP/), ended]);
      ended.catch(() => {});
      server.child.kill();
      const ping = (...args: string[]): Promise<string> =>
        outside.output("ping", ["-q", "-W", "30", ...args, "10.9.0.50"]);
      assert.match(await ping("-c", "1000", "-i", "0.002"), / 1000 received, 0% packet loss/);
      assert.match(await ping("-c", "5", "-i", "0.2", "-s", "8000"), / 5 received, 0% packet loss/);
      assert.equal(await outside.output(node26, ["-e", ECHO]), "over the wire\n");
      await outside.ip("link", "set", "wire0", "down");
      await board.said(/NIC Link is Down/);
      await outside.ip("link", "set", "wire0", "up");
      await board.said(/NIC Link is Up[^]*NIC Link is Up/);
      assert.match(await ping("-c", "10", "-i", "0.2"), / 10 received, 0% packet loss/);
      board.child.kill("SIGINT");
      assert.equal((await board.ended).code, 0);
      assert.doesNotMatch(board.out, /BUG|Oops|trap/);
    } finally {
      board.child.kill("SIGKILL");
      outside.close();
      rmSync(folder, { recursive: true });
    }
  },
);
