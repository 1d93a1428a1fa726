// Network namespaces of one's own, with real programs in them. They go with the process that made them: when it closes
// them, when it ends, when a signal ends it. Those of a process that was killed go when another makes the next one.

import { spawn, spawnSync, type ChildProcess, type SpawnOptions } from "node:child_process";
import { readdirSync, readFileSync } from "node:fs";
import { testTool } from "../setup/test-tools.mjs";

/** Where ip(8) keeps its namespaces. */
const NETNS = "/run/netns";

export interface Outcome {
  readonly code: number | null;
  readonly out: string;
  readonly err: string;
}

/** A program that runs, and what it has printed. */
export interface Running {
  readonly child: ChildProcess;
  readonly out: string;
  readonly err: string;
  /** Resolves when it has ended. */
  readonly ended: Promise<Outcome>;
  /** Resolves when its output has a match; rejects when it ends without one. */
  said(pattern: RegExp): Promise<RegExpExecArray>;
}

export interface RunOptions {
  readonly cwd?: string;
  readonly env?: NodeJS.ProcessEnv;
  readonly input?: string;
}

const ipTool = (): string => testTool("ip") ?? "ip";

/** Field 22 of /proc/PID/stat, the time the process began: numbers of processes are used again. */
function startTime(pid: number): string | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, "latin1");
    const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
    // A dead process that its parent has not looked at yet has nothing to hold.
    return fields[0] === "Z" ? undefined : fields[19];
  } catch {
    return undefined;
  }
}

function namespaces(): string[] {
  try {
    return readdirSync(NETNS);
  } catch {
    return [];
  }
}

/** Kills what runs in a namespace and removes it, with all its interfaces. */
function remove(name: string): void {
  const { stdout } = spawnSync(ipTool(), ["netns", "pids", name], { encoding: "utf8" });
  for (const pid of (stdout ?? "").split("\n").filter(Boolean)) {
    try {
      process.kill(Number(pid), "SIGKILL");
    } catch {
      // It has ended meanwhile.
    }
  }
  spawnSync(ipTool(), ["netns", "delete", name]);
}

/** Removes namespaces whose owner is no more. */
function sweep(): void {
  for (const name of namespaces()) {
    const [, pid, start] = /^kpi-(\d+)-(\d+)-\d+$/.exec(name) ?? [];
    if (pid !== undefined && startTime(Number(pid)) !== start) remove(name);
  }
}

const open = new Set<string>();

function removeAll(): void {
  for (const name of open) remove(name);
  open.clear();
}

const SIGNALS = ["SIGINT", "SIGTERM", "SIGHUP"] as const;

function onSignal(signal: NodeJS.Signals): void {
  removeAll();
  for (const other of SIGNALS) process.removeListener(other, onSignal);
  process.kill(process.pid, signal);
}

let made = 0;

/** What happens once, before this process has a namespace. */
function begin(): void {
  sweep();
  process.on("exit", removeAll);
  for (const signal of SIGNALS) process.on(signal, onSignal);
}

export class Namespace {
  readonly name: string;

  private constructor(name: string) {
    this.name = name;
  }

  static async make(): Promise<Namespace> {
    if (made === 0) begin();
    const namespace = new Namespace(`kpi-${process.pid}-${startTime(process.pid)}-${made++}`);
    open.add(namespace.name);
    await ip("netns", "add", namespace.name);
    // No router solicitations among the frames that a test counts.
    const quiet =
      "echo 1 >/proc/sys/net/ipv6/conf/all/disable_ipv6; echo 1 >/proc/sys/net/ipv6/conf/default/disable_ipv6";
    await namespace.run("sh", ["-c", quiet]);
    await namespace.ip("link", "set", "lo", "up");
    return namespace;
  }

  /** ip(8) in this namespace; throws when it fails. */
  ip(...args: string[]): Promise<string> {
    return ip("-n", this.name, ...args);
  }

  /** Starts a program here. */
  start(command: string, args: readonly string[], { input, ...rest }: RunOptions = {}): Running {
    return begun(ipTool(), ["netns", "exec", this.name, command, ...args], { input, ...rest });
  }

  /** Runs a program here to its end. */
  run(command: string, args: readonly string[], options: RunOptions = {}): Promise<Outcome> {
    return this.start(command, args, options).ended;
  }

  /** Runs a program here that must end well; what it printed. */
  async output(command: string, args: readonly string[], options: RunOptions = {}): Promise<string> {
    return checked([command, ...args], await this.run(command, args, options));
  }

  /** Takes an interface of another namespace in. */
  async adopt(from: Namespace, device: string): Promise<void> {
    await from.ip("link", "set", device, "netns", this.name);
  }

  /** Gives an interface an address and brings it up. */
  async configure(device: string, address: string): Promise<void> {
    await this.ip("address", "add", address, "dev", device);
    await this.ip("link", "set", device, "up");
  }

  close(): void {
    if (open.delete(this.name)) remove(this.name);
  }
}

function checked(command: readonly string[], { code, out, err }: Outcome): string {
  if (code === 0) return out;
  throw new Error(`${command.join(" ")} ended with ${code}: ${err.trim() || out.trim()}`);
}

async function ip(...args: string[]): Promise<string> {
  return checked(["ip", ...args], await begun(ipTool(), args).ended);
}

/** Starts a program and collects what it prints. */
export function begun(command: string, args: readonly string[], { input, ...rest }: RunOptions = {}): Running {
  const options: SpawnOptions = { ...rest, stdio: [input === undefined ? "ignore" : "pipe", "pipe", "pipe"] };
  const child = spawn(command, args, options);
  let [out, err] = ["", ""];
  const waiting = new Set<() => void>();
  const more = (): void => {
    for (const look of waiting) look();
  };
  child.stdout!.setEncoding("utf8").on("data", (text: string) => void ((out += text), more()));
  child.stderr!.setEncoding("utf8").on("data", (text: string) => void ((err += text), more()));
  if (input !== undefined) child.stdin!.end(input);
  const ended = new Promise<Outcome>((resolve, reject) => {
    child.once("error", reject).once("close", (code) => resolve({ code, out, err }));
  });
  // Whoever asks for it gets the error; nobody has to.
  ended.catch(() => {});
  return {
    child,
    ended,
    get out() {
      return out;
    },
    get err() {
      return err;
    },
    said: (pattern) =>
      new Promise((resolve, reject) => {
        const look = (): void => {
          const match = pattern.exec(out) ?? pattern.exec(err);
          if (!match) return;
          waiting.delete(look);
          resolve(match);
        };
        waiting.add(look);
        look();
        ended.then(({ code }) => {
          reject(new Error(`${command} ended with ${code} and did not say ${pattern}:\n${out}${err}`));
        }, reject);
      }),
  };
}
