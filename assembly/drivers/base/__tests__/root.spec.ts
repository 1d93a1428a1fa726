import { EEXIST, sizeof_module } from "../../../abi";
import { IS_ERR, PTR_ERR } from "../../../lib/err";
import { kmem_live_objects } from "../../../mm/slab_common";
import { sysfs_lookup } from "../../../fs/sysfs/path";
import { boot_drivers } from "../../../__tests__/boot";
import { __root_device_register, root_device_unregister } from "../root";

const owner = memory.data(<i32>sizeof_module, 8);

describe("root devices", () => {
  beforeAll(boot_drivers);

  test("are a directory, once, and leave nothing behind", () => {
    const before = kmem_live_objects();
    const root = __root_device_register(cstr("roots"), 0);
    expect(IS_ERR(root)).toBe(false);
    expect(sysfs_lookup(cstr("devices/roots"), true)).not.toBe(0);
    expect(PTR_ERR(__root_device_register(cstr("roots"), 0))).toBe(-EEXIST);
    root_device_unregister(root);
    expect(sysfs_lookup(cstr("devices/roots"), true)).toBe(0);
    expect(kmem_live_objects()).toBe(before);
  });

  test("of a module without a directory do not come into being", () => {
    const before = kmem_live_objects();
    expect(IS_ERR(__root_device_register(cstr("roots"), owner))).toBe(true);
    expect(sysfs_lookup(cstr("devices/roots"), true)).toBe(0);
    expect(kmem_live_objects()).toBe(before);
  });
});
