import {
  bus_type,
  dev_pm_ops,
  EBUSY,
  EIO,
  RPM_ACTIVE,
  RPM_SUSPENDED,
  sizeof_bus_type,
  sizeof_dev_pm_ops,
  sizeof_device,
} from "../../../abi";
import { to_device } from "../base";
import { device_register, device_unregister } from "../core";
import { child_count, power, usage_count } from "../power/runtime";
import {
  __pm_runtime_idle,
  __pm_runtime_resume,
  __pm_runtime_set_status,
  __pm_runtime_suspend,
  pm_runtime_barrier,
  pm_runtime_enable,
  pm_runtime_get_if_active,
  pm_runtime_no_callbacks,
} from "../power/runtime_api";
import { boot_drivers } from "../../../__tests__/boot";

const GET_PUT: i32 = 4;
const devices = memory.data(2 * 512, 8);
const bus = memory.data(128, 8);
const ops = memory.data(128, 8);
let trail = "";
let answer: i32 = 0;
let dev: usize = 0;
let parent: usize = 0;

function release(dev: usize): void {}

function suspend(dev: usize): i32 {
  trail += "s ";
  return answer;
}

function resume(dev: usize): i32 {
  trail += "r ";
  return answer;
}

function idle(dev: usize): i32 {
  trail += "i ";
  return 0;
}

function device(n: u32, name: usize, above: usize): usize {
  const d = devices + n * 512;
  memory.fill(d, 0, sizeof_device);
  to_device(d).init_name = name;
  to_device(d).release = release.index;
  to_device(d).parent = above;
  device_register(d);
  __pm_runtime_set_status(d, RPM_ACTIVE);
  pm_runtime_enable(d);
  return d;
}

describe("runtime power management with callbacks", () => {
  beforeEach(() => {
    boot_drivers();
    trail = "";
    answer = 0;
    memory.fill(ops, 0, sizeof_dev_pm_ops);
    memory.fill(bus, 0, sizeof_bus_type);
    const pm = changetype<dev_pm_ops>(ops);
    pm.runtime_suspend = suspend.index;
    pm.runtime_resume = resume.index;
    pm.runtime_idle = idle.index;
    parent = device(0, cstr("above"), 0);
    dev = device(1, cstr("below"), parent);
    // a bus that only has callbacks: it is entered behind the driver core's back
    changetype<bus_type>(bus).pm = ops;
    to_device(dev).bus = bus;
  });

  afterEach(() => {
    to_device(dev).bus = 0;
    device_unregister(dev);
    device_unregister(parent);
  });

  test("a device sleeps when its last user goes, and wakes for the next", () => {
    expect(load<i32>(child_count(parent))).toBe(1);
    expect(__pm_runtime_resume(dev, GET_PUT)).toBe(1);
    expect(__pm_runtime_suspend(dev, 0)).toBe(-11);
    expect(__pm_runtime_idle(dev, GET_PUT)).toBe(0);
    expect(trail).toBe("i s ");
    expect(power(dev).runtime_status).toBe(RPM_SUSPENDED);
    expect(load<i32>(child_count(parent))).toBe(0);
    expect(__pm_runtime_suspend(dev, 0)).toBe(1);
    expect(pm_runtime_get_if_active(dev, true)).toBe(0);
    expect(__pm_runtime_resume(dev, GET_PUT)).toBe(0);
    expect(trail).toBe("i s r ");
    expect(power(dev).runtime_status).toBe(RPM_ACTIVE);
    expect(load<i32>(child_count(parent))).toBe(1);
    expect(pm_runtime_get_if_active(dev, true)).toBe(1);
    expect(load<i32>(usage_count(dev))).toBe(2);
  });

  test("a child that is awake holds its parent", () => {
    pm_runtime_no_callbacks(parent);
    expect(__pm_runtime_suspend(parent, 0)).toBe(-EBUSY);
    __pm_runtime_suspend(dev, 0); // and lets it go as it falls asleep itself
    expect(power(parent).runtime_status).toBe(RPM_SUSPENDED);
    expect(__pm_runtime_resume(dev, 0)).toBe(0);
    expect(power(parent).runtime_status).toBe(RPM_ACTIVE);
  });

  test("a callback that fails leaves the device as it was", () => {
    answer = -EBUSY;
    expect(__pm_runtime_suspend(dev, 0)).toBe(-EBUSY);
    expect(power(dev).runtime_status).toBe(RPM_ACTIVE);
    expect(power(dev).runtime_error).toBe(0); // "not now" is no error
    answer = -EIO;
    expect(__pm_runtime_suspend(dev, 0)).toBe(-EIO);
    expect(power(dev).runtime_error).toBe(-EIO);
    expect(__pm_runtime_resume(dev, 0)).toBe(-22);
    expect(__pm_runtime_set_status(dev, RPM_ACTIVE)).toBe(0); // says that it is well again
    expect(power(dev).runtime_error).toBe(0);
    answer = 0;
    expect(__pm_runtime_suspend(dev, 0)).toBe(0);
  });

  test("a barrier takes no use with it", () => {
    expect(pm_runtime_barrier(dev)).toBe(0);
    expect(load<i32>(usage_count(dev))).toBe(0);
  });
});
