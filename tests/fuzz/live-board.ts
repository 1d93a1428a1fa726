// A board that stays on over many cases, with a driver that has to go on working.

import assert from "node:assert/strict";
import { createBoard, parseDeviceSpec, type DesktopBoard } from "../../boards/index.ts";
import { Console } from "../../host/console/console.ts";
import { ModuleStore } from "../../host/loader/store.ts";
import { System } from "../../host/system.ts";
import { modulesFolder } from "./modules.ts";

/** The log is looked through and forgotten when it has grown to that. */
const LOG_LINES = 10_000;
/** What a driver that is well never makes the kernel say. */
const TROUBLE = /BUG|Oops|WARNING|Call Trace|internal error/;

export class LiveBoard {
  readonly system: System;
  readonly board: DesktopBoard;
  /** What the kernel and commands have said since the last `checkLog`. */
  readonly lines: string[];
  readonly #shell: Console;

  private constructor(system: System, board: DesktopBoard, lines: string[]) {
    this.system = system;
    this.board = board;
    this.lines = lines;
    this.#shell = new Console(system, (line) => lines.push(line));
  }

  static async boot(devices: readonly string[]): Promise<LiveBoard> {
    const lines: string[] = [];
    const board = createBoard("desktop", devices.map(parseDeviceSpec));
    const system = await System.boot({
      board,
      memoryMiB: 64,
      virtualClock: true,
      logLevel: 7,
      modules: new ModuleStore(await modulesFolder()),
      onLog: (line) => lines.push(line),
    });
    return new LiveBoard(system, board, lines);
  }

  run(line: string): Promise<void> {
    return this.#shell.run(line);
  }

  /** Lets `ns` of the board's time pass. */
  pass(ns: number): Promise<void> {
    const { machine } = this.system;
    return machine.whileRunning(new Promise<void>((resolve) => machine.clock.after(ns, resolve)));
  }

  /** What the core's allocators have given out. */
  memory(): { objects: number; freePages: number } {
    const { machine } = this.system;
    const ask = (name: string): number => {
      const symbol = machine.core.symbol(name);
      assert.equal(symbol?.kind, "function", name);
      return machine.hostCall(() => (symbol as { value: Function }).value());
    };
    return { objects: ask("kpi_kmem_live_objects"), freePages: ask("kpi_nr_free_pages") };
  }

  /** The machine runs, and nothing in its log says that something went wrong. */
  checkLog(): void {
    const { machine } = this.system;
    assert.ok(machine.alive, `the machine stopped:\n${this.lines.slice(-40).join("\n")}`);
    assert.equal(machine.oopses, 0);
    const bad = this.lines.findIndex((line) => TROUBLE.test(line));
    assert.ok(bad < 0, this.lines.slice(Math.max(bad - 5, 0), bad + 40).join("\n"));
    if (this.lines.length > LOG_LINES) this.lines.length = 0;
  }

  async ping(): Promise<void> {
    await this.run("ping -c 1 peer");
    this.checkLog();
  }

  close(): Promise<void> {
    return this.system.powerOff();
  }
}
