// Captures, as the format has them, and as tshark reads them.
import assert from "node:assert/strict";
import { execFileSync, spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { INBOUND, OUTBOUND, PcapngWriter } from "../../boards/links/pcapng.ts";
import { unless } from "../../tools/lab/requirements.ts";
import { Random } from "../random.ts";

const folder = mkdtempSync(join(tmpdir(), "kpi-pcap-"));
after(() => rmSync(folder, { recursive: true, force: true }));

interface Packet {
  time: bigint;
  direction: number;
  frame: Uint8Array;
}

/** Reads a file back, block by block. */
function packets(file: string): Packet[] {
  const bytes = readFileSync(file);
  const found: Packet[] = [];
  for (let at = 0; at < bytes.length;) {
    const total = bytes.readUInt32LE(at + 4);
    assert.equal(total % 4, 0);
    assert.equal(bytes.readUInt32LE(at + total - 4), total, "the length stands at both ends");
    if (bytes.readUInt32LE(at) === 6) {
      const length = bytes.readUInt32LE(at + 20);
      assert.equal(bytes.readUInt32LE(at + 24), length);
      const options = at + 28 + ((length + 3) & ~3);
      assert.deepEqual([bytes.readUInt16LE(options), bytes.readUInt16LE(options + 2)], [2, 4]);
      found.push({
        time: (BigInt(bytes.readUInt32LE(at + 12)) << 32n) | BigInt(bytes.readUInt32LE(at + 16)),
        direction: bytes.readUInt32LE(options + 4),
        frame: Uint8Array.from(bytes.subarray(at + 28, at + 28 + length)),
      });
    }
    at += total;
  }
  return found;
}

function random(count: number): Packet[] {
  const source = new Random(4);
  return Array.from({ length: count }, (_, i) => ({
    time: BigInt(1_700_000_000 + source.below(2 ** 31)) * 1_000_000_000n + BigInt(source.below(1e9)),
    direction: i % 2 ? INBOUND : OUTBOUND,
    frame: Uint8Array.from({ length: source.below(i % 10 ? 1600 : 65536) }, () => source.below(256)),
  }));
}

function write(file: string, written: readonly Packet[]): void {
  const writer = new PcapngWriter(file, "tap:wire0");
  for (const { frame, direction, time } of written) {
    writer.write(frame, direction, Number(time / 1_000_000_000n), Number(time % 1_000_000_000n));
  }
  writer.close(7);
}

test("every byte, direction and nanosecond comes back", () => {
  const file = join(folder, "a.pcapng");
  const written = random(500);
  write(file, written);
  assert.deepEqual(packets(file), written);
});

test("tshark reads it without complaint", { skip: unless("tshark") }, () => {
  const file = join(folder, "b.pcapng");
  const written = random(50).filter(({ frame }) => frame.length >= 14);
  write(file, written);
  const fields = ["frame.time_epoch", "frame.len", "frame.packet_flags_direction", "frame.interface_name"];
  const args = ["-r", file, "-T", "fields", ...fields.flatMap((field) => ["-e", field])];
  const out = execFileSync("tshark", args, { encoding: "utf8", stdio: ["ignore", "pipe", "ignore"] });
  const info = ["-r", file, "-q", "-z", "io,phs"];
  assert.equal(spawnSync("tshark", info, { encoding: "utf8" }).stderr.replace(/^Running as user "root".*\n/m, ""), "");
  const rows = out.trim().split("\n");
  const expected = written.map(({ time, frame, direction }) => {
    const ns = (time % 1_000_000_000n).toString().padStart(9, "0");
    return `${time / 1_000_000_000n}.${ns}\t${frame.length}\t0x${direction.toString(16).padStart(8, "0")}\ttap:wire0`;
  });
  assert.deepEqual(rows, expected);
});

test("how many were lost stands at the end; before that, and without a packet, it is a file too", () => {
  const file = join(folder, "c.pcapng");
  const writer = new PcapngWriter(file, "x");
  const header = readFileSync(file);
  assert.equal(header.readUInt32LE(0), 0x0a0d0d0a);
  assert.deepEqual(packets(file), []);
  writer.write(new Uint8Array(60), INBOUND, 1_700_000_000, 5);
  writer.close(7);
  const statistics = readFileSync(file).subarray(header.length + 32 + 60 + 12);
  assert.equal(statistics.readUInt32LE(0), 5);
  const time = (BigInt(statistics.readUInt32LE(12)) << 32n) | BigInt(statistics.readUInt32LE(16));
  assert.equal(time, 1_700_000_000_000_000_005n);
  // isb_ifrecv and isb_ifdrop, each with a length of 8.
  assert.deepEqual([statistics.readUInt32LE(20), statistics.readBigUInt64LE(24)], [0x80004, 1n]);
  assert.deepEqual([statistics.readUInt32LE(32), statistics.readBigUInt64LE(36)], [0x80005, 7n]);
});

test("a file that cannot be written is named", () => {
  assert.throws(() => new PcapngWriter(join(folder, "no", "x"), "x"), {
    message: /^pcap=\S+\/no\/x: cannot write it: No such file or directory$/,
    exitCode: 1,
  });
  assert.throws(() => new PcapngWriter("/dev/full", "x"), {
    message: "pcap=/dev/full: cannot write it: No space left on device",
  });
});
