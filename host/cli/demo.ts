// What npm start shows: Linux's e1000, unmodified, on the desktop board, from power-on to power-off.

import { createBoard, DEFAULT_DEVICES, parseDeviceSpec } from "../../boards/index.ts";
import { Console } from "../console/console.ts";
import { buildAndShow } from "./build.ts";
import { builtModules } from "../built-modules.ts";
import { complain } from "./report.ts";
import { powerOn } from "./session.ts";

const SOURCE = "drivers/net/ethernet/intel/e1000";

const SCRIPT = [
  "modprobe e1000",
  "lspci -k",
  "ip link set eth0 up",
  // The link comes up by itself, a moment later.
  "sleep 1",
  "ip addr",
  "ping -c 5 10.0.2.2",
  "cat /proc/interrupts",
  "cat /proc/modules",
  "rmmod e1000",
  "poweroff",
];

export async function demo(): Promise<number> {
  const { release } = await buildAndShow({ sources: [SOURCE], out: builtModules.folder });
  const print = (line: string): void => console.log(line);
  print(`Linux ${release}'s ${SOURCE}, unmodified, on a board with an Intel 82540EM:\n`);
  const { failure } = await powerOn(
    {
      board: createBoard("desktop", DEFAULT_DEVICES.map(parseDeviceSpec)),
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
