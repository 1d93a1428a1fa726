// ethtool: what a driver's ethtool_ops can do, with the options and the wording of the real tool.

import { KpiError } from "../../error.ts";
import * as driver from "../../inspect/ethtool/driver.ts";
import { features, featuresOf, GROUPS, setFeatures } from "../../inspect/ethtool/features.ts";
import { CHANNELS, COALESCE, PAUSE, RING, parameters, setParameters } from "../../inspect/ethtool/params.ts";
import * as link from "../../inspect/ethtool/settings.ts";
import type { System } from "../../system.ts";
import { CommandFailure, type ConsoleCommand, type Reply, usageError, wholeNumber } from "../command.ts";
import * as show from "../show/ethtool.ts";

/** What an option does for the interface `name` with the words that follow it. */
type Action = (system: System, name: string, words: string[]) => Promise<Reply | undefined>;

const reply = <T>(data: T, lines: readonly string[]): Reply => ({ data, lines });

/** "rx 64 tx 32" as pairs; each name must be one of `known`, if that is given. */
function pairs(words: string[], known?: readonly string[]): [name: string, value: string][] {
  if (words.length === 0 || words.length % 2 !== 0) throw usageError(ethtool, "a parameter and its value");
  const found: [string, string][] = [];
  for (let i = 0; i < words.length; i += 2) {
    const [name, value] = [words[i]!, words[i + 1]!];
    if (known && !known.includes(name))
      throw usageError(ethtool, `unknown parameter "${name}"; known: ${known.join(" ")}`);
    found.push([name, value]);
  }
  return found;
}

function onOff(name: string, value: string): boolean {
  if (value === "on" || value === "off") return value === "on";
  throw new KpiError(`ethtool: ${name} is on or off, not "${value}"`, 2);
}

/** What belongs to a struct of words: the names that can be set, and the one that is on or off. */
function setter<K extends string>(
  kind: Parameters<typeof setParameters<K>>[2],
  switches: readonly string[] = [],
): Action {
  const known = Object.keys(kind.words).filter((name) => !name.endsWith("-max")) as K[];
  return async (system, name, words) => {
    const values: Partial<Record<K, number>> = {};
    for (const [key, value] of pairs(words, known)) {
      const isSwitch = switches.includes(key);
      values[key as K] = isSwitch ? Number(onOff(key, value)) : wholeNumber("ethtool", key, value, 0, 0xffffffff);
    }
    await setParameters(system, name, kind, values);
    return undefined;
  };
}

const PORTS = ["tp", "aui", "mii", "fibre", "bnc"];

/** -s: link, Wake-on-LAN and message level. */
const change: Action = async (system, name, words) => {
  const wanted: link.LinkChange = {};
  let [wake, level]: [string | undefined, number | undefined] = [undefined, undefined];
  const setters: Readonly<Record<string, (value: string) => void>> = {
    speed: (value) => void (wanted.speed = wholeNumber("ethtool", "speed", value, 0, 0xfffffffe)),
    duplex(value) {
      if (value !== "half" && value !== "full")
        throw new KpiError(`ethtool: duplex is half or full, not "${value}"`, 2);
      wanted.duplex = value;
    },
    autoneg: (value) => void (wanted.autoneg = onOff("autoneg", value)),
    phyad: (value) => void (wanted.phyAddress = wholeNumber("ethtool", "phyad", value, 0, 255)),
    port(value) {
      wanted.port = PORTS.indexOf(value);
      if (wanted.port < 0) throw new KpiError(`ethtool: port is ${PORTS.join(", ")}, not "${value}"`, 2);
    },
    advertise(value) {
      if (!/^(0x)?[0-9a-f]{1,16}$/i.test(value))
        throw new KpiError(`ethtool: advertise is a mask in hex, not "${value}"`, 2);
      wanted.advertise = BigInt(`0x${value.replace(/^0x/i, "")}`);
    },
    wol: (value) => void (wake = value),
    msglvl: (value) => void (level = wholeNumber("ethtool", "msglvl", value, 0, 0xffffffff)),
  };
  // "msglvl link on tx_err off" names the classes one by one.
  const classes = words.indexOf("msglvl") + 1;
  const named =
    classes > 0 && link.MESSAGE_CLASSES.includes(words[classes] ?? "") ? words.splice(classes - 1).slice(1) : [];
  if (words.length > 0 || named.length === 0) {
    for (const [key, value] of pairs(words, Object.keys(setters))) setters[key]!(value);
  }
  if (Object.keys(wanted).length > 0) await link.changeLink(system, name, wanted);
  if (wake !== undefined) await link.setWake(system, name, wake);
  if (named.length > 0) {
    let mask = (await link.settings(system, name)).messageLevel ?? 0;
    for (const [key, value] of pairs(named, link.MESSAGE_CLASSES)) {
      const bit = 1 << link.MESSAGE_CLASSES.indexOf(key);
      mask = onOff(key, value) ? mask | bit : mask & ~bit;
    }
    level = mask >>> 0;
  }
  if (level !== undefined) await link.setMessageLevel(system, name, level);
  return undefined;
};

const changeFeatures: Action = async (system, name, words) => {
  const wanted = new Map<string, boolean>();
  for (const [word, value] of pairs(words)) {
    for (const feature of featuresOf(word)) wanted.set(feature, onOff(word, value));
  }
  const before = await features(system, name);
  const able = [...wanted.keys()].filter((feature) => !before.find((known) => known.name === feature)!.fixed);
  if (able.length === 0) throw new KpiError("Could not change any device features", 1, "EOPNOTSUPP");
  const failed = await setFeatures(system, name, wanted);
  const after = await features(system, name);
  if (failed.some((feature) => able.includes(feature))) {
    const lines = [
      "Actual changes:",
      ...after.filter((f, i) => f.active !== before[i]!.active).map((f) => `${f.name}: ${f.active ? "on" : "off"}`),
    ];
    if (lines.length === 1) throw new KpiError("Could not change any device features");
    return reply(after, lines);
  }
  return reply(after, []);
};

const test: Action = async (system, name, [mode = "offline"]) => {
  if (mode !== "offline" && mode !== "online" && mode !== "external_lb") throw usageError(ethtool);
  const data = await driver.selfTest(system, name, mode);
  const rows = Object.entries(data.results).map(([title, value]) => `${title}\t ${value}`);
  const lines = [`The test result is ${data.passed ? "PASS" : "FAIL"}`, "The test extra info:", ...rows, ""];
  if (!data.passed) throw new CommandFailure(`ethtool: the self test of ${name} failed`, reply(data, lines));
  return reply(data, lines);
};

const statistics: Action = async (system, name) => {
  const data = await driver.statistics(system, name);
  const rows = Object.entries(data).map(([counter, value]) => `     ${counter}: ${value}`);
  if (rows.length === 0) throw new KpiError("no stats available", 1, "EOPNOTSUPP");
  return reply(data, ["NIC statistics:", ...rows]);
};

const readEeprom: Action = async (system, name, words) => {
  let [from, length]: [number, number | undefined] = [0, undefined];
  let raw = false;
  for (const [key, value] of words.length > 0 ? pairs(words, ["offset", "length", "raw"]) : []) {
    if (key === "raw") raw = onOff(key, value);
    else if (key === "offset") from = wholeNumber("ethtool", key, value, 0, 0xffff);
    else length = wholeNumber("ethtool", key, value, 0, 0xffff);
  }
  const data = await driver.eeprom(system, name, from, length);
  return reply(data, raw ? [Buffer.from(data).toString("latin1")] : show.dumpLines(data, from));
};

const identify: Action = async (system, name, [time]) => {
  await driver.identify(system, name, time === undefined ? 5 : wholeNumber("ethtool", "time", time, 1, 3600));
  return undefined;
};

interface Option {
  readonly flags: readonly string[];
  readonly words: string;
  readonly meaning: string;
  readonly run: Action;
  /** Whether words may follow the name. */
  readonly more?: boolean;
}

const OPTIONS: readonly Option[] = [
  {
    flags: ["-i", "--driver"],
    words: "",
    meaning: "the driver",
    run: async (s, n) => driver.driverInfo(s, n).then((data) => reply(data, show.driverLines(data))),
  },
  { flags: ["-S", "--statistics"], words: "", meaning: "the driver's own counters", run: statistics },
  {
    flags: ["-k", "--show-features"],
    words: "",
    meaning: "offloads and other features",
    run: async (s, n) => features(s, n).then((data) => reply(data, show.featureLines(n, data))),
  },
  {
    flags: ["-K", "--features"],
    words: "FEATURE on|off …",
    meaning: "turn features on or off",
    run: changeFeatures,
    more: true,
  },
  {
    flags: ["-s", "--change"],
    words: "speed N|duplex half|full|autoneg on|off|wol LETTERS|msglvl N …",
    meaning: "change the link, Wake-on-LAN, the message level",
    run: change,
    more: true,
  },
  {
    flags: ["-r", "--negotiate"],
    words: "",
    meaning: "negotiate the link again",
    run: async (s, n) => driver.restartNegotiation(s, n).then(() => undefined),
  },
  {
    flags: ["-d", "--register-dump"],
    words: "",
    meaning: "the card's registers",
    run: async (s, n) => driver.registers(s, n).then((data) => reply(data, show.dumpLines(data.data))),
  },
  {
    flags: ["-e", "--eeprom-dump"],
    words: "[offset N] [length N]",
    meaning: "the EEPROM",
    run: readEeprom,
    more: true,
  },
  {
    flags: ["-g", "--show-ring"],
    words: "",
    meaning: "descriptors of the rings",
    run: async (s, n) => parameters(s, n, RING).then((data) => reply(data, show.ringLines(n, data))),
  },
  { flags: ["-G", "--set-ring"], words: "rx N|tx N …", meaning: "change them", run: setter(RING), more: true },
  {
    flags: ["-c", "--show-coalesce"],
    words: "",
    meaning: "when the card interrupts",
    run: async (s, n) => parameters(s, n, COALESCE).then((data) => reply(data, show.coalesceLines(n, data))),
  },
  {
    flags: ["-C", "--coalesce"],
    words: "rx-usecs N|adaptive-rx on|off …",
    meaning: "change that",
    run: setter(COALESCE, ["adaptive-rx", "adaptive-tx"]),
    more: true,
  },
  {
    flags: ["-a", "--show-pause"],
    words: "",
    meaning: "flow control",
    run: async (s, n) => parameters(s, n, PAUSE).then((data) => reply(data, show.pauseLines(n, data))),
  },
  {
    flags: ["-A", "--pause"],
    words: "autoneg|rx|tx on|off …",
    meaning: "change it",
    run: setter(PAUSE, ["autoneg", "rx", "tx"]),
    more: true,
  },
  {
    flags: ["-l", "--show-channels"],
    words: "",
    meaning: "queues",
    run: async (s, n) => parameters(s, n, CHANNELS).then((data) => reply(data, show.channelLines(n, data))),
  },
  {
    flags: ["-L", "--set-channels"],
    words: "rx|tx|combined N …",
    meaning: "change them",
    run: setter(CHANNELS),
    more: true,
  },
  { flags: ["-t", "--test"], words: "[online|offline]", meaning: "the driver's self test", run: test, more: true },
  { flags: ["-p", "--identify"], words: "[SECONDS]", meaning: "have the card blink", run: identify, more: true },
  {
    flags: ["-P", "--show-permaddr"],
    words: "",
    meaning: "the address that the card was made with",
    run: async (s, n) => driver.permanentAddress(s, n).then((data) => reply(data, [`Permanent address: ${data}`])),
  },
  {
    flags: ["-T", "--show-time-stamping"],
    words: "",
    meaning: "time stamps",
    run: async (s, n) => driver.timeStamping(s, n).then((data) => reply(data, show.timeStampingLines(n, data))),
  },
  {
    flags: ["-x", "--show-rxfh"],
    words: "",
    meaning: "how frames are spread over receive rings",
    run: async (s, n) => driver.receiveHashing(s, n).then((data) => reply(data, show.receiveHashingLines(n, data))),
  },
  {
    flags: ["-m", "--module-info"],
    words: "",
    meaning: "the EEPROM of a pluggable transceiver",
    run: async (s, n) => driver.moduleEeprom(s, n).then((data) => reply(data, show.dumpLines(data))),
  },
  {
    flags: ["--show-priv-flags"],
    words: "",
    meaning: "the driver's private flags",
    run: async (s, n) =>
      driver
        .privateFlags(s, n)
        .then((data) =>
          reply(data, [
            `Private flags for ${n}:`,
            ...Object.entries(data).map(([flag, set]) => `${flag}: ${set ? "on" : "off"}`),
          ]),
        ),
  },
];

async function showSettings(system: System, name: string): Promise<Reply> {
  const data = await link.settings(system, name);
  if (Object.keys(data).length === 1) throw new KpiError("No data available", 1, "EOPNOTSUPP");
  return reply(data, show.settingsLines(data));
}

export const ethtool: ConsoleCommand = {
  name: "ethtool",
  usage: "[OPTION] NAME [WORD…]",
  summary: "what a network driver can tell and change; without an option: link settings",
  details: OPTIONS.map(({ flags, words, meaning }) => [`${flags[0]} NAME ${words}`.trimEnd(), meaning] as const),
  async run({ system }, args) {
    const option = args[0]?.startsWith("-") ? OPTIONS.find(({ flags }) => flags.includes(args[0]!)) : undefined;
    if (args[0]?.startsWith("-") && !option) throw usageError(ethtool, `bad option ${args[0]}`);
    const [name, ...words] = option ? args.slice(1) : args;
    if (!name || (words.length > 0 && !option?.more)) throw usageError(ethtool);
    return (option ? option.run(system, name, words) : showSettings(system, name)).then((answer) => answer);
  },
  complete(system, words) {
    const names = system.interfaces.names();
    if (words.length <= 1) return [...names, ...OPTIONS.map(({ flags }) => flags[0]!)];
    if (words.length === 2) return names;
    const kind = { "-G": RING, "-C": COALESCE, "-A": PAUSE, "-L": CHANNELS }[words[0]!];
    if (kind) return Object.keys(kind.words).filter((name) => !name.endsWith("-max"));
    if (words[0] === "-K") return words.length % 2 ? GROUPS.map(({ name }) => name) : ["on", "off"];
    return words[0] === "-s" ? ["speed", "duplex", "autoneg", "wol", "msglvl", "advertise", "port", "phyad"] : [];
  },
};
