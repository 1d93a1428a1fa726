// Numbers of character devices, who answers for them, and what an open file lets one do.

import {
  CHRDEV_MAJOR_MAX,
  EBADF,
  EBUSY,
  EINVAL,
  ENXIO,
  ESPIPE,
  O_RDONLY,
  O_RDWR,
  SEEK_CUR,
  SEEK_END,
  SEEK_SET,
  file_operations,
  sizeof_cdev,
  sizeof_file_operations,
} from "../../abi";
import { seq_init, seq_text } from "../../lib/seq_buf";
import { boot_drivers } from "../../__tests__/boot";
import { str } from "../../__tests__/log";
import {
  __register_chrdev,
  __unregister_chrdev,
  alloc_chrdev_region,
  cdev_add,
  cdev_del,
  cdev_init,
  proc_devices,
  register_chrdev_region,
  unregister_chrdev_region,
} from "../char_dev";
import { simple_read_from_buffer } from "../libfs";
import { chrdev_file_open, filp_close, nonseekable_open, stream_open, to_file } from "../open";
import { default_llseek, fixed_size_llseek, noop_llseek, vfs_llseek, vfs_read, vfs_write } from "../read_write";

const devices = memory.data(256, 8);
const operations = memory.data(512, 8);
const text = memory.data(2048, 8);
const buffer = memory.data(64, 8);

let opened = 0;
let released = 0;
let pos_seen: usize = 0;

function dev(major: u32, minor: u32): u32 {
  return (major << 20) | minor;
}

function ops(n: u32): file_operations {
  return changetype<file_operations>(operations + n * sizeof_file_operations);
}

function cdev(n: u32): usize {
  return devices + n * sizeof_cdev;
}

function open(i: usize, f: usize): i32 {
  opened++;
  return 0;
}

function release(i: usize, f: usize): i32 {
  released++;
  return 0;
}

function refuses(i: usize, f: usize): i32 {
  return -EBUSY;
}

function read(f: usize, to: usize, count: usize, pos: usize): i32 {
  pos_seen = pos;
  return pos ? simple_read_from_buffer(to, count, pos, cstr("0123456789"), 10) : 3;
}

function seeks(f: usize, offset: i64, whence: i32): i64 {
  return fixed_size_llseek(f, offset, whence, 10);
}

function region(major: u32, minor: u32, count: u32): i32 {
  return register_chrdev_region(dev(major, minor), count, cstr("spec"));
}

describe("numbers", () => {
  beforeAll(boot_drivers);

  test("may not meet, and are given back one region at a time", () => {
    expect(region(200, 10, 10)).toBe(0);
    expect(region(200, 0, 11)).toBe(-EBUSY);
    expect(region(200, 19, 1)).toBe(-EBUSY);
    expect(region(200, 0, 10)).toBe(0, "up to it");
    expect(region(200, 20, 5)).toBe(0, "from its end");
    expect(region(201, 10, 1)).toBe(0, "another major");
    proc_devices(seq_init(text, 2048));
    expect(str(seq_text(text))).toBe(
      "Character devices:\n 10 misc\n200 spec\n200 spec\n200 spec\n201 spec\n\nBlock devices:\n",
    );
    unregister_chrdev_region(dev(200, 10), 5);
    expect(region(200, 10, 1)).toBe(-EBUSY, "not as it was registered");
    unregister_chrdev_region(dev(200, 10), 10);
    expect(region(200, 12, 3)).toBe(0);
    unregister_chrdev_region(dev(200, 12), 3);
    unregister_chrdev_region(dev(200, 0), 10);
    unregister_chrdev_region(dev(200, 20), 5);
    unregister_chrdev_region(dev(201, 10), 1);
  });

  test("a run over several majors is all or nothing", () => {
    expect(region(203, 5, 1)).toBe(0);
    expect(register_chrdev_region(dev(202, 0xffffe), 10, cstr("run"))).toBe(-EBUSY);
    expect(region(202, 0xffffe, 2)).toBe(0, "its first part was given back");
    unregister_chrdev_region(dev(202, 0xffffe), 2);
    unregister_chrdev_region(dev(203, 5), 1);
    expect(region(CHRDEV_MAJOR_MAX, 0, 1)).toBe(-EINVAL);
    expect(register_chrdev_region(dev(202, 0), 0, cstr("none"))).toBe(0);
  });

  test("majors are given out from 254 down", () => {
    expect(alloc_chrdev_region(buffer, 7, 2, cstr("a"))).toBe(0);
    expect(load<u32>(buffer)).toBe(dev(254, 7));
    expect(__register_chrdev(0, 0, 256, cstr("b"), operations)).toBe(253);
    expect(__register_chrdev(253, 0, 256, cstr("b"), operations)).toBe(-EBUSY);
    __unregister_chrdev(253, 0, 256, cstr("b"));
    expect(__register_chrdev(253, 0, 256, cstr("b"), operations)).toBe(0);
    __unregister_chrdev(253, 0, 256, cstr("b"));
    unregister_chrdev_region(dev(254, 7), 2);
  });
});

describe("open files", () => {
  beforeAll(boot_drivers);

  test("the device with the smaller range answers", () => {
    ops(0).open = open.index;
    ops(0).release = release.index;
    ops(1).open = refuses.index;
    cdev_init(cdev(0), changetype<usize>(ops(0)));
    cdev_init(cdev(1), changetype<usize>(ops(1)));
    cdev_add(cdev(1), dev(240, 0), 256);
    cdev_add(cdev(0), dev(240, 3), 1);
    expect(chrdev_file_open(dev(240, 2), O_RDWR)).toBe(-EBUSY);
    const f = chrdev_file_open(dev(240, 3), O_RDWR);
    expect(f).toBeGreaterThan(0);
    expect(opened).toBe(1);
    cdev_del(cdev(0));
    expect(chrdev_file_open(dev(240, 3), O_RDWR)).toBe(-EBUSY, "the other one");
    expect(filp_close(f)).toBe(0);
    expect(released).toBe(1);
    cdev_del(cdev(1));
    expect(chrdev_file_open(dev(240, 3), O_RDWR)).toBe(-ENXIO);
  });

  test("read, write and seek as the device and the mode allow", () => {
    ops(2).read = read.index;
    ops(2).llseek = seeks.index;
    cdev_init(cdev(2), changetype<usize>(ops(2)));
    cdev_add(cdev(2), dev(241, 0), 1);
    const f = chrdev_file_open(dev(241, 0), O_RDONLY);
    expect(vfs_write(f, buffer, 1)).toBe(-EBADF);
    expect(vfs_read(f, buffer, 4)).toBe(4);
    expect(vfs_llseek(f, -1, SEEK_CUR)).toBe(3);
    expect(vfs_read(f, buffer, 2)).toBe(2);
    expect(load<u16>(buffer)).toBe(0x3433);
    expect(vfs_llseek(f, 1, SEEK_END)).toBe(-EINVAL);
    expect(vfs_llseek(f, -11, SEEK_END)).toBe(-EINVAL);
    expect(vfs_llseek(f, 10, SEEK_SET)).toBe(10);
    expect(vfs_read(f, buffer, 2)).toBe(0);
    expect(noop_llseek(f, 5, SEEK_SET)).toBe(10);
    expect(default_llseek(f, 5, SEEK_SET)).toBe(5, "the size does not matter here");
    stream_open(0, f);
    expect(vfs_llseek(f, 0, SEEK_SET)).toBe(-ESPIPE);
    expect(vfs_read(f, buffer, 2)).toBe(3);
    expect(pos_seen).toBe(0, "a stream has no position");
    filp_close(f);
    const writable = chrdev_file_open(dev(241, 0), O_RDWR);
    expect(vfs_write(writable, buffer, 1)).toBe(-EINVAL, "no write()");
    nonseekable_open(0, writable);
    expect(vfs_llseek(writable, 0, SEEK_SET)).toBe(-ESPIPE);
    expect(to_file(writable).f_pos).toBe(0);
    filp_close(writable);
    cdev_del(cdev(2));
  });
});
