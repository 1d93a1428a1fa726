import {
  attribute,
  attribute_group,
  EEXIST,
  EINVAL,
  ENOENT,
  kobj_attribute,
  PAGE_SIZE,
  sizeof_kobj_attribute,
} from "../../../abi";
import { boot_drivers } from "../../../__tests__/boot";
import { c_string, log_mark, logged } from "../../../__tests__/log";
import { kobject_create_and_add, kobject_put, kobject_rename } from "../../../lib/kobject";
import { va_block, va_free } from "../../../lib/vsprintf";
import { kmem_live_objects } from "../../../mm/slab_common";
import {
  sysfs_create_file_ns,
  sysfs_create_files,
  sysfs_emit,
  sysfs_emit_at,
  sysfs_remove_file_ns,
  sysfs_remove_file_self,
} from "../file";
import {
  sysfs_add_file_to_group,
  sysfs_create_group,
  sysfs_create_groups,
  sysfs_merge_group,
  sysfs_remove_file_from_group,
  sysfs_remove_group,
  sysfs_set_group,
  sysfs_update_group,
} from "../group";
import { sysfs_list, sysfs_lookup, sysfs_read, sysfs_readlink, sysfs_write } from "../path";
import { sysfs_create_link, sysfs_create_link_nowarn, sysfs_remove_link, sysfs_rename_link_ns } from "../symlink";

const attrs = memory.data(4 * 16, 8);
const list = memory.data(5 * 4, 4);
const block = memory.data(64, 4);
const text = memory.data(256);
const buf = memory.data(8192, 4096);
let root: usize = 0;
let stored = "";
let hidden = false;

function show(kobj: usize, attr: usize, page: usize): i32 {
  const length = sysfs_emit(page, cstr("%s\n"), va_block(changetype<attribute>(attr).name));
  va_free();
  return length;
}

function store_(kobj: usize, attr: usize, page: usize, count: usize): i32 {
  stored = String.UTF8.decodeUnsafe(page, count + 1, true);
  return <i32>count;
}

function store_self(kobj: usize, attr: usize, page: usize, count: usize): i32 {
  return sysfs_remove_file_self(kobj, attr) ? <i32>count : -1;
}

function visible(kobj: usize, attr: usize, n: i32): u32 {
  return hidden && n == 1 ? 0 : 0o444;
}

function attr(n: u32): usize {
  return attrs + n * sizeof_kobj_attribute;
}

function path(p: string): usize {
  return c_string(text, p);
}

function read(p: string): string {
  const length = sysfs_read(path(p), buf, 4096, 0);
  return length < 0 ? "error " + length.toString() : String.UTF8.decodeUnsafe(buf, length);
}

function names(p: string): string {
  const length = sysfs_list(path(p), buf, 4096);
  return length < 0 ? "error " + length.toString() : String.UTF8.decodeUnsafe(buf, length).replaceAll("\n", " ");
}

function write(p: string, value: string): i32 {
  c_string(buf, value);
  return sysfs_write(path(p), buf, <u32>value.length, 0);
}

describe("/sys", () => {
  beforeEach(() => {
    boot_drivers();
    stored = "";
    hidden = false;
    for (let n: u32 = 0; n < 4; n++) {
      const a = changetype<kobj_attribute>(attr(n));
      a.attr.name = n == 0 ? cstr("zero") : n == 1 ? cstr("one") : n == 2 ? cstr("two") : cstr("three");
      a.attr.mode = 0o644;
      a.show = show.index;
      a.store = store_.index;
      store<usize>(list + n * 4, attr(n));
    }
    root = kobject_create_and_add(cstr("spec"), 0);
  });

  afterEach(() => kobject_put(root));

  test("shows and stores attributes", () => {
    expect(sysfs_create_file_ns(root, attr(0), 0)).toBe(0);
    log_mark();
    expect(sysfs_create_file_ns(root, attr(0), 0)).toBe(-EEXIST);
    expect(logged("sysfs: cannot create duplicate filename 'zero'")).toBe(true);
    expect(read("/sys/spec/zero")).toBe("zero\n");
    expect(read("spec//zero")).toBe("zero\n");
    expect(read("/sys/spec/../spec/./zero")).toBe("zero\n");
    expect(write("/sys/spec/zero", "abc")).toBe(3);
    expect(stored).toBe("abc");
    expect(read("/sys/spec/none")).toBe("error -2");
    expect(read("/sys/spec/zero/none")).toBe("error -2");
    expect(read("/sys/spec")).toBe("error -21");
    changetype<kobj_attribute>(attr(1)).attr.mode = 0o200;
    sysfs_create_file_ns(root, attr(1), 0);
    expect(read("/sys/spec/one")).toBe("error -13");
    sysfs_remove_file_ns(root, attr(0), 0);
    expect(read("/sys/spec/zero")).toBe("error -2");
    expect(names("/sys/spec")).toBe("one ");
  });

  test("an attribute may remove itself", () => {
    changetype<kobj_attribute>(attr(0)).store = store_self.index;
    sysfs_create_file_ns(root, attr(0), 0);
    const live = kmem_live_objects();
    expect(write("/sys/spec/zero", "1")).toBe(1);
    expect(read("/sys/spec/zero")).toBe("error -2");
    expect(kmem_live_objects()).toBe(live - 1);
  });

  test("adds all files or none", () => {
    store<usize>(list + 16, 0);
    sysfs_create_file_ns(root, attr(2), 0);
    expect(sysfs_create_files(root, list)).toBe(-EEXIST);
    expect(names("/sys/spec")).toBe("two ");
  });

  test("has groups, named and not, with attributes that may be hidden", () => {
    const groups = sysfs_set_group(block, attrs, sizeof_kobj_attribute, 3);
    const grp = changetype<attribute_group>(load<usize>(groups));
    grp.name = 0;
    grp.is_visible = visible.index;
    expect(sysfs_create_groups(root, groups)).toBe(0);
    expect(names("/sys/spec")).toBe("zero one two ");
    hidden = true;
    expect(sysfs_update_group(root, load<usize>(groups))).toBe(0);
    expect(names("/sys/spec")).toBe("zero two ");
    sysfs_remove_group(root, load<usize>(groups));
    expect(names("/sys/spec")).toBe("");
    hidden = false;
    grp.name = cstr("sub");
    expect(sysfs_update_group(root, load<usize>(groups))).toBe(-EINVAL);
    expect(sysfs_create_group(root, load<usize>(groups))).toBe(0);
    expect(sysfs_create_group(root, load<usize>(groups))).toBe(-EEXIST);
    expect(names("/sys/spec")).toBe("sub/ ");
    expect(sysfs_add_file_to_group(root, attr(3), cstr("sub"))).toBe(0);
    expect(read("/sys/spec/sub/three")).toBe("three\n");
    sysfs_remove_file_from_group(root, attr(3), cstr("sub"));
    expect(sysfs_merge_group(root, load<usize>(groups))).toBe(-EEXIST);
    sysfs_remove_group(root, load<usize>(groups));
    expect(names("/sys/spec")).toBe("");
    grp.is_visible = 0;
  });

  test("has links, which outlive what they lead to", () => {
    const target = kobject_create_and_add(cstr("target"), root);
    sysfs_create_file_ns(target, attr(0), 0);
    expect(sysfs_create_link(root, target, cstr("l"))).toBe(0);
    expect(sysfs_create_link_nowarn(root, target, cstr("l"))).toBe(-EEXIST);
    expect(read("/sys/spec/l/zero")).toBe("zero\n");
    expect(names("/sys/spec")).toBe("target/ l@ ");
    expect(sysfs_readlink(path("/sys/spec/l"), buf, 4096)).toBe(16);
    expect(sysfs_readlink(path("/sys/spec/l"), buf, 15)).toBeLessThan(0);
    expect(sysfs_readlink(path("/sys/spec/target"), buf, 4096)).toBe(-EINVAL);
    expect(sysfs_rename_link_ns(root, target, cstr("l"), cstr("k"), 0)).toBe(0);
    expect(read("/sys/spec/k/zero")).toBe("zero\n");
    expect(kobject_rename(target, cstr("renamed"))).toBe(0);
    expect(String.UTF8.decodeUnsafe(buf, sysfs_readlink(path("/sys/spec/k"), buf, 4096))).toBe("/sys/spec/renamed");
    kobject_put(target);
    expect(read("/sys/spec/k/zero")).toBe("error -2");
    sysfs_remove_link(root, cstr("k"));
    expect(names("/sys/spec")).toBe("");
    expect(sysfs_create_link(root, 0, cstr("nowhere"))).toBe(-ENOENT);
  });

  test("a list that does not fit says so", () => {
    sysfs_create_file_ns(root, attr(0), 0);
    expect(sysfs_list(path("/sys/spec"), buf, 3)).toBeLessThan(0);
    expect(sysfs_list(path("/sys/spec/zero"), buf, 4096)).toBe(-20);
  });

  test("sysfs_emit writes pages only", () => {
    expect(sysfs_emit(buf, cstr("abc"), 0)).toBe(3);
    expect(sysfs_emit_at(buf, 3, cstr("def"), 0)).toBe(3);
    expect(String.UTF8.decodeUnsafe(buf, 6)).toBe("abcdef");
    expect(sysfs_emit(buf + 1, cstr("abc"), 0)).toBe(0);
    expect(sysfs_emit_at(buf, PAGE_SIZE, cstr("abc"), 0)).toBe(0);
    expect(sysfs_emit_at(buf, PAGE_SIZE - 2, cstr("abc"), 0)).toBe(1);
  });

  test("gives its memory back", () => {
    const live = kmem_live_objects();
    const dir = kobject_create_and_add(cstr("dir"), root);
    for (let n: u32 = 0; n < 4; n++) sysfs_create_file_ns(dir, attr(n), 0);
    sysfs_create_link(dir, root, cstr("up"));
    kobject_put(dir);
    expect(kmem_live_objects()).toBe(live);
    expect(sysfs_lookup(path("/sys/spec/dir"), true)).toBe(0);
  });
});
