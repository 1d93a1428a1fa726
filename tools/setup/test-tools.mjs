// Programs that tests of real networks and real device models run, beside npm's packages: `npm test` installs Debian's
// packages of those that are missing where it is root. Nothing else of the project needs them.
import { aptRefused } from "./apt.mjs";
import { capture, which } from "./process.mjs";
import { withProgress } from "./progress.mjs";

/** Programs by the Debian packages that have them, and what they do not work without. */
export const TEST_TOOLS = {
  "qemu-system-x86_64": "qemu-system-x86",
  passt: "passt",
  iperf3: "iperf3",
  tcpdump: "tcpdump",
  tshark: "tshark",
  ethtool: "ethtool",
  ip: "iproute2",
  busybox: "busybox-static",
  ping: "iputils-ping",
  "qemu-system-riscv32": "qemu-system-misc",
  "riscv64-unknown-elf-gcc": "gcc-riscv64-unknown-elf picolibc-riscv64-unknown-elf",
  "qemu-system-arm": "qemu-system-arm",
  "arm-none-eabi-gcc": "gcc-arm-none-eabi picolibc-arm-none-eabi",
};

/** @typedef {keyof typeof TEST_TOOLS} TestTool */

/** Root's programs are not on everybody's PATH. */
const toolPath = () => `${process.env.PATH ?? ""}:/usr/local/sbin:/usr/sbin:/sbin`;

/** The file of a program, or null. @param {TestTool} name */
export function testTool(name) {
  return which(name, toolPath());
}

/** @returns {TestTool[]} */
function missingTools() {
  const names = /** @type {TestTool[]} */ (Object.keys(TEST_TOOLS));
  return names.filter((name) => testTool(name) === null);
}

/** Why apt failed, in a few words. @param {string} stderr */
const reasonOf = (stderr) => /^E: (.+)$/m.exec(stderr)?.[1] ?? "apt-get failed";

/**
 * Installs what is missing, and takes nothing away: a machine that has something in its place keeps that.
 * @param {string[]} packages
 */
async function install(packages) {
  // tshark's and iperf3's packages would ask; the answers they take unasked are "no".
  const env = { ...process.env, LC_ALL: "C", DEBIAN_FRONTEND: "noninteractive" };
  const options = ["-q", "-y", "--no-install-recommends", "--no-remove", "-oDPkg::Lock::Timeout=300"];
  const attempt = () => capture("apt-get", ["install", ...options, ...packages], { env });
  const first = await attempt();
  if (first.code === 0) return;
  // Package lists that are missing or older than the archive: once more with new ones.
  await capture("apt-get", ["update", "-q", "-oDPkg::Lock::Timeout=300"], { env });
  const second = await attempt();
  // The tests that need them say the rest.
  if (second.code !== 0)
    process.stderr.write(`apt-get cannot install ${packages.join(" ")}: ${reasonOf(second.stderr)}\n`);
}

/** Brings about what tests need, where that may be done; tests that miss something are skipped, and say why. */
export async function setUpTestTools() {
  const packages = missingTools().flatMap((name) => TEST_TOOLS[name].split(" "));
  if (packages.length === 0 || process.getuid?.() !== 0 || aptRefused() || which("apt-get") === null) return;
  process.stderr.write(
    `Tools for tests: apt-get installs ${packages.join(", ")} on this machine, as root.\n` +
      "KPI_APT=no refuses that; the tests that need them are skipped then.\n",
  );
  await withProgress("apt-get install", () => install(packages));
}

/** Why a program that a test wants to run is not there. @param {TestTool} name */
export function whyMissing(name) {
  return testTool(name) ? undefined : `no ${name} here: apt-get install ${TEST_TOOLS[name]}, or npm test as root`;
}
