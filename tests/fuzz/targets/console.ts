// What is typed at the console: known words in any order, other words, quotes, numbers, control characters. A command
// prints, or fails in one line; the board goes on.

import { posix } from "node:path";
import { KpiError } from "../../../host/error.ts";
import { listFolder } from "../../../host/inspect/files.ts";
import { formatIp } from "../../../host/net/address.ts";
import type { System } from "../../../host/system.ts";
import { checkError } from "../invariants.ts";
import { LiveBoard } from "../live-board.ts";
import { NAMES, type Random } from "../../random.ts";
import type { Target } from "../target.ts";

/** Words that commands know, and values that they may or may not take; files of /proc and /sys are found. */
const WORDS =
  `ip link addr neigh maddr route set show add del flush dev eth0 eth1 lo up down mtu promisc allmulticast address
  on off -s -d -br -o -j -c -i -k -n -nn -r -v -vv -x -xxx -D -l -t -T -F -q -I -W -G -K -A -C -g -S -e -P -m -p -L online rx
  tx speed 100 duplex full autoneg wol g msglvl > lspci lsmod dmesg cat ls echo help ps sysrq ethtool modinfo insmod modprobe
  rmmod history clear timeout 8139cp mii params param_types number=3 flag=y list=1,2 p_int=0x10 debug=-1 /proc/nix /proc/ /sys/
  /dev/null / peer 10.0.2.2 10.0.2.15/24 10.0.2.99/33 1.2.3 255.255.255.255 52:54:00:12:34:57 01:00:5e:00:00:01 ff:ff
  default via 03.0 00:03.0 10ec: :8139 err,warn nix`.split(/\s+/);
/** What begins a line that gets somewhere. `ping` has its limits with it: its time is the board's, but not for free. */
const BEGINNINGS = [
  "ip link set eth0",
  "ip link set eth1",
  "ip addr add",
  "ip addr del",
  "ip maddr add",
  "ip -s link show",
  "ip neigh",
  "ip route",
  "lspci",
  "cat",
  "cat",
  "ls",
  "ls -l",
  "echo 1 >",
  "echo -n 65536 >",
  "echo nix >",
  "echo",
  "modprobe",
  "modprobe -r",
  "rmmod",
  "insmod",
  "ping -c 1",
  "ping -c 2 -i 0 -s",
  "dmesg",
  "dmesg -l",
  "ethtool",
  "ethtool -s eth0",
  "ethtool -d eth0",
  "ethtool -e eth0",
  "ethtool -K eth0",
  "ethtool -G eth0 rx",
  "ps",
  "sysrq t",
  "modinfo",
  "lsmod",
  "help",
  "timeout 1",
  "sleep 0.1",
];
const NUMBERS = "0 1 -1 64 1500 65507 65508 1e9 1e400 0x10 NaN Infinity 4294967296 1.5".split(" ");

function word(random: Random, paths: readonly string[]): string {
  switch (random.below(16)) {
    case 0:
      return random.pick(NUMBERS);
    case 1:
      return random.pick(NAMES).slice(0, 2000);
    case 2:
      return random.text("ab-=/.,:\"';\\ \t\n\u0000\u001bé%", 12);
    case 3:
    case 4:
    case 5:
      return random.pick(paths);
    default:
      return random.pick(WORDS);
  }
}

function line(random: Random, paths: readonly string[]): string {
  const words = random.list(0, random.once(3) ? 3 : random.below(2), () => word(random, paths));
  if (random.once(8)) return words.join(" ");
  const beginning = random.pick(BEGINNINGS);
  if (/>$|^cat|^ls/.test(beginning) && !random.once(4)) words.unshift(random.pick(paths));
  return [beginning, ...words].join(" ");
}

/** Every file and folder of /proc and /sys, links not followed. */
async function pathsBelow(system: System, folder: string): Promise<string[]> {
  const entries = await listFolder(system, folder);
  const below = await Promise.all(
    entries.map(({ name, kind }) => (kind === "folder" ? pathsBelow(system, posix.join(folder, name)) : [])),
  );
  return [...entries.map(({ name }) => posix.join(folder, name)), ...below.flat()];
}

/** What would end the board, or take its time: those have tests of their own. */
const LEFT_OUT =
  /poweroff|reboot|dmesg.*(-\w*[wW]|--follow)|-[wc]\s+(?![12]\b)|sysrq\s+[bc]|-i\s+[1-9I]|(sleep|timeout)\s+\d{2}|-p\s/;

/** What may take the card away from its driver for good, or from the board: it is the user's to do. */
const LOSES_CARD = />\s*\S*\/(remove|config|driver_override)/;

async function bootBoard(): Promise<LiveBoard> {
  const own = await LiveBoard.boot(["rtl8139", "rtl8139"]);
  await own.run("modprobe 8139cp; ip link set eth0 up; ping -c 1 peer");
  return own;
}

export const consoles: Target<string> = {
  name: "console",
  about: "lines typed at the console of a board with a driver",
  cases: 5000,
  expects: { done: 0.05, failed: 0.1, usage: 0.05 },
  async open() {
    let own = await bootBoard();
    let lost = false;
    const paths = [...(await pathsBelow(own.system, "/proc")), ...(await pathsBelow(own.system, "/sys"))];
    return {
      remembers: true,
      make: (random) => random.list(1, 2, () => line(random, paths)).filter((text) => !LEFT_OUT.test(text)),
      async run(lines) {
        try {
          for (const text of lines) {
            lost ||= LOSES_CARD.test(text);
            await own.run(text);
          }
          return "done";
        } catch (error) {
          checkError(error);
          return (error as KpiError).exitCode === 2 ? "usage" : "failed";
        }
      },
      async check() {
        own.checkLog();
        if (lost) {
          await own.system.shutdown();
          own = await bootBoard();
          lost = false;
          return;
        }
        await own.run("rmmod 8139cp").catch(checkError);
        await own.run("modprobe 8139cp");
        const { interfaces } = own.system;
        await interfaces.refresh();
        const { stack } = interfaces.named();
        for (const { address, length } of stack.addresses.slice())
          stack.removeAddress(`${formatIp(address)}/${length}`);
        await own.run("ip addr add 10.0.2.15/24 dev eth0; ip link set eth0 up");
        await own.ping();
      },
      close: () => own.close(),
    };
  },
};
