// Runs the script with a driver on a board, and writes down what happens.

import type { BoardHardware } from "../../boards/board.ts";
import type { Cable } from "../../boards/desktop/cable.ts";
import { Console } from "../../host/console/console.ts";
import { ModuleStore } from "../../host/loader/store.ts";
import { System } from "../../host/system.ts";
import type { Phase, Recording } from "./recording.ts";
import { listen } from "./recorder.ts";
import { SCRIPT, type Stage } from "./script.ts";
import type { Subject } from "./subjects.ts";

/** A board with one card, whose cable leads to this process. */
export type CardBoard = BoardHardware & { readonly cables: readonly Cable[] };

const hex = (frame: Uint8Array): string => Buffer.from(frame).toString("hex");

/** A command that fails says why; it is part of what is compared. */
async function attempt(shell: Console, line: string, said: (text: string) => void): Promise<void> {
  try {
    await shell.run(line);
  } catch (error) {
    said((error as Error).message);
  }
}

export async function record(board: CardBoard, subject: Subject, modules: string): Promise<Recording> {
  const phases: Phase[] = [];
  const begin = (name: string): void => void phases.push({ name, accesses: [], wire: [], host: [], said: [] });
  begin("boot");
  listen(board, subject.namer(), (access) => phases.at(-1)!.accesses.push(access));
  const system = await System.boot({
    board,
    memoryMiB: 64,
    virtualClock: board.virtualTime,
    logLevel: 4,
    modules: new ModuleStore(modules),
  });
  try {
    const said = (line: string): void => void phases.at(-1)!.said.push(line);
    const shell = new Console(system, said);
    const cable = board.cables[0]!;
    cable.wire.b.onReceive = (frame) => void phases.at(-1)!.wire.push(hex(frame));
    system.interfaces.onFrame = (ifindex, direction, frame) => {
      if (direction === "rx" && ifindex === system.interfaces.named("eth0").ifindex)
        phases.at(-1)!.host.push(hex(frame));
    };
    const stage: Stage = {
      system,
      cable,
      run: (line) => attempt(shell, line, said),
      pass: (seconds) => system.wait(seconds),
    };
    for (const { name, work } of SCRIPT) {
      begin(name);
      await work(stage, subject);
      // The driver reads its counters, which a reset in the next step would clear.
      if (system.interfaces.names().includes("eth0")) await stage.run("ethtool -S eth0");
      // Nobody above the driver answers: the host's stack hears nothing.
      for (const { stack } of system.interfaces.all()) stack.receive = () => {};
      await system.wait(0.1);
    }
    await system.shutdown();
  } finally {
    await system.powerOff();
  }
  return { board: board.name, driver: subject.driver, phases };
}
