// linux/pm_wakeup.h: whether a device may wake the system. Without system sleep in the configuration these are inlines
// of the header over two bits of dev_pm_info; the functions here are the same for modules built without the headers.

import { power } from "./runtime";

/** linux/pm_wakeup.h. Says whether the device can wake the system. Context: any. */
export function device_set_wakeup_capable(dev: usize, capable: bool): void {
  power(dev).can_wakeup = capable ? 1 : 0;
}

/** linux/pm_wakeup.h. Whether the device can wake the system. Context: any. */
export function device_can_wakeup(dev: usize): bool {
  return power(dev).can_wakeup != 0;
}

/** linux/pm_wakeup.h. Whether the device can and should wake the system. Context: any. */
export function device_may_wakeup(dev: usize): bool {
  return power(dev).can_wakeup != 0 && power(dev).should_wakeup != 0;
}

/** linux/pm_wakeup.h. Says whether the device should wake the system; 0. Context: any. */
export function device_set_wakeup_enable(dev: usize, enable: bool): i32 {
  power(dev).should_wakeup = enable ? 1 : 0;
  return 0;
}

/** linux/pm_wakeup.h. The device should wake the system; 0. Context: any. */
export function device_wakeup_enable(dev: usize): i32 {
  return device_set_wakeup_enable(dev, true);
}

/** linux/pm_wakeup.h. The device should not wake the system; 0. Context: any. */
export function device_wakeup_disable(dev: usize): i32 {
  return device_set_wakeup_enable(dev, false);
}

/** linux/pm_wakeup.h. The device can wake the system, and should, or neither; 0. Context: any. */
export function device_init_wakeup(dev: usize, enable: bool): i32 {
  device_set_wakeup_capable(dev, enable);
  return device_set_wakeup_enable(dev, enable);
}
