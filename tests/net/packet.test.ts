// Packet helpers.
import assert from "node:assert/strict";
import { test } from "node:test";
import { formatIp, formatMac, netmask, parseIp, parseMac, parsePrefix } from "../../host/net/address.ts";
import * as P from "../../host/net/packet.ts";
import { Random } from "../random.ts";

test("the checksum of RFC 1071's example, odd lengths, and a sum over itself", () => {
  const bytes = Uint8Array.of(0x00, 0x01, 0xf2, 0x03, 0xf4, 0xf5, 0xf6, 0xf7);
  assert.equal(P.checksum(bytes, 0, 8), ~0xddf2 & 0xffff);
  assert.equal(P.checksum(Uint8Array.of(0xab), 0, 1), ~0xab00 & 0xffff);
  const large = new Uint8Array(65536).fill(0xff);
  assert.equal(P.checksum(large, 0, 65536), 0);
  const random = new Random(7);
  for (let i = 0; i < 100; i++) {
    const data = Uint8Array.from({ length: 2 + 2 * random.below(700) }, () => random.u32());
    P.put16(data, 0, 0);
    P.put16(data, 0, P.checksum(data, 0, data.length));
    assert.equal(P.checksum(data, 0, data.length), 0);
  }
});

test("an IPv4 header is accepted only if it is whole and consistent", () => {
  const bytes = new Uint8Array(64);
  P.writeIpv4(bytes, 14, 0x0a00020f, 0x0a000202, P.IPPROTO_UDP, 64, 7, P.IP_DF, 16);
  assert.equal(P.ipv4Header(bytes, 14, 64), 20);
  assert.equal(P.checksum(bytes, 14, 20), 0);
  assert.equal(P.isFragment(bytes, 14), false);
  assert.equal(P.ipv4Header(bytes, 14, 14 + 35), 0, "cut short");
  assert.equal(P.ipv4Header(bytes, 14, 20), 0, "not even a header");
  for (const first of [0x65, 0x44, 0x4f]) {
    bytes[14] = first;
    assert.equal(P.ipv4Header(bytes, 14, 14 + 36), 0, first.toString(16));
  }
});

test("UDP checksums: right, wrong, absent, and never 0 on the wire", () => {
  const bytes = new Uint8Array(64);
  P.writeIpv4(bytes, 0, 0x0a00020f, 0x0a000202, P.IPPROTO_UDP, 64, 7, 0, 12);
  P.writeUdp(bytes, 0, 20, 1234, 53, 4);
  assert.ok(P.transportSumOk(bytes, 0, 20));
  bytes[28]! ^= 1;
  assert.ok(!P.transportSumOk(bytes, 0, 20));
  P.put16(bytes, 26, 0);
  assert.ok(P.transportSumOk(bytes, 0, 20));
  for (let word = 0; word < 65536; word++) {
    P.put16(bytes, 28, word);
    P.writeUdp(bytes, 0, 20, 1, 2, 2);
    assert.notEqual(P.get16(bytes, 26), 0);
  }
});

test("addresses as text", () => {
  assert.equal(formatIp(parseIp("10.0.2.15")!), "10.0.2.15");
  assert.equal(parseIp("255.255.255.255"), 0xffffffff);
  const wrong = ["", "10.0.2", "10.0.2.256", "a.b.c.d", "1.2.3.4.5", " 1.2.3.4"];
  for (const text of wrong) assert.equal(parseIp(text), undefined);
  assert.equal(formatMac(parseMac("52:54:0:12:34:56")!), "52:54:00:12:34:56");
  for (const text of ["", "52:54:00:12:34", "52:54:00:12:34:5g"]) assert.equal(parseMac(text), undefined);
  assert.deepEqual(parsePrefix("10.0.2.15/24"), { address: 0x0a00020f, length: 24 });
  assert.deepEqual(parsePrefix("10.0.2.15"), { address: 0x0a00020f, length: 32 });
  for (const text of ["10.0.2.15/33", "10.0.2/24", "10.0.2.15/24/3", "x"]) {
    assert.throws(() => parsePrefix(text), /not an IPv4/);
  }
  assert.deepEqual([0, 8, 24, 32].map(netmask), [0, 0xff000000, 0xffffff00, 0xffffffff]);
});
