import {
  DEV_PROP_STRING,
  DEV_PROP_U32,
  EINVAL,
  ENODATA,
  ENOENT,
  EOVERFLOW,
  offsetof_property_entry_value,
  property_entry,
  sizeof_property_entry,
} from "../../../abi";
import { boot_drivers } from "../../../__tests__/boot";
import { IS_ERR, PTR_ERR } from "../../../lib/err";
import { kmem_live_objects } from "../../../mm/slab_common";
import {
  fwnode_property_get_reference_args,
  fwnode_property_present,
  fwnode_property_read_string,
  fwnode_property_read_string_array,
  fwnode_property_read_u32_array,
} from "../property";
import { property_entries_dup, property_entries_free } from "../property_entries";
import { fwnode_create_software_node, fwnode_remove_software_node } from "../swnode";

/** numbers: three words; names: one string, within the entry; flag: nothing. */
const table = memory.data(<i32>(4 * sizeof_property_entry), 8);
const words = memory.data<u32>([7, 8, 9]);
const values = memory.data(16, 4);

function entry(n: u32, name: usize, type: u32, length: usize, pointer: usize): property_entry {
  const at = changetype<property_entry>(table + n * sizeof_property_entry);
  at.name = name;
  at.type = type;
  at.length = length;
  at.is_inline = pointer == 0;
  if (pointer) at.pointer = pointer;
  return at;
}

describe("properties of firmware nodes", () => {
  beforeAll(boot_drivers);
  beforeEach(() => {
    entry(0, cstr("numbers"), DEV_PROP_U32, 12, words);
    const names = entry(1, cstr("names"), DEV_PROP_STRING, 4, 0);
    store<usize>(changetype<usize>(names) + offsetof_property_entry_value, cstr("eth0"));
    entry(2, cstr("flag"), DEV_PROP_U32, 0, 0);
  });

  test("are copied with the node, answered, and freed with it", () => {
    const before = kmem_live_objects();
    const node = fwnode_create_software_node(table, 0);
    expect(IS_ERR(node)).toBe(false);
    expect(fwnode_property_present(node, cstr("flag"))).toBe(true);
    expect(fwnode_property_present(node, cstr("flags"))).toBe(false);
    expect(fwnode_property_read_u32_array(node, cstr("numbers"), 0, 0)).toBe(3);
    expect(fwnode_property_read_u32_array(node, cstr("numbers"), values, 2)).toBe(0);
    expect(load<u32>(values, 4)).toBe(8);
    expect(fwnode_property_read_u32_array(node, cstr("numbers"), values, 4)).toBe(-EOVERFLOW);
    expect(fwnode_property_read_u32_array(node, cstr("none"), values, 1)).toBe(-EINVAL);
    expect(fwnode_property_read_u32_array(node, cstr("flag"), values, 1)).toBe(-ENODATA);
    expect(fwnode_property_read_string_array(node, cstr("names"), values, 3)).toBe(1);
    expect(fwnode_property_read_string(node, cstr("names"), values)).toBe(0);
    expect(load<usize>(values)).not.toBe(cstr("eth0"), "the node's own copy");
    expect(String.UTF8.decodeUnsafe(load<usize>(values), 4)).toBe("eth0");
    expect(fwnode_property_get_reference_args(node, cstr("none"), 0, 0, 0, 0)).toBe(-ENOENT);
    fwnode_remove_software_node(node);
    expect(kmem_live_objects()).toBe(before);
  });

  test("of no node are none, and a node of another kind is no parent", () => {
    expect(fwnode_property_present(0, cstr("flag"))).toBe(false);
    expect(fwnode_property_read_u32_array(0, cstr("numbers"), values, 1)).toBe(-EINVAL);
    expect(fwnode_property_get_reference_args(0, cstr("x"), 0, 0, 0, 0)).toBe(-ENOENT);
    expect(PTR_ERR(fwnode_create_software_node(0, words))).toBe(-EINVAL);
    expect(property_entries_dup(0)).toBe(0);
    property_entries_free(0);
  });

  test("without a value where one belongs are refused, and nothing of the copy stays", () => {
    const before = kmem_live_objects();
    entry(2, cstr("flag"), DEV_PROP_U32, 0, words);
    expect(PTR_ERR(property_entries_dup(table))).toBe(-ENODATA);
    expect(kmem_live_objects()).toBe(before);
  });
});
