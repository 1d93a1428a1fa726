// `npm start`, `npm test` and set-up itself: node tools/setup/main.mjs start|test|run|setup
import { entry, SetupError } from "./error.mjs";
import { program } from "./paths.mjs";
import { becomeNode26 } from "./process.mjs";
import { setUp } from "./setup.mjs";
import { test } from "./test.mjs";

const USAGE = "usage: node tools/setup/main.mjs start [ARG...] | test [PATH...] | run SCRIPT.ts [ARG...] | setup";

/** @type {Record<string, (args: string[]) => Promise<number>>} */
const commands = {
  /** Builds core and driver and shows them at work. */
  async start(args) {
    return becomeNode26([program("host/cli/start"), "demo", ...args]);
  },
  test,
  /** Runs a program of the project on Node 26. */
  async run(args) {
    if (args.length === 0) throw new SetupError(USAGE, 2);
    return becomeNode26(args);
  },
  async setup() {
    return 0;
  },
};

await entry(async () => {
  const [name = "", ...args] = process.argv.slice(2);
  if (!Object.hasOwn(commands, name)) throw new SetupError(USAGE, 2);
  if (Number.parseInt(process.versions.node, 10) < 20) {
    throw new SetupError(`this is Node ${process.versions.node}: set-up needs Node 20 or newer`);
  }
  await setUp();
  return commands[name](args);
});
