// What follows `kpi run`: device specifications and console lines taken apart; boards made of whatever a specification
// may say; and the command itself, as a process.

import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { join } from "node:path";
import { createBoard, MODELS, parseDeviceSpec } from "../../../boards/index.ts";
import { CONFIG_FIELDS } from "../../../boards/desktop/pci/fields.ts";
import { commandsOf } from "../../../host/console/words.ts";
import { parseIp, parseMac, parsePrefix } from "../../../host/net/address.ts";
import { node26, repoRoot } from "../../../tools/setup/paths.mjs";
import { checkError } from "../invariants.ts";
import { LiveBoard } from "../live-board.ts";
import { NAMES, type Random } from "../../random.ts";
import type { Target } from "../target.ts";

const FIELDS = Object.keys(CONFIG_FIELDS);
const VALUES = [
  "0",
  "1",
  "0x10",
  "0xff",
  "0x100",
  "0xffff",
  "0x10000",
  "0xffffffff",
  "-1",
  "1e3",
  "0x",
  "",
  "on",
  "off",
  "peer",
  "none",
  "05",
  "1f",
  "20",
  "03.0",
  "03.1",
  "52:54:00:12:34:57",
  "01:00:00:00:00:00",
  "52-54-00-12-34-57",
  "é",
  "\u0000",
  "=",
  "==",
];

/** A specification of which most is right. */
function spec(random: Random): string {
  const model = random.once(12) ? random.pick(NAMES).slice(0, 100) : random.pick(Object.keys(MODELS));
  const options = random.list(0, 4, () => {
    const name = random.once(8) ? random.pick(NAMES).slice(0, 100) : random.pick([...FIELDS, "addr", "mac", "netdev"]);
    if (random.once(8)) return name;
    return `${name}=${random.once(4) ? random.text("0123456789abcdefx:.-", 10) : random.pick(VALUES)}`;
  });
  return [model, ...options].join(",");
}

const options: Target<string> = {
  name: "options",
  about: "device specifications, addresses and console lines, parsed",
  cases: 100_000,
  expects: { parsed: 0.05, refused: 0.2 },
  open: () => ({
    make: (random) =>
      random.list(1, 2, () => (random.once(6) ? random.text("ab ;'\"\\=,.:/\n\té-0123456789", 40) : spec(random))),
    async run(texts) {
      try {
        for (const text of texts) {
          commandsOf(text);
          assert.ok((parseMac(text)?.length ?? 6) === 6 && (parseIp(text) ?? 0) >= 0);
          if (/^[\d./]+$/.test(text)) parsePrefix(text);
        }
        await createBoard("desktop", texts.map(parseDeviceSpec)).close();
        return "parsed";
      } catch (error) {
        checkError(error);
        return "refused";
      }
    },
  }),
};

/** One that is right, with fields of its header overridden: a board that boots. */
function validSpec(random: Random): string {
  const fields = random.list(0, 3, () => {
    const name = random.pick(FIELDS);
    return `${name}=0x${(random.number() % 2 ** (8 * CONFIG_FIELDS[name]!.size)).toString(16)}`;
  });
  const names = fields.map((field) => field.split("=")[0]);
  return [random.pick(Object.keys(MODELS)), ...fields.filter((_, i) => names.indexOf(names[i]) === i)].join(",");
}

const boards: Target<string> = {
  name: "boards",
  about: "boards of devices with any header: booted, listed, a driver loaded, shut down",
  cases: 40,
  expects: { booted: 0.9 },
  open: () => ({
    make: (random) => random.list(0, 6, () => validSpec(random)),
    async run(specs) {
      let own: LiveBoard;
      try {
        own = await LiveBoard.boot(specs);
      } catch (error) {
        checkError(error);
        return "refused";
      }
      await own.run(
        "lspci -k; lspci -nn; cat /proc/iomem; cat /proc/ioports; modprobe 8139cp; modprobe 8139too; lsmod",
      );
      await own.run("ip link set eth0 up; ip addr").catch(checkError);
      await own.run("ping -c 1 peer").catch(checkError);
      own.checkLog();
      await own.system.shutdown();
      return "booted";
    },
  }),
};

const FLAGS = [
  "--board",
  "--device",
  "--insmod",
  "--exec",
  "--ping",
  "--for",
  "--clock",
  "--mem",
  "--loglevel",
  "--watchdog",
  "--json",
  "--flavour",
  "--link",
  "--netdev",
  "--nix",
  "-h",
  "--",
  "-",
];
const GIVEN = [
  "desktop",
  "qemu",
  "rtl8139",
  "rtl8139,revision=0x10",
  "8139cp",
  "./nix.ko",
  "/dev/zero",
  "/",
  "debug=1",
  "lsmod",
  "ip link",
  "help; lspci -k",
  "'",
  "peer",
  "10.0.2.2",
  "1e9",
  "0.001",
  "0",
  "-1",
  "1.2.3",
  "real",
  "virtual",
  "64",
  "3",
  "999999",
  "8",
  "release",
  "debug",
  "",
  " ",
  "__proto__",
  "a=b",
  "é",
  "=",
];

const command: Target<string> = {
  name: "command",
  about: "kpi run with any arguments, as a process: exit code and one line on stderr",
  cases: 12,
  open: () => ({
    make: (random) => random.list(1, 6, () => random.pick(random.once(2) ? FLAGS : GIVEN)),
    run: (args) =>
      new Promise((resolve, reject) => {
        const child = spawn(
          node26,
          ["--import", import.meta.resolve("tsx"), join(repoRoot, "host/cli/main.ts"), "run", ...args],
          {
            stdio: ["ignore", "ignore", "pipe"],
            timeout: 60_000,
          },
        );
        let text = "";
        child.stderr.setEncoding("utf8").on("data", (chunk) => (text += chunk));
        child.once("error", reject).once("close", (code, signal) => {
          try {
            assert.ok(code !== null && code <= 2, `exit code ${code}, signal ${signal}: ${text}`);
            assert.doesNotMatch(text, /internal error|node:internal|\n\s+at /);
            if (code !== 0) assert.match(text, /^(kpi: [^\n]*\n)+$/m);
            resolve(`exit ${code}`);
          } catch (error) {
            reject(error as Error);
          }
        });
      }),
  }),
};

export const optionTargets = [options, boards, command] as const;
