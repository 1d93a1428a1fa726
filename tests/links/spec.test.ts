// `--link` and `--netdev`: what is refused, and with which words.
import assert from "node:assert/strict";
import { test } from "node:test";
import { parseLinkSpec, parseNetdevSpec } from "../../boards/links/spec.ts";

test("kinds, places and options", () => {
  const { kind, where, options } = parseLinkSpec("tap:wire0,netns=a,pcap=x.pcapng,loss=1%,delay=5ms,seed=7,trace");
  assert.deepEqual([kind, where], ["tap", "wire0"]);
  assert.deepEqual(options, { netns: "a", pcap: "x.pcapng", loss: "1%", delay: "5ms", seed: "7", trace: "on" });
  for (const text of [
    "peer",
    "none",
    "passt",
    "passt,socket=/x",
    "hub:h",
    "stream:unix:/x",
    "stream-listen:[::1]:80",
    "stream:host:1",
  ]) {
    assert.equal(parseLinkSpec(text).text, text);
  }
  assert.equal(parseNetdevSpec("eth0=tap:kpi0")[0], "eth0");
});

for (const [text, message] of [
  ["tab:x", /unknown kind "tab"; did you mean tap\?/],
  ["", /unknown kind ""; known: peer, none, tap/],
  ["tap", /it wants tap:NAME/],
  ["tap:", /it wants tap:NAME/],
  ["peer:x", /peer has nothing behind a colon/],
  ["peer,los=1%", /unknown option "los"; did you mean loss\?/],
  ["peer,loss=1%,loss=2%", /loss is given twice/],
  ["peer,loss=", /loss has no value/],
  ["peer,loss=101%", /loss=101% is not a share, as 1% or 0.01/],
  ["peer,loss=much", /loss=much is not a share/],
  ["peer,delay=5", /delay=5 is not a time, as 5ms/],
  ["peer,delay=5constructor", /is not a time/],
  ["peer,rate=0mbit", /rate=0mbit is not a rate, as 100mbit/],
  ["peer,seed=x", /seed=x is not a number to 4294967295/],
  ["peer,pcap", /pcap wants a file, as pcap=out.pcapng/],
  ["peer,trace=no", /trace=no is not needed/],
  ["stream:nowhere", /"nowhere" is neither unix:PATH nor HOST:PORT/],
  ["stream:host:99999", /neither unix:PATH nor HOST:PORT/],
  ["stream:unix:", /there is no path behind unix:/],
  [`stream:unix:/${"x".repeat(120)}`, /at most 107 bytes/],
  ["dgram:127.0.0.1:1", /it wants local=/],
  ["peer\n,x", /it has the end of a line in it/],
] as const) {
  test(`--link ${JSON.stringify(text).slice(0, 40)}`, () => {
    assert.throws(() => parseLinkSpec(text), { message, exitCode: 2 });
  });
}

test("--netdev wants an interface", () => {
  for (const text of ["tap:x", "=tap:x", "a b=tap:x", "eth0=", "eth0"]) {
    assert.throws(() => parseNetdevSpec(text), { message: /it wants INTERFACE=LINK, as eth0=tap:kpi0/, exitCode: 2 });
  }
});
