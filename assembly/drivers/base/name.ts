// What a device is called (linux/device.h).

import { bus_type, class_, device_driver } from "../../abi";
import { kobject_set_name_vargs } from "../../lib/kobject";
import { va_block, va_free } from "../../lib/vsprintf";
import { dev_kobj, to_device } from "./base";

/** The device's name: the initial one until the kobject has one. */
export function dev_name(dev: usize): usize {
  const d = to_device(dev);
  return d.init_name ? d.init_name : d.kobj.name;
}

/** linux/device.h. The driver's name, else the bus's, else the class's, else "". Context: any. */
export function dev_driver_string(dev: usize): usize {
  const d = to_device(dev);
  if (d.driver) return changetype<device_driver>(d.driver).name;
  if (d.bus) return changetype<bus_type>(d.bus).name;
  if (d.class_) return changetype<class_>(d.class_).name;
  return cstr("");
}

/** linux/device.h. Names a device by a format and its arguments. 0, or -ENOMEM. Context: process. */
export function dev_set_name(dev: usize, fmt: usize, args: usize): i32 {
  return kobject_set_name_vargs(dev_kobj(dev), fmt, args);
}

/** dev_set_name() for the core's own code. */
export function dev_name_set(dev: usize, fmt: usize, a: u32 = 0, b: u32 = 0, c: u32 = 0, d: u32 = 0): i32 {
  const error = dev_set_name(dev, fmt, va_block(a, b, c, d));
  va_free();
  return error;
}
