import {
  EEXIST,
  EINVAL,
  ENODATA,
  EOVERFLOW,
  fwnode_handle,
  fwnode_operations,
  property_entry,
  sizeof_property_entry,
  sizeof_software_node,
  software_node,
} from "../../../abi";
import { snprintf_ } from "../../../lib/vsprintf";
import { mm_init } from "../../../mm/init";
import {
  is_software_node,
  software_node_fwnode,
  software_node_register,
  software_node_register_nodes,
  software_node_unregister_nodes,
  to_software_node,
} from "../swnode";

const table = memory.data(5 * 16, 8);
const properties = memory.data(4 * 24, 8);
const buf = memory.data(256, 8);

function node(index: u32): software_node {
  return changetype<software_node>(table + index * sizeof_software_node);
}

function fwnode(index: u32): usize {
  return software_node_fwnode(changetype<usize>(node(index)));
}

function f(fmt: usize, a: usize): string {
  return String.UTF8.decodeUnsafe(buf, snprintf_(buf, 256, fmt, a));
}

describe("software nodes", () => {
  test("are registered parents first and named by path", () => {
    mm_init();
    node(0).name = cstr("first");
    node(1).name = cstr("second");
    node(1).parent = changetype<usize>(node(0));
    node(2).name = cstr("third");
    node(2).parent = changetype<usize>(node(1));
    expect(software_node_register(changetype<usize>(node(1)))).toBe(-EINVAL);
    expect(software_node_register_nodes(table)).toBe(0);
    expect(software_node_register(changetype<usize>(node(1)))).toBe(-EEXIST);
    expect(f(cstr("%pfw"), fwnode(2))).toBe("first/second/third");
    expect(f(cstr("%pfwf"), fwnode(1))).toBe("first/second");
    expect(f(cstr("%pfwP"), fwnode(2))).toBe("third");
    expect(f(cstr("%-8pfwP|"), fwnode(2))).toBe("third   |");
    expect(f(cstr("%pfw"), 0)).toBe("(null)");
    expect(is_software_node(fwnode(0))).toBe(true);
    expect(is_software_node(table)).toBe(false);
    expect(is_software_node(0)).toBe(false);
    expect(to_software_node(fwnode(0))).toBe(table);
  });

  test("answer for their properties and children", () => {
    const flag = changetype<property_entry>(properties);
    flag.name = cstr("flag");
    flag.is_inline = true;
    const numbers = changetype<property_entry>(properties + sizeof_property_entry);
    numbers.name = cstr("numbers");
    numbers.length = 8;
    numbers.is_inline = true;
    store<u32>(numbers.value, 7);
    store<u32>(numbers.value, 9, 4);
    node(0).properties = properties;
    const at = fwnode(0);
    const ops = changetype<fwnode_operations>(changetype<fwnode_handle>(at).ops);
    const read = <u32>ops.property_read_int_array;
    expect(call_indirect<bool>(<u32>ops.property_present, at, cstr("flag"))).toBe(true);
    expect(call_indirect<bool>(<u32>ops.property_present, at, cstr("other"))).toBe(false);
    expect(call_indirect<i32>(read, at, cstr("numbers"), <u32>4, <usize>0, <usize>0)).toBe(2);
    expect(call_indirect<i32>(read, at, cstr("numbers"), <u32>4, buf, <usize>2)).toBe(0);
    expect(load<u64>(buf)).toBe(0x0000000900000007);
    expect(call_indirect<i32>(read, at, cstr("numbers"), <u32>4, buf, <usize>3)).toBe(-EOVERFLOW);
    expect(call_indirect<i32>(read, at, cstr("flag"), <u32>4, buf, <usize>1)).toBe(-ENODATA);
    expect(call_indirect<i32>(read, at, cstr("other"), <u32>4, buf, <usize>1)).toBe(-EINVAL);
    const next = <u32>ops.get_next_child_node;
    const child = call_indirect<usize>(next, at, <usize>0);
    expect(child).toBe(fwnode(1));
    expect(call_indirect<usize>(next, at, child)).toBe(0);
  });

  test("go with their last reference", () => {
    const third = fwnode(2);
    const ops = changetype<fwnode_operations>(changetype<fwnode_handle>(third).ops);
    call_indirect<usize>(<u32>ops.get_, third);
    software_node_unregister_nodes(table);
    expect(fwnode(2)).toBe(third);
    expect(fwnode(0)).not.toBe(0); // its descendants hold it
    call_indirect<void>(<u32>ops.put, third);
    expect(fwnode(2)).toBe(0);
    expect(fwnode(0)).toBe(0);
    software_node_unregister_nodes(table);
  });
});
