// `--device` specifications.
import assert from "node:assert/strict";
import { test } from "node:test";
import { createBoard, parseDeviceSpec } from "../../boards/index.ts";
import { KpiError } from "../../host/error.ts";

function refusal(action: () => unknown): string {
  try {
    action();
  } catch (error) {
    assert.ok(error instanceof KpiError);
    assert.equal(error.exitCode, 2);
    return error.message;
  }
  return "accepted";
}

test("a specification is a model and options", () => {
  assert.deepEqual(parseDeviceSpec("rtl8139"), { model: "rtl8139", options: {} });
  assert.deepEqual(parseDeviceSpec("rtl8139,revision=0x10,mac=52:54:00:12:34:56,netdev=none"), {
    model: "rtl8139",
    options: { revision: "0x10", mac: "52:54:00:12:34:56", netdev: "none" },
  });
});

test("what does not exist is refused with what does", () => {
  assert.equal(
    refusal(() => parseDeviceSpec("ne2k")),
    'unknown device model "ne2k"; known: e1000, pci-epf-test, rtl8139',
  );
  assert.equal(
    refusal(() => parseDeviceSpec("")),
    'unknown device model ""; known: e1000, pci-epf-test, rtl8139',
  );
  assert.equal(
    refusal(() => parseDeviceSpec("constructor")),
    'unknown device model "constructor"; known: e1000, pci-epf-test, rtl8139',
  );
  const speed = refusal(() => parseDeviceSpec("rtl8139,speed=10"));
  assert.match(speed, /^device rtl8139 has no option "speed"; known: mac, netdev, addr, vendor, device, /);
  assert.match(
    refusal(() => parseDeviceSpec("rtl8139,toString")),
    /has no option "toString"/,
  );
  assert.match(
    refusal(() => parseDeviceSpec("rtl8139,,")),
    /"" is not the name of an option/,
  );
  assert.match(
    refusal(() => parseDeviceSpec("rtl8139,__proto__=1")),
    /is not the name of an option/,
  );
  assert.match(
    refusal(() => parseDeviceSpec("rtl8139,mac=1,mac=2")),
    /mac is given twice/,
  );
  assert.match(
    refusal(() => createBoard("laptop", [])),
    /^unknown board "laptop"; known: desktop, qemu$/,
  );
});

test("values are checked", () => {
  assert.match(
    refusal(() => parseDeviceSpec("rtl8139,revision=0x100")),
    /revision=0x100 is not a number of 8 bits/,
  );
  assert.match(
    refusal(() => parseDeviceSpec("rtl8139,vendor=-1")),
    /is not a number of 16 bits/,
  );
  assert.match(
    refusal(() => parseDeviceSpec("rtl8139,vendor=")),
    /is not a number of 16 bits/,
  );
  const make = (text: string): string => refusal(() => createBoard("desktop", [parseDeviceSpec(text)]));
  assert.match(make("rtl8139,mac=53:54:00:12:34:56"), /not a MAC address of a card/);
  assert.match(make("rtl8139,mac=hello"), /not a MAC address of a card/);
  assert.match(make("rtl8139,addr=20"), /addr=20 is not a device number/);
  assert.match(make("rtl8139,addr=3.1"), /is not a device number/);
  assert.match(make("rtl8139,netdev=tap"), /netdev=tap is not known; known: peer, none/);
});

test("places: the same twice is refused, so is a full bus", () => {
  const spec = parseDeviceSpec("rtl8139,addr=05");
  assert.match(
    refusal(() => createBoard("desktop", [spec, spec])),
    /addr=05 is taken/,
  );
  const many = Array.from({ length: 30 }, () => parseDeviceSpec("rtl8139"));
  assert.match(
    refusal(() => createBoard("desktop", many)),
    /room for 29 devices/,
  );
});
