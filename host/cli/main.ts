// The command: kpi run|build|modinfo|missing|symbols|resolve. Commands are loaded when they are called.

import { Command, CommanderError, InvalidArgumentError, Option } from "commander";
import { KpiError } from "../error.ts";

const collect = (value: string, all: string[]): string[] => [...all, value];

function positive(value: string): number {
  const number = Number(value);
  if (!(number > 0) || !Number.isFinite(number)) throw new InvalidArgumentError("It must be a positive number.");
  return number;
}

/** What commander says of a wrong use, its guess at what was meant on the same line. */
const oneLine = (text: string): string => text.replace(/^error: /, "kpi: ").trim().replaceAll("\n", " ");

/** `--insmod NAME param=value …`: a module and the words that follow it, up to the next option. */
function program(): Command {
  const kpi = new Command("kpi")
    .description("Runs unmodified Linux drivers on a WebAssembly board.")
    .exitOverride()
    .configureOutput({ outputError: (text, write) => write(`${oneLine(text)} (see kpi --help)\n`) });

  kpi
    .command("run")
    .description("boot a board, load modules, run commands")
    .addOption(new Option("--board <name>", "the board").choices(["desktop"]).default("desktop"))
    .option("--device <model[,option=value…]>", "a PCI device on the board (repeat for more)", collect, [])
    .option("--insmod <module…>", "a module to load: file or name, then its parameters as name=value", collect, [])
    .addOption(new Option("--clock <kind>", "real or virtual time").choices(["real", "virtual"]))
    .option("--mem <MiB>", "RAM of the board", positive, 64)
    .option("--for <seconds>", "run that long, board time, after the commands", positive)
    .option("--ping <address>", "bring the interfaces up and ping an IPv4 address, or `peer`", collect, [])
    .option("--exec <commands>", "commands for the console, separated by `;`", collect, [])
    .option("--loglevel <level>", "console_loglevel: messages below it are shown", positive, 7)
    .option("--json", "print one JSON object at the end instead of text")
    .option("--watchdog <seconds>", "give up when the core passes no interrupt window for that long", positive, 10)
    .action(async (options) => {
      const { run } = await import("./run.ts");
      process.exitCode = await run(options);
    });

  kpi
    .command("build")
    .description("build unmodified kernel sources into modules")
    .argument("<sources...>", "C files of one module, or a directory with a Kbuild Makefile")
    .option("-o, --out <path>", "where to put the modules", "build/modules")
    .option("--module <name>", "only this module of a directory (repeat for more)", collect, [])
    .action(async (sources, options) => {
      const { build } = await import("./build.ts");
      process.exitCode = await build(sources, options);
    });

  kpi
    .command("modinfo")
    .description("show what a module says of itself")
    .argument("<module>", "file or name")
    .option("--json", "as JSON")
    .action(async (module, options) => {
      const { modinfo } = await import("./modinfo.ts");
      process.exitCode = modinfo(module, options);
    });

  kpi
    .command("missing")
    .description("list the symbols that a module wants and neither core nor sibling modules have; exit 1 if any")
    .argument("<module...>", "files or names")
    .option("--json", "as JSON")
    .action(async (modules, options) => {
      const { missing } = await import("./missing.ts");
      process.exitCode = await missing(modules, options);
    });

  kpi
    .command("symbols")
    .description("list the symbols of the core")
    .option("--json", "as JSON")
    .action(async (options) => {
      const { symbols } = await import("./symbols.ts");
      process.exitCode = await symbols(options);
    });

  kpi
    .command("resolve")
    .description("say what serves a kernel symbol or macro in the core; exit 1 if nothing does")
    .argument("<name>", "for example kmalloc")
    .option("--json", "as JSON")
    .action(async (name, options) => {
      const { resolveCommand } = await import("./symbols.ts");
      process.exitCode = await resolveCommand(name, options);
    });

  kpi
    .command("core")
    .description("build the KPI core, build/kpi.wasm")
    .action(async () => {
      const { buildCore } = await import("../../tools/build/core.ts");
      const { file, built } = await buildCore((line) => console.error(line));
      if (!built) console.error(`${file}: up to date`);
    });

  kpi
    .command("demo", { hidden: true })
    .description("what npm start shows")
    .action(async () => {
      const { demo } = await import("./demo.ts");
      process.exitCode = await demo();
    });
  return kpi;
}

try {
  await program().parseAsync();
} catch (error) {
  if (error instanceof CommanderError) {
    // Help that was asked for is a success; everything else commander throws is a wrong use.
    process.exitCode = error.exitCode === 0 ? 0 : 2;
  } else if (error instanceof KpiError) {
    console.error(`kpi: ${error.message}`);
    process.exitCode = error.exitCode;
  } else {
    throw error;
  }
}
