// The command: kpi run|build|test|selftest|modinfo|missing|symbols|resolve. Commands are loaded when they are called.

import { Command, CommanderError, InvalidArgumentError, Option } from "commander";
import { RAM_MAX } from "../../assembly/arch/wasm/memory.ts";
import { FIRMWARE_BOARDS, KINDS } from "../../tools/image/boards.ts";
import manifest from "../../package.json" with { type: "json" };
import { FLAVOURS } from "../flavour.ts";
import { parseIp } from "../net/address.ts";
import { systemErrorText } from "../errno.ts";
import { KpiError } from "../error.ts";
import { builtModules } from "../built-modules.ts";
import { complain } from "./report.ts";

const collect = (value: string, all: string[] = []): string[] => [...all, value];

/** What a script passes when its variable is empty. */
function given(value: string): string {
  if (value === "") throw new InvalidArgumentError("It is empty.");
  return value;
}

const allGiven = (value: string, all: string[] = []): string[] => [...all, given(value)];

/** A parser of whole numbers. */
function whole(least: number, most: number): (value: string) => number {
  return (value) => {
    const number = /^\d+$/.test(value) ? Number(value) : NaN;
    if (number >= least && number <= most) return number;
    throw new InvalidArgumentError(`It must be a whole number from ${least} to ${most}.`);
  };
}

const SECONDS_MAX = 1e6;

function seconds(value: string): number {
  const number = /^[\d.]+$/.test(value) ? Number(value) : NaN;
  if (number > 0 && number <= SECONDS_MAX) return number;
  throw new InvalidArgumentError(`It must be a number of seconds above 0, at most ${SECONDS_MAX}.`);
}

/** Less has no room for the core and its page array; more would collide with MMIO cookies. */
const mebibytes = whole(4, RAM_MAX >>> 20);

function pages(value: string): number {
  const kib = whole(256, 65536)(value);
  if (kib % 4 !== 0) throw new InvalidArgumentError("It must be a multiple of 4.");
  return kib;
}

/** RAM of the board that an image is for. */
const IMAGE_KIB = 1024;

/** Exit codes go through process.exitCode, so that what was printed reaches its pipe. */
const exitWith = (code: number): void => void (process.exitCode = code);

/** What commander says of a wrong use, its guess at what was meant on the same line. */
function oneLine(text: string, command: string): string {
  return `${text
    .replace(/^error: /, "kpi: ")
    .trim()
    .replaceAll("\n", " ")} (see ${command} --help)\n`;
}

const RUN_EXAMPLES = `
Examples:
  kpi run
  kpi run --insmod e1000 --ping peer
  kpi run --device rtl8139,mac=52:54:00:ab:cd:ef --insmod ./mine.ko debug=1 --exec "lspci -k; dmesg"
  kpi run --insmod e1000 --netdev eth0=tap:kpi0 --link tap:wire0,pcap=wire.pcapng
  kpi run --link passt,trace

Links (docs/links.md):
  peer  none  tap:NAME[,netns=NAME]  stream:ADDRESS  stream-listen:ADDRESS  dgram:ADDRESS,local=ADDRESS  hub:NAME
  passt[,socket=PATH]
  ADDRESS is unix:PATH or HOST:PORT. Each takes pcap=FILE, trace, loss=1%, duplicate=, reorder=, corrupt=, delay=5ms,
  jitter=, rate=100mbit, seed=N.`;

/** Options of kpi run for a core in this process. */
const HOSTS_OWN = ["qemu", "netdev", "exec", "clock", "flavour", "cpus", "loglevel", "watchdog", "json"] as const;

function pingTarget(value: string, all: string[] = []): string[] {
  if (value === "peer" || parseIp(value) !== undefined) return [...all, value];
  throw new InvalidArgumentError("It must be an IPv4 address, or peer.");
}

const KEPT = "where the flash of an emulated board is kept (default: below build/)";

function program(): Command {
  const kpi = new Command("kpi")
    .description("Runs unmodified Linux drivers on a WebAssembly board.")
    .version(`kpi ${manifest.version}`)
    .exitOverride();

  kpi
    .command("run")
    .description("boot a board, load modules, run commands; without commands: a console")
    .addOption(
      new Option("--board <name>", "the board").choices(["desktop", "qemu", ...FIRMWARE_BOARDS]).default("desktop"),
    )
    .option(
      "--device <model[,option=value…]>",
      "a PCI device (repeatable; none given: e1000), on board qemu any that QEMU has; without --insmod its driver is found, or built, by PCI id, but on boards with firmware",
      collect,
    )
    .option("--qemu <arguments>", 'for QEMU on board qemu, as "-drive if=none,id=disk,file=…" (repeatable)', collect)
    .option("--link <kind[:where][,option=value…]>", "what a card's cable leads to, card by card (repeatable)", collect)
    .option("--netdev <interface=link>", "gives an interface to a link, as eth0=tap:kpi0 (repeatable)", collect)
    .option("--insmod <module...>", "a module to load: file or name, then its parameters as name=value", collect)
    .option(
      "--exec <commands>",
      "console commands, separated by `;`, before any --ping (repeatable; --exec help lists them)",
      collect,
    )
    .option("--ping <address>", "bring the interfaces up and ping an IPv4 address, or `peer` (repeatable)", pingTarget)
    .option("--for <seconds>", "then run that long, board time", seconds)
    .addOption(
      new Option("--clock <kind>", "time of the board (default: virtual with one CPU)").choices(["real", "virtual"]),
    )
    .addOption(new Option("--flavour <name>", "the core with checks, or without").choices(FLAVOURS).default("debug"))
    .option("--cpus <count>", "1 or 2; two need --clock real, and have it by default", whole(1, 2), 1)
    .option(
      "--mem <MiB>",
      "RAM of the board; of one with firmware, what the image may use (then 1 by default)",
      mebibytes,
      64,
    )
    .addOption(new Option("--kind <name>", "of the image, on a board that has one").choices(KINDS))
    .option("--loglevel <level>", "show kernel messages below this level, 1 to 8", whole(1, 8), 7)
    .option("--watchdog <seconds>", "give up when the core passes no interrupt window for that long", seconds, 10)
    .option("--json", "print a JSON object a line instead of text: log, command, end")
    .addHelpText("after", RUN_EXAMPLES)
    .action(async (options, command) => {
      if (FIRMWARE_BOARDS.includes(options.board)) {
        const idle = HOSTS_OWN.find((name) => command.getOptionValueSource(name) === "cli");
        if (idle) throw new KpiError(`--${idle} is not for board ${options.board}, whose core runs on the board`, 2);
        const { runOnBoard } = await import("./run-on-board.ts");
        const mem = command.getOptionValueSource("mem") === "cli" ? options.mem * 1024 : IMAGE_KIB;
        exitWith(await runOnBoard({ device: [], insmod: [], link: [], ping: [], ...options, mem }));
        return;
      }
      if (options.kind) throw new KpiError(`board ${options.board} runs no image: leave --kind out`, 2);
      const { run } = await import("./run.ts");
      exitWith(await run({ device: [], qemu: [], link: [], netdev: [], insmod: [], exec: [], ping: [], ...options }));
    });

  kpi
    .command("build")
    .description("build unmodified kernel sources, and drivers in TypeScript, into modules")
    .argument(
      "<sources...>",
      "C or TypeScript files, a module each, or folders with a Kbuild Makefile; here or in the tree",
      allGiven,
    )
    .addOption(new Option("-o, --out <folder>", "where to put modules").default(builtModules.folder, "build/modules"))
    .option("--module <name>", "only this module of a folder, also one that is off (repeatable)", collect)
    .action(async (sources, options) => {
      const { build } = await import("./build.ts");
      exitWith(await build(sources, options));
    });

  kpi
    .command("test")
    .description("run the kernel's own tests, or test modules of one's own, each on a board of its own; prints KTAP")
    .argument(
      "[tests...]",
      "module, KUnit suite, folder of the tree, kunit, all; a .ko or .c file; then parameters as name=value",
      allGiven,
    )
    .option("--list", "list the tests of the kernel tree instead")
    .addOption(new Option("--flavour <name>", "the core with checks, or without").choices(FLAVOURS).default("debug"))
    .option(
      "--mem <MiB>",
      "RAM of the board; of one with firmware, what the image may use (then 1 by default)",
      mebibytes,
      64,
    )
    .option("--timeout <seconds>", "give up on a module after that long", seconds, 600)
    .option("--json", "as JSON")
    .action(async (tests, options) => {
      const { test } = await import("./test.ts");
      exitWith(await test(tests ?? [], options));
    });

  kpi
    .command("selftest")
    .description("try what every driver stands on: memory, locks, timers, work queues, interrupts, DMA; prints KTAP")
    .addOption(new Option("--board <name>", "where").choices(["desktop", ...FIRMWARE_BOARDS]).default("desktop"))
    .addOption(
      new Option("--flavour <name>", "the core with checks, or without, as boards have it")
        .choices(FLAVOURS)
        .default("release"),
    )
    .addOption(new Option("--kind <name>", "of the image, on a board that has one").choices(KINDS))
    .option("--timeout <seconds>", "give up after that long", seconds, 600)
    .option("--json", "as JSON")
    .action(async (options) => {
      const { selftest } = await import("./selftest.ts");
      exitWith(await selftest(options));
    });

  kpi
    .command("modinfo")
    .description("show what a module says of itself")
    .argument("<module>", "file or name", given)
    .option("--json", "as JSON")
    .action(async (module, options) => {
      const { modinfo } = await import("./modinfo.ts");
      exitWith(modinfo(module, options));
    });

  kpi
    .command("missing")
    .description("list the symbols that a module wants and neither core nor sibling modules have; exit 1 if any")
    .argument("<module...>", "files or names", allGiven)
    .option("--json", "as JSON")
    .action(async (modules, options) => {
      const { missing } = await import("./missing.ts");
      exitWith(await missing(modules, options));
    });

  kpi
    .command("symbols")
    .description("list the symbols of the core")
    .option("--json", "as JSON")
    .action(async (options) => {
      const { symbols } = await import("./symbols.ts");
      exitWith(await symbols(options));
    });

  kpi
    .command("resolve")
    .description("say what serves a kernel symbol or macro in the core; exit 1 if nothing does")
    .argument("<name>", "for example kmalloc", given)
    .option("--json", "as JSON")
    .action(async (name, options) => {
      const { resolveCommand } = await import("./symbols.ts");
      exitWith(await resolveCommand(name, options));
    });

  kpi
    .command("image")
    .description("make what a board's flash holds: the core and drivers, linked and compiled for it")
    .addOption(new Option("--board <name>", "the board").choices(FIRMWARE_BOARDS).default(FIRMWARE_BOARDS[0]))
    .option(
      "--insmod <module...>",
      "a module to load at boot: file or name, then its parameters as name=value",
      collect,
    )
    .option("-o, --out <file>", "where to put it", given, "board.img")
    .addOption(
      new Option(
        "--kind <name>",
        "machine code, or the wasm itself for the firmware to interpret (default: machine code of the board)",
      ).choices(KINDS),
    )
    .addOption(
      new Option("--panic <what>", "what the board does after a panic").choices(["restart", "halt"]).default("restart"),
    )
    .option("--mem <KiB>", "RAM of the board that the image may use, a multiple of 4", pages, IMAGE_KIB)
    .option(
      "--pci <vendor:device,field=value…>",
      "what drivers see of such devices, as 10ec:8139,revision=0x10 (repeatable)",
      collect,
    )
    .option("--info <file>", "say what an image is instead")
    .option("--json", "as JSON")
    .action(async (options) => {
      const { image } = await import("./image.ts");
      exitWith(await image({ insmod: [], pci: [], ...options }));
    });

  kpi
    .command("flash")
    .description("write an image onto a board over its serial line")
    .argument("<image>", "file that kpi image made", given)
    .option("--port <device>", "the serial port, for example /dev/ttyUSB0", given)
    .option("--emulate", "a board of QEMU's instead, whose flash is kept")
    .option("--folder <path>", KEPT, given)
    .addOption(new Option("--board <name>", "refuse an image for another board").choices(FIRMWARE_BOARDS))
    .action(async (file, options) => {
      const { flashCommand } = await import("./flash.ts");
      exitWith(await flashCommand(file, options));
    });

  kpi
    .command("monitor")
    .description("show a board's console")
    .option("--port <device>", "the serial port", given)
    .option("--emulate", "switch the board of QEMU's on that kpi flash --emulate has written to")
    .option("--folder <path>", KEPT, given)
    .addOption(new Option("--board <name>", "which one").choices(FIRMWARE_BOARDS).default(FIRMWARE_BOARDS[0]))
    .option("--device <model[,option=value…]>", "what its bus has (repeatable; none given: e1000)", collect)
    .option("--link <kind[:where][,option=value…]>", "what a card's cable leads to, card by card (repeatable)", collect)
    .option(
      "--ping <address>",
      "have the built-in peer at the other end ping the board's address, then switch it off (repeatable)",
      pingTarget,
    )
    .option("--for <seconds>", "then switch it off after that long", seconds)
    .action(async (options) => {
      const { monitor } = await import("./flash.ts");
      exitWith(await monitor({ device: [], link: [], ping: [], ...options }));
    });

  kpi
    .command("core")
    .description("build both flavours of the KPI core, and print their sizes")
    .action(async () => {
      const { buildFlavours, sizeTable } = await import("../../tools/build/flavours.ts");
      for (const line of sizeTable(await buildFlavours(true))) console.log(line);
    });

  kpi
    .command("demo", { hidden: true })
    .description("what npm start shows")
    .action(async () => {
      const { demo } = await import("./demo.ts");
      exitWith(await demo());
    });

  for (const command of [kpi, ...kpi.commands]) {
    const name = command === kpi ? "kpi" : `kpi ${command.name()}`;
    command.configureOutput({ outputError: (text, write) => write(oneLine(text, name)) });
  }
  return kpi;
}

// A reader that has seen enough (head) ends us as SIGPIPE ends other programs.
const SIGPIPE_EXIT = 141;
for (const stream of [process.stdout, process.stderr]) {
  stream.on("error", (error: NodeJS.ErrnoException) => {
    if (error.code === "EPIPE") process.exit(SIGPIPE_EXIT);
    // A full disk. Where stderr is what cannot be written, nobody can be told.
    if (stream === process.stdout) process.stderr.write(`kpi: cannot write the output: ${systemErrorText(error)}\n`);
    process.exit(1);
  });
}

const json = process.argv.includes("--json");
try {
  await program().parseAsync();
} catch (error) {
  if (!(error instanceof CommanderError)) {
    exitWith(complain(error, json));
  } else if (error.exitCode !== 0) {
    // Commander has said what is wrong.
    exitWith(2);
    const message = error.message.replace(/^error: /, "").replaceAll("\n", " ");
    if (json) console.log(JSON.stringify({ exitCode: 2, error: message }));
  }
}
