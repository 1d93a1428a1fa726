// The package's programming interface: a board that runs Linux drivers, as a driver's test uses it.

import { EventEmitter } from "node:events";
import type { Fault } from "../../boards/faults.ts";
import type { DesktopBoard, QemuBoard } from "../../boards/index.ts";
import type { Link } from "../../boards/links/link.ts";
import { builtModules } from "../built-modules.ts";
import { Console } from "../console/console.ts";
import { KpiError } from "../error.ts";
import type { DeviceFile, OpenOptions } from "../inspect/devices.ts";
import { injectFault } from "../inspect/faults.ts";
import { readFile, writeFile } from "../inspect/files.ts";
import { interrupts, type Interrupt } from "../inspect/interrupts.ts";
import { splitLogLine } from "../inspect/log.ts";
import { loadedModules, type LoadedModule } from "../inspect/modules.ts";
import { pciDevices, type PciDevice } from "../inspect/pci.ts";
import { ModuleStore } from "../loader/store.ts";
import { isReal, System } from "../system.ts";
import { buildModules, isSource } from "./build.ts";
import type { BoardEvents, LogLine } from "./events.ts";
import { FrameQueue } from "./frames.ts";
import { Netdev } from "./netdev.ts";
import { hardware, kernelArguments, type BoardOptions, type ModuleParams } from "./options.ts";
import { Peer } from "./peer.ts";
import { ReportReader, type Report } from "./reports.ts";

/** Reports come as warnings and worse: the machine prints at least those, whatever the user wants to see. */
const LEAST_LOGLEVEL = 5;
const LOGLEVEL = 7;

/** netdev_cmd, linux/netdevice.h. */
const NETDEV_CHANGE = 4;

/** How often `until` looks, seconds of board time, and how long it waits. */
const POLL_S = 0.001;
const UNTIL_S = 10;

export class Board extends EventEmitter<BoardEvents> implements AsyncDisposable {
  readonly #hardware: DesktopBoard | QemuBoard;
  readonly #loglevel: number;
  readonly #log: LogLine[] = [];
  readonly #reader = new ReportReader((report) => this.#report(report));
  readonly #netdevs = new Map<string, { netdev: Netdev; frames: FrameQueue }>();
  readonly #carrier = new Map<number, boolean>();
  #reports: Report[] = [];
  #reported = false;
  #peers: Peer[] = [];
  #system!: System;
  #off = false;

  private constructor(board: DesktopBoard | QemuBoard, loglevel: number) {
    super();
    this.#hardware = board;
    this.#loglevel = loglevel;
  }

  /** Powers a board on. Fails with a KpiError for what it cannot be. */
  static async boot(options: BoardOptions = {}): Promise<Board> {
    const made = await hardware(options);
    const board = new Board(made.board, options.loglevel ?? LOGLEVEL);
    try {
      board.#system = await board.#boot(options, made.netdevs);
    } catch (error) {
      for (const link of made.opened) link.close();
      throw error;
    }
    board.#listen();
    return board;
  }

  #boot(options: BoardOptions, netdevs: ReadonlyMap<string, Link>): Promise<System> {
    const hardware = this.#hardware;
    const {
      memory = 64,
      cpus = 1,
      clock = cpus === 1 && !isReal({ board: hardware, netdevs }) ? "virtual" : "real",
      flavour,
      seed,
      watchdog,
      loglevel = LOGLEVEL,
    } = options;
    return System.boot({
      board: hardware,
      netdevs,
      memoryMiB: memory,
      cpus,
      virtualClock: clock === "virtual",
      logLevel: Math.max(loglevel, LEAST_LOGLEVEL),
      modules: options.modules === undefined ? builtModules : new ModuleStore(options.modules),
      onLog: (line, level) => this.#line(line, level),
      ...(flavour !== undefined && { flavour }),
      ...(seed !== undefined && { seed }),
      ...(watchdog !== undefined && { watchdogMs: watchdog * 1000 }),
    });
  }

  #listen(): void {
    const { interfaces, loader } = this.#system;
    this.#peers = this.#hardware.cables.map((cable) => new Peer(this.#system, cable));
    loader.onChange = ({ name }, loaded) => void this.emit("module", { name, loaded });
    interfaces.onFrame = (ifindex, direction, frame) => this.#frame(ifindex, direction, frame);
    interfaces.onEvent = (ifindex, event) => {
      if (event === NETDEV_CHANGE && this.listenerCount("link") > 0) void this.#linkChange(ifindex);
    };
  }

  // ── Modules. ──

  /** Loads a module: a .ko file, the name of a built one, or C source, which is built first. Without its dependencies,
   *  as insmod does. Fails with the code that insmod would have: "ENODEV", "ENOENT" for unknown symbols … */
  async insmod(module: string, params: ModuleParams = {}): Promise<void> {
    const { loader } = this.#system;
    const files = isSource(module) ? (await buildModules(module)).map(({ file }) => file) : [module];
    for (const file of files) await loader.insmod(file, kernelArguments(params));
  }

  /** Loads a module by name or file, and before it what it depends on. */
  async modprobe(module: string, params: ModuleParams = {}): Promise<void> {
    await this.#system.loader.modprobe(module, kernelArguments(params));
  }

  /** Unloads a module. */
  rmmod(name: string): Promise<void> {
    return this.#system.loader.rmmod(name);
  }

  /** The modules that are loaded, as /proc/modules has them: last loaded first. */
  get modules(): readonly LoadedModule[] {
    return loadedModules(this.#system);
  }

  // ── Network. ──

  /** A network interface by its name. */
  netdev(name = "eth0"): Netdev {
    let known = this.#netdevs.get(name);
    if (!known) {
      const frames = new FrameQueue(this.#system, name);
      known = { frames, netdev: new Netdev(this.#system, name, frames) };
      this.#netdevs.set(name, known);
    }
    return known.netdev;
  }

  /** The names of the interfaces that drivers have registered. */
  async netdevs(): Promise<readonly string[]> {
    await this.#system.interfaces.refresh(true);
    return this.#system.interfaces.names();
  }

  /** The other ends of the cards' cables, in the order of the devices. */
  get peers(): readonly Peer[] {
    return this.#peers;
  }

  /** The other end of the first card's cable. */
  get peer(): Peer {
    const [first] = this.#peers;
    if (!first) throw new KpiError("no device of the board has a peer at the other end of a cable", 1, "ENODEV");
    return first;
  }

  #frame(ifindex: number, direction: "rx" | "tx", frame: Uint8Array): void {
    const listeners = this.listenerCount("frame");
    if (listeners === 0 && this.#netdevs.size === 0) return;
    const netdev = this.#system.interfaces.nameOf(ifindex);
    if (netdev === undefined) return;
    if (direction === "rx") this.#netdevs.get(netdev)?.frames.push(frame);
    if (listeners > 0) this.emit("frame", { netdev, direction, frame: frame.slice() });
  }

  async #linkChange(ifindex: number): Promise<void> {
    const { interfaces, machine } = this.#system;
    if (!machine.alive) return;
    await interfaces.refresh();
    const netdev = interfaces.nameOf(ifindex);
    if (netdev === undefined) return;
    const up = interfaces.named(netdev).stack.carrier;
    if (this.#carrier.get(ifindex) === up) return;
    this.#carrier.set(ifindex, up);
    this.emit("link", { netdev, up });
  }

  // ── Faults. ──

  /** Makes a device ("00:03.0"; default: the first that can) have a fault, in its own unit: so many
   *  "lost-interrupt", "descriptor-error" or "dma-error", so many seconds of "link-flap", "slow-dma" or "removal". */
  fault(fault: Fault, amount?: number, device?: string): void {
    injectFault(this.#system, fault, amount, device);
  }

  // ── Log and reports. ──

  /** The log's lines below `loglevel` since power-on. */
  get log(): readonly LogLine[] {
    return this.#log;
  }

  /** The whole kernel log as dmesg prints it, also what `log` leaves out. */
  dmesg(): string {
    return this.#system.kernelLog();
  }

  /** What the kernel has complained about and nobody has taken yet. */
  get reports(): readonly Report[] {
    this.#reader.flush();
    return this.#reports;
  }

  /** Takes the reports: a test that expects them looks at them this way, and they do not fail it at its end. */
  takeReports(): readonly Report[] {
    const taken = this.reports;
    this.#reports = [];
    return taken;
  }

  #line(line: string, level: number): void {
    const { time, text } = splitLogLine(line);
    const entry = { level, time: time ?? this.now, text };
    if (level < this.#loglevel) {
      this.#log.push(entry);
      this.emit("log", entry);
    }
    this.#reader.read(entry);
  }

  #report(report: Report): void {
    this.#reported = true;
    this.#reports.push(report);
    this.emit("report", report);
  }

  // ── Time. ──

  /** Board time, seconds since power-on. Virtual time passes only during calls that return a promise. */
  get now(): number {
    return this.#system === undefined ? 0 : this.#system.machine.clock.now() / 1e9;
  }

  /** Lets the board run for so many seconds of its own time; the virtual clock makes that a matter of milliseconds. */
  sleep(seconds: number): Promise<void> {
    return this.#system.wait(seconds);
  }

  /** Runs the board until `condition` is true; fails with ETIMEDOUT after `timeout` seconds of board time. */
  async until(condition: () => boolean, timeout = UNTIL_S): Promise<void> {
    const end = this.now + timeout;
    while (!condition()) {
      if (this.now > end) throw new KpiError(`the condition is still false after ${timeout} s`, 1, "ETIMEDOUT");
      await this.sleep(POLL_S);
    }
  }

  // ── Console and files. ──

  /** Runs console commands ("lspci -k; ip addr"; `kpi run --exec help` lists them) and returns what they printed. */
  async exec(line: string): Promise<string[]> {
    const printed: string[] = [];
    await new Console(this.#system, (text) => printed.push(text)).run(line);
    return printed;
  }

  /** The text of a file below /proc or /sys. */
  async read(path: string): Promise<string> {
    return Buffer.from(await readFile(this.#system, path)).toString();
  }

  /** Writes a file below /sys, or /proc/sysrq-trigger. */
  write(path: string, text: string): Promise<void> {
    return writeFile(this.#system, path, text);
  }

  /** Opens a character device below /dev, for reading, writing or both. It is closed when the board shuts down. */
  open(path: string, flags?: "r" | "w" | "r+", options?: OpenOptions): Promise<DeviceFile> {
    return this.#system.devices.open(path, flags, options);
  }

  /** The PCI devices, as lspci sees them. */
  get pci(): readonly PciDevice[] {
    return pciDevices(this.#system);
  }

  /** What /proc/interrupts has, as data. */
  get interrupts(): readonly Interrupt[] {
    return interrupts(this.#system);
  }

  // ── The end. ──

  /** Takes interfaces down, unloads modules, last first, and powers off. After an oops or a panic modules are in a
   *  state that their exit functions do not expect: then the power just goes. */
  async shutdown(): Promise<void> {
    if (this.#off) return;
    this.#off = true;
    await this.#system.end();
    this.#reader.flush();
  }

  /** Pulls the plug, whatever state modules are in. */
  async powerOff(): Promise<void> {
    this.#off = true;
    await this.#system.powerOff();
    this.#reader.flush();
  }

  /** `await using board = …`: shuts down, and fails if there are reports that nobody has taken. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.shutdown();
    const [first, ...more] = this.takeReports();
    if (first) throw new ReportError([first, ...more]);
    const { complaint } = this.#system;
    if (complaint && !this.#reported) throw complaint;
  }
}

/** The kernel has complained, and nobody has taken the report. */
export class ReportError extends KpiError {
  readonly reports: readonly Report[];

  constructor(reports: readonly [Report, ...Report[]]) {
    const [{ kind, title }] = reports;
    const more = reports.length > 1 ? ` (and ${reports.length - 1} more)` : "";
    super(`${reports.flatMap(({ lines }) => lines).join("\n")}\n${kind}: ${title}${more}`);
    this.name = "ReportError";
    this.reports = reports;
  }
}
