// Sources that our tools make where the kernel runs programs of its own: checked by the algorithms they are tables for.
import assert from "node:assert/strict";
import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { readObject } from "../../host/loader/object.ts";
import { buildModules } from "../../tools/kbuild/build.ts";
import { crc32table, crc64table } from "../../tools/kbuild/generated/crc.ts";
import { oidRegistry } from "../../tools/kbuild/generated/oid.ts";
import { raid6tables, unroll } from "../../tools/kbuild/generated/raid6.ts";
import { exportedNames } from "../../host/loader/exports.ts";

/** The numbers of a C table, and its dimensions. */
function table(text: string, name: string): { dimensions: number[]; values: bigint[] } {
  const [, sizes, body] = new RegExp(`\\b${name}((?:\\[\\d+\\])+) = \\{([^]*?)\\};`).exec(text)!;
  const values = [...body!.matchAll(/\b(0x[0-9a-f]+|\d+)/g)].map(([word]) => BigInt(word));
  return { dimensions: [...sizes!.matchAll(/\d+/g)].map(Number), values };
}

const MESSAGE = Buffer.from("123456789");
const ones = (bits: bigint) => (1n << bits) - 1n;

/** A checksum of MESSAGE a byte at a time, least significant bit first. */
function reflected(row: readonly bigint[], start: bigint): bigint {
  return MESSAGE.reduce((crc, byte) => (crc >> 8n) ^ row[Number(crc & 255n) ^ byte]!, start);
}

/** The same, most significant bit first. */
function forward(row: readonly bigint[], start: bigint, bits: bigint): bigint {
  const next = (crc: bigint, byte: number) => ((crc << 8n) & ones(bits)) ^ row[Number(crc >> (bits - 8n)) ^ byte]!;
  return MESSAGE.reduce(next, start);
}

test("crc32table.h: the check values of CRC-32, CRC-32C and CRC-32/BZIP2", () => {
  const text = crc32table(64);
  const [le, be, c] = ["crc32table_le", "crc32table_be", "crc32ctable_le"].map((name) => table(text, name));
  for (const { dimensions, values } of [le!, be!, c!]) {
    assert.deepEqual(dimensions, [8, 256]);
    assert.equal(values.length, 8 * 256);
  }
  assert.equal(reflected(le!.values, ones(32n)) ^ ones(32n), 0xcbf43926n);
  assert.equal(reflected(c!.values, ones(32n)) ^ ones(32n), 0xe3069283n);
  assert.equal(forward(be!.values, ones(32n), 32n) ^ ones(32n), 0xfc891918n);
  // Row j is the effect of a byte with j more, here zeros, behind it.
  const after = (crc: bigint) => le!.values[Number(crc & 255n)]! ^ (crc >> 8n);
  for (let i = 0; i < 7 * 256; i++) assert.equal(le!.values[i + 256], after(le!.values[i]!));
});

test("crc32table.h for algorithms that take fewer bits", () => {
  assert.deepEqual(table(crc32table(32), "crc32table_be").dimensions, [4, 256]);
  const { dimensions, values } = table(crc32table(4), "crc32table_le");
  assert.deepEqual(dimensions, [1, 16]);
  const nibble = (crc: bigint, value: number) => (crc >> 4n) ^ values[Number(crc & 15n) ^ value]!;
  const crc = MESSAGE.reduce((sum, byte) => nibble(nibble(sum, byte & 15), byte >> 4), ones(32n));
  assert.equal(crc ^ ones(32n), 0xcbf43926n);
  assert.equal(crc32table(1), "");
});

test("crc64table.h: the check values of CRC-64/ECMA-182 and of NVMe's CRC-64", () => {
  const text = crc64table();
  assert.equal(forward(table(text, "crc64table").values, 0n, 64n), 0x6c40df5f0b497347n);
  assert.equal(reflected(table(text, "crc64rocksofttable").values, ones(64n)) ^ ones(64n), 0xae8b14860a799888n);
});

test("raid6 tables: a field", () => {
  const text = raid6tables();
  const of = (name: string) => table(text, name).values.map(Number);
  const [mul, vmul, exp, log, inv, exi] = ["gfmul", "vgfmul", "gfexp", "gflog", "gfinv", "gfexi"].map((name) =>
    of(`raid6_${name}`),
  );
  for (let a = 1; a < 256; a++) {
    assert.equal(mul![a * 256 + inv![a]!], 1);
    assert.equal(exp![log![a]!], a);
    for (let b = 1; b < 256; b++) assert.equal(mul![a * 256 + b], exp![(log![a]! + log![b]!) % 255]);
    for (let b = 0; b < 16; b++) assert.equal(vmul![a * 32 + b]! ^ vmul![a * 32 + 16 + b]!, mul![a * 256 + b * 17]);
    if (a < 255) assert.equal(mul![exi![a]! * 256 + (exp![a]! ^ 1)], 1);
  }
});

test("lines of a .uc file, unrolled", () => {
  assert.equal(unroll("a$#;\nb$$ = $$;\n$*x\n", 2), "a2;\nb0 = 0;\nb1 = 1;\n$x\n");
});

test("the registry of object identifiers: encoded, and sorted as its search expects", () => {
  const text = oidRegistry(
    "enum OID {\n\tOID_one,\t/* 1.2.840.10040.4.1 */\n\tOID_two,\t/* 2.5.4.3 */\n\tOID__NR\n};\n",
  );
  // X.690: 40 * 1 + 2, then 840 and 10040 in base 128.
  const octets = [
    [0x2a, 0x86, 0x48, 0xce, 0x38, 4, 1],
    [0x55, 4, 3],
  ];
  assert.deepEqual(table(text, "oid_data").values.map(Number), octets.flat());
  assert.match(text, /\[OID_one\] = 0,\n\t\[OID_two\] = 7,\n\t\[OID__NR\] = 10\n/);
  const hash = (own: number[]) => own.reduce((sum, octet) => sum + 33 * octet, own.length - 1);
  const folded = octets.map(hash).map((sum) => ((sum >> 8) ^ sum) & 255);
  const order = folded[0]! < folded[1]! ? [0, 1] : [1, 0];
  assert.ok(text.includes(order.map((i) => `\t{ ${folded[i]}, OID_${["one", "two"][i]} },\n`).join("")), text);
});

test("what includes them compiles, and a file that is generated whole is a part of its module", async (context) => {
  const out = mkdtempSync(join(tmpdir(), "kpi-test-"));
  context.after(() => rmSync(out, { recursive: true }));
  const sources = ["lib/crc32.c", "lib/crc64.c", "lib/oid_registry.c", "lib/raid6"];
  const { modules } = await buildModules({ sources, out });
  const exported = (name: string) => exportedNames(readObject(readFileSync(join(out, `${name}.ko`))));
  assert.ok(exported("crc32").includes("crc32_le"));
  assert.ok(exported("crc64").includes("crc64_rocksoft_generic"));
  assert.ok(exported("raid6_pq").includes("raid6_gfmul"));
  const raid6 = modules.find(({ name }) => name === "raid6_pq")!;
  assert.ok(raid6.sources.some((file) => file.endsWith("/lib/raid6/int32.c") && existsSync(file)));
  assert.match(readFileSync(raid6.file, "latin1"), /\0intree=Y\0/);
});
