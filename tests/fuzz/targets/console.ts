// What is typed at the console: known words in any order, other words, quotes, numbers, control characters. A command
// prints, or fails in one line; the board goes on.

import { KpiError } from "../../../host/error.ts";
import { checkError } from "../invariants.ts";
import { LiveBoard } from "../live-board.ts";
import { NAMES, type Random } from "../random.ts";
import type { Target } from "../target.ts";

/** Words that commands know, and values that they may or may not take. */
const WORDS = [
  "ip",
  "link",
  "addr",
  "neigh",
  "maddr",
  "set",
  "show",
  "add",
  "del",
  "dev",
  "eth0",
  "up",
  "down",
  "mtu",
  "promisc",
  "allmulticast",
  "address",
  "on",
  "off",
  "-s",
  "-c",
  "-i",
  "-k",
  "-n",
  "-nn",
  "-r",
  "-v",
  "-x",
  "-w",
  "-l",
  "-d",
  "-t",
  "lspci",
  "lsmod",
  "dmesg",
  "cat",
  "help",
  "ps",
  "sysrq",
  "ethtool",
  "modinfo",
  "insmod",
  "modprobe",
  "rmmod",
  "8139cp",
  "mii",
  "params",
  "param_types",
  "number=3",
  "flag=y",
  "list=1,2",
  'text="a b"',
  "p_int=0x10",
  "/proc/modules",
  "/proc/interrupts",
  "/proc/slabinfo",
  "/proc/meminfo",
  "/proc/iomem",
  "/proc/net/dev",
  "/proc/nix",
  "/proc/",
  "/sys/",
  "/sys/module/params/parameters/number",
  "/sys/bus/pci/devices",
  "/sys/class/net/eth0/mtu",
  "/dev/null",
  "/",
  "peer",
  "10.0.2.2",
  "10.0.2.15/24",
  "10.0.2.99/33",
  "1.2.3",
  "255.255.255.255",
  "52:54:00:12:34:57",
  "01:00:5e:00:00:01",
  "ff:ff",
];
/** What begins a line that gets somewhere. `ping` has its limits with it: its time is the board's, but not for free. */
const BEGINNINGS = [
  "ip link set eth0",
  "ip link set",
  "ip addr add",
  "ip addr del",
  "ip maddr add",
  "ip -s link show",
  "ip neigh",
  "lspci",
  "cat",
  "cat",
  "modprobe",
  "modprobe -r",
  "rmmod",
  "insmod",
  "ping -c 1",
  "ping -c 2 -i 0 -s",
  "dmesg",
  "ethtool",
  "ps",
  "modinfo",
  "lsmod",
  "help",
];
const NUMBERS = [
  "0",
  "1",
  "-1",
  "64",
  "1500",
  "65507",
  "65508",
  "1e9",
  "1e400",
  "0x10",
  "NaN",
  "Infinity",
  "4294967296",
  "1.5",
];

function word(random: Random): string {
  switch (random.below(12)) {
    case 0:
      return random.pick(NUMBERS);
    case 1:
      return random.pick(NAMES).slice(0, 2000);
    case 2:
      return random.text("ab-=/.,:\"';\\ \t\n\u0000\u001bé%", 12);
    default:
      return random.pick(WORDS);
  }
}

function line(random: Random): string {
  const words = random.list(0, random.once(3) ? 4 : 1, () => word(random));
  if (!random.once(8)) words.unshift(random.pick(BEGINNINGS));
  return words.join(" ");
}

/** What would end the board, or take its time: those have tests of their own. */
const LEFT_OUT = /poweroff|reboot|-[wc]\s+(?![12]\b)|sysrq\s+[bc]|-i\s+[1-9I]/;

export const consoles: Target<string> = {
  name: "console",
  about: "lines typed at the console of a board with a driver",
  cases: 10_000,
  expects: { done: 0.05, failed: 0.1, usage: 0.05 },
  async open() {
    const own = await LiveBoard.boot(["rtl8139", "rtl8139"]);
    await own.run("modprobe 8139cp; ip link set eth0 up; ping -c 1 peer");
    return {
      remembers: true,
      make: (random) => random.list(1, 2, () => line(random)).filter((text) => !LEFT_OUT.test(text)),
      async run(lines) {
        try {
          for (const text of lines) await own.run(text);
          return "done";
        } catch (error) {
          checkError(error);
          return (error as KpiError).exitCode === 2 ? "usage" : "failed";
        }
      },
      async check() {
        await own.run("rmmod 8139cp").catch(checkError);
        await own.run("modprobe 8139cp");
        const { interfaces } = own.system;
        await interfaces.refresh();
        const [first] = interfaces.all();
        for (const { address, length } of first!.stack.addresses.slice()) {
          first!.stack.removeAddress(`${[24, 16, 8, 0].map((shift) => (address >>> shift) & 255).join(".")}/${length}`);
        }
        await own.run("ip addr add 10.0.2.15/24 dev eth0; ip link set eth0 up");
        await own.ping();
      },
      close: () => own.close(),
    };
  },
};
