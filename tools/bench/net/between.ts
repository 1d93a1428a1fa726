// Processes that move frames between the TAPs of two namespaces: the command with a driver, and the limit, which is the
// same links without one.

import { join } from "node:path";
import { begun, Namespace, type Running } from "../../lab/namespace.ts";
import { node26, repoRoot } from "../../setup/paths.mjs";
import { programEnv } from "../../setup/process.mjs";
import type { Blaster } from "./blaster.ts";
import { firstPing, INSIDE, MAC, makeTap, OUTSIDE, type Contender, type Standing } from "./contender.ts";
import { counter } from "./measurements.ts";

/** Locally administered, nobody's: what a driver sends it does not look at. */
const NOBODY = "02:00:00:00:00:02";

const INNER = "kpi0";
const OUTER = "wire0";
const FRAME = 60;

/** Ends a process, and waits until it has. */
async function end(running: Running): Promise<void> {
  running.child.kill("SIGTERM");
  await running.ended;
}

/** Starts a program of the project between INNER in one namespace and OUTER in another. */
async function between(program: (inner: string, outer: string) => string[], blaster: Blaster): Promise<Standing> {
  const [inside, outside] = [await Namespace.make(), await Namespace.make()];
  const close = (): void => {
    inside.close();
    outside.close();
  };
  try {
    await makeTap(inside, INNER, INSIDE);
    await makeTap(outside, OUTER, OUTSIDE, INSIDE);
    // A driver's interface gives its address away; without a driver there is nobody to do it.
    await inside.ip("link", "set", INNER, "address", MAC);
    inside.start("iperf3", ["-s"]);
    const args = program(`tap:${INNER},netns=${inside.name}`, `tap:${OUTER},netns=${outside.name}`);
    const start = performance.now();
    const running = begun(node26, args, { cwd: repoRoot, env: programEnv() });
    const ended = running.ended.then(({ code, out, err }): never => {
      throw new Error(`${args.join(" ")} ended with ${code}: ${err.trim() || out.trim()}`);
    });
    ended.catch(() => {});
    return {
      pid: running.child.pid!,
      firstPing: await Promise.race([firstPing(outside, start), ended]),
      outside,
      async frames(way, seconds) {
        const [from, device, mac, to, counted] =
          way === "in"
            ? ([outside, OUTER, MAC, inside, INNER] as const)
            : ([inside, INNER, NOBODY, outside, OUTER] as const);
        const before = await counter(to, counted, "rx_packets");
        await blaster.flood(from, device, mac, FRAME, seconds);
        return ((await counter(to, counted, "rx_packets")) - before) / seconds;
      },
      async stop() {
        await end(running);
        close();
      },
    };
  } catch (error) {
    close();
    throw error;
  }
}

/** Frames from TAP to TAP, without a driver. */
export const limit = (blaster: Blaster): Contender => ({
  name: "limit, no driver",
  start: () => between((inner, outer) => [join(import.meta.dirname, "limit.ts"), inner, outer], blaster),
});

/** The command, with a board, a device and its driver. `module`: the file of the built one. */
export function driver(
  { board, device, module, name }: { board: string; device: string; module: string; name: string },
  blaster: Blaster,
): Contender {
  const args = (inner: string, outer: string): string[] => [
    ...[join(repoRoot, "host/cli/start.ts"), "run", "--board", board, "--device", `${device},mac=${MAC}`],
    ...["--flavour", "release", "--insmod", module, "--netdev", `eth0=${inner}`, "--link", outer],
    ...["--loglevel", "4", "--for", "100000"],
  ];
  return { name, start: () => between(args, blaster) };
}
