import { ENOENT, net_device, netdev_hw_addr } from "../../../abi";
import { list_next } from "../../../lib/list";
import {
  dev_addr_add,
  dev_addr_del,
  dev_mc_add,
  dev_mc_del,
  dev_mc_sync,
  dev_mc_unsync,
  dev_uc_add,
  dev_uc_del,
} from "../dev_addr_lists";
import { free_netdev } from "../dev_alloc";
import { unregister_netdev } from "../dev_register";
import { __hw_addr_sync_dev, __hw_addr_unsync_dev } from "../hw_addr";
import { rtnl_lock, rtnl_unlock } from "../rtnl";
import { boot_net } from "../../../__tests__/boot";
import { fake_device, fake_mac } from "./fake";

let upper = changetype<net_device>(0);
let lower = changetype<net_device>(0);
const addr = memory.data(8, 8);

/** Address number `n`. */
function nth(n: u32): usize {
  store<u32>(addr, 0x5e0001);
  store<u16>(addr, <u16>n, 4);
  return addr;
}

/** What the device was told: "+1-2" for addresses by their last byte but one. */
let told = "";
let refuse = false;

function sync(dev: usize, a: usize): i32 {
  if (refuse) return -12;
  told += "+" + load<u8>(a, 4).toString();
  return 0;
}

function unsync(dev: usize, a: usize): i32 {
  told += "-" + load<u8>(a, 4).toString();
  return 0;
}

describe("address lists", () => {
  beforeEach(() => {
    boot_net();
    upper = fake_device();
    lower = fake_device();
    rtnl_lock();
    told = "";
    refuse = false;
  });

  afterEach(() => {
    rtnl_unlock();
    unregister_netdev(upper);
    unregister_netdev(lower);
    free_netdev(upper);
    free_netdev(lower);
  });

  test("hold many addresses, each once, in the order they came", () => {
    for (let i: u32 = 0; i < 200; i++) expect(dev_mc_add(upper, nth((i * 37) % 200))).toBe(0);
    expect(upper.mc.count).toBe(200);
    for (let i: u32 = 0; i < 200; i++) expect(dev_mc_add(upper, nth(i))).toBe(0);
    expect(upper.mc.count).toBe(200);
    const first = list_next(changetype<usize>(upper.mc.list));
    expect(load<u16>(changetype<netdev_hw_addr>(first).addr, 4)).toBe(0);
    expect(changetype<netdev_hw_addr>(list_next(first)).addr_at(4)).toBe(37);
    for (let i: u32 = 0; i < 200; i++) {
      expect(dev_mc_del(upper, nth(i))).toBe(0);
      expect(dev_mc_del(upper, nth(i))).toBe(0);
      expect(dev_mc_del(upper, nth(i))).toBe(-ENOENT);
    }
    expect(upper.mc.count).toBe(0);
  });

  test("are handed down to a lower device, and taken back", () => {
    dev_mc_add(upper, nth(1));
    dev_mc_add(upper, nth(2));
    dev_mc_add(lower, nth(2));
    expect(dev_mc_sync(lower, upper)).toBe(0);
    expect(lower.mc.count).toBe(2);
    expect(dev_mc_sync(lower, upper)).toBe(0, "nothing new");
    dev_mc_del(upper, nth(1));
    expect(upper.mc.count).toBe(2, "the lower device still has it");
    dev_mc_sync(lower, upper);
    expect(upper.mc.count).toBe(1);
    expect(lower.mc.count).toBe(1);
    dev_mc_unsync(lower, upper);
    expect(lower.mc.count).toBe(1, "its own use of the second");
    dev_mc_del(lower, nth(2));
    expect(lower.mc.count).toBe(0);
  });

  test("tell a device what changed", () => {
    dev_uc_add(upper, nth(1));
    dev_uc_add(upper, nth(2));
    expect(__hw_addr_sync_dev(upper.uc, upper, sync.index, unsync.index)).toBe(0);
    expect(told).toBe("+1+2");
    expect(__hw_addr_sync_dev(upper.uc, upper, sync.index, unsync.index)).toBe(0);
    expect(told).toBe("+1+2");
    dev_uc_del(upper, nth(1));
    dev_uc_add(upper, nth(3));
    refuse = true;
    expect(__hw_addr_sync_dev(upper.uc, upper, sync.index, unsync.index)).toBe(-12);
    expect(told).toBe("+1+2-1");
    refuse = false;
    __hw_addr_sync_dev(upper.uc, upper, sync.index, unsync.index);
    expect(told).toBe("+1+2-1+3");
    __hw_addr_unsync_dev(upper.uc, upper, unsync.index);
    expect(told).toBe("+1+2-1+3-2-3");
    dev_uc_del(upper, nth(2));
    dev_uc_del(upper, nth(3));
    expect(upper.uc.count).toBe(0);
  });

  test("keep the device's first own address", () => {
    expect(dev_addr_add(upper, nth(9), 2)).toBe(0);
    expect(upper.dev_addrs.count).toBe(2);
    expect(dev_addr_del(upper, fake_mac(), 1)).toBe(-ENOENT);
    expect(dev_addr_del(upper, nth(9), 2)).toBe(0);
    expect(load<u32>(upper.dev_addr)).toBe(load<u32>(fake_mac()));
  });
});
