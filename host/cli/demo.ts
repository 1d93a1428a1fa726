// What npm start shows: Linux's 8139cp, unmodified, on the desktop board, from power-on to power-off.

import { createBoard, parseDeviceSpec } from "../../boards/index.ts";
import { Console } from "../console/console.ts";
import { buildAndShow } from "./build.ts";
import { builtModules } from "../built-modules.ts";
import { complain } from "./report.ts";
import { powerOn } from "./session.ts";

const SOURCES = ["drivers/net/mii.c", "drivers/net/ethernet/realtek/8139cp.c"];

const SCRIPT = [
  "modprobe 8139cp",
  "lspci -k",
  "ip link set eth0 up",
  "ip addr",
  "ping -c 5 10.0.2.2",
  "cat /proc/interrupts",
  "cat /proc/modules",
  "rmmod 8139cp",
  "poweroff",
];

export async function demo(): Promise<number> {
  const { release } = await buildAndShow({ sources: SOURCES, out: builtModules.folder });
  const print = (line: string): void => console.log(line);
  print(`Linux ${release}'s ${SOURCES[1]}, unmodified, on a board with an RTL8139C+:\n`);
  const { failure } = await powerOn(
    {
      board: createBoard("desktop", [parseDeviceSpec("rtl8139")]),
      memoryMiB: 64,
      virtualClock: true,
      logLevel: 7,
      modules: builtModules,
      showBuild: true,
      onLog: print,
    },
    async (system, signal) => {
      const shell = new Console(system, print);
      for (const line of SCRIPT) {
        print(`# ${line}`);
        await shell.run(line, signal);
      }
    },
  );
  return failure ? complain(failure) : 0;
}
