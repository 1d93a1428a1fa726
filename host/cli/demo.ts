// What npm start shows: Linux's 8139cp, unmodified, on the desktop board, from power-on to power-off.

import { createBoard, parseDeviceSpec } from "../../boards/index.ts";
import { Console } from "../console/console.ts";
import { System } from "../system.ts";
import { buildDemoModules } from "./build.ts";
import { builtModules } from "./modules-folder.ts";

const SCRIPT = [
  "lspci -k",
  "modprobe 8139cp",
  "lspci -k",
  "ip link set eth0 up",
  "ip addr",
  "ping -c 5 10.0.2.2",
  "cat /proc/interrupts",
  "cat /proc/modules",
  "ip link set eth0 down",
  "rmmod 8139cp",
];

export async function demo(): Promise<number> {
  await buildDemoModules(builtModules.folder);
  const system = await System.boot({
    board: createBoard("desktop", [parseDeviceSpec("rtl8139")]),
    memoryMiB: 64,
    virtualClock: true,
    logLevel: 7,
    modules: builtModules,
    onLog: (line) => console.log(line),
  });
  const shell = new Console(system, (line) => console.log(line));
  try {
    for (const line of SCRIPT) {
      console.log(`# ${line}`);
      await shell.run(line);
    }
    console.log("# poweroff");
    await system.shutdown();
  } finally {
    await system.powerOff();
  }
  return system.machine.oopses > 0 ? 1 : 0;
}
