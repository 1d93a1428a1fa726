// Miscellaneous devices: minors, and what becomes of those that cannot be registered.

import { EBUSY, MISC_DYNAMIC_MINOR, miscdevice, sizeof_miscdevice } from "../../../abi";
import { boot_drivers } from "../../../__tests__/boot";
import { str } from "../../../__tests__/log";
import { dev_kobj, to_device } from "../../base/base";
import { to_kobject } from "../../../lib/kobject";
import { misc_deregister, misc_register } from "../misc";

const devices = memory.data(130 * 64, 8);

function device(n: u32, minor: u32, name: usize): miscdevice {
  assert(sizeof_miscdevice <= 64);
  const at = devices + n * 64;
  memory.fill(at, 0, 64);
  const misc = changetype<miscdevice>(at);
  misc.minor = minor;
  misc.name = name;
  return misc;
}

function register(misc: miscdevice): i32 {
  return misc_register(changetype<usize>(misc));
}

function deregister(misc: miscdevice): void {
  misc_deregister(changetype<usize>(misc));
}

describe("misc devices", () => {
  beforeAll(boot_drivers);

  test("get free minors from 127 down, and a device in /sys/class/misc", () => {
    const a = device(0, MISC_DYNAMIC_MINOR, cstr("a"));
    const b = device(1, MISC_DYNAMIC_MINOR, cstr("b"));
    expect(register(a)).toBe(0);
    expect(register(b)).toBe(0);
    expect(a.minor).toBe(127);
    expect(b.minor).toBe(126);
    expect(str(to_kobject(dev_kobj(a.this_device)).name)).toBe("a");
    expect(to_device(b.this_device).devt).toBe((10 << 20) | 126);
    deregister(a);
    const c = device(2, MISC_DYNAMIC_MINOR, cstr("c"));
    expect(register(c)).toBe(0);
    expect(c.minor).toBe(127, "free again");
    deregister(b);
    deregister(c);
  });

  test("of a minor there is one", () => {
    const first = device(0, 130, cstr("watchdog"));
    expect(register(first)).toBe(0);
    expect(register(device(1, 130, cstr("other")))).toBe(-EBUSY);
    deregister(first);
    const again = device(1, 130, cstr("other"));
    expect(register(again)).toBe(0);
    deregister(again);
  });

  test("the name is taken: the minor stays free", () => {
    const first = device(0, MISC_DYNAMIC_MINOR, cstr("same"));
    expect(register(first)).toBe(0);
    const second = device(1, MISC_DYNAMIC_MINOR, cstr("same"));
    expect(register(second)).toBeLessThan(0);
    expect(second.minor).toBe(MISC_DYNAMIC_MINOR);
    const third = device(2, MISC_DYNAMIC_MINOR, cstr("third"));
    expect(register(third)).toBe(0);
    expect(third.minor).toBe(126);
    deregister(first);
    deregister(third);
  });
});
