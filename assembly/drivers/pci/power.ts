// Power states D0 to D3hot by the power management capability, and wake-up by PME# (drivers/pci/pci.c).

import {
  EINVAL,
  EIO,
  ENODEV,
  PCI_CAP_ID_PM,
  PCI_D0,
  PCI_D1,
  PCI_D2,
  PCI_D3cold,
  PCI_D3hot,
  PCI_DEV_FLAGS_NO_D3,
  PCI_PM_CAP_D1,
  PCI_PM_CAP_D2,
  PCI_PM_CAP_PME_D0,
  PCI_PM_CAP_PME_D1,
  PCI_PM_CAP_PME_D2,
  PCI_PM_CAP_PME_D3cold,
  PCI_PM_CAP_PME_D3hot,
  PCI_PM_CAP_PME_MASK,
  PCI_PM_CAP_PME_SHIFT,
  PCI_PM_CAP_VER_MASK,
  PCI_PM_CTRL,
  PCI_PM_CTRL_NO_SOFT_RESET,
  PCI_PM_CTRL_PME_ENABLE,
  PCI_PM_CTRL_PME_STATUS,
  PCI_PM_CTRL_STATE_MASK,
  PCI_PM_PMC,
  PCI_POWER_ERROR,
  PCI_STATUS,
  PCI_STATUS_IMM_READY,
  PM_EVENT_FREEZE,
  PM_EVENT_HIBERNATE,
  PM_EVENT_ON,
  PM_EVENT_QUIESCE,
  PM_EVENT_SUSPEND,
  TASK_UNINTERRUPTIBLE,
  PCI_STD_NUM_BARS,
} from "../../abi";
import { BUG } from "../../kernel/panic";
import { udelay } from "../../kernel/time/delay";
import { usleep_range_state } from "../../kernel/time/sleep";
import { pm_runtime_enable, pm_runtime_forbid, pm_runtime_set_active } from "../base/power/runtime_api";
import { device_can_wakeup, device_may_wakeup, device_set_wakeup_capable } from "../base/power/wakeup";
import { config16, pci_write_config_word } from "./access";
import { pci_find_capability } from "./capability";
import { pci_device, pci_err, pci_info, to_pci } from "./internal";
import { pci_update_resource } from "./setup_res";

/** From D3hot to D0, ms (PCI_PM_D3HOT_WAIT) and from D2, us (PCI_PM_D2_DELAY). */
const D3HOT_DELAY: u32 = 10;
const D3COLD_DELAY: u32 = 100;
const D2_DELAY: u32 = 200;
/** Highest version of the capability that is understood. */
const PM_VERSION: u32 = 3;

/** What a power state is called. */
export function pci_power_name(state: i32): usize {
  switch (state) {
    case PCI_D0:
      return cstr("D0");
    case PCI_D1:
      return cstr("D1");
    case PCI_D2:
      return cstr("D2");
    case PCI_D3hot:
      return cstr("D3hot");
    case PCI_D3cold:
      return cstr("D3cold");
    default:
      return cstr("unknown");
  }
}

@inline
function pmcsr(dev: usize): u32 {
  return <u32>to_pci(dev).pm_cap + PCI_PM_CTRL;
}

/** Gives the device the time that a step to or from D3hot takes. */
export function wait_d3(dev: usize): void {
  const us = max(to_pci(dev).d3hot_delay, D3HOT_DELAY) * 1000;
  usleep_range_state(us, us + us / 5, TASK_UNINTERRUPTIBLE);
}

// ── Setting a state ──

function inaccessible(dev: usize, state: i32): i32 {
  pci_err(
    dev,
    cstr("Unable to change power state from %s to %s, device inaccessible"),
    pci_power_name(to_pci(dev).current_state),
    pci_power_name(state),
  );
  to_pci(dev).current_state = PCI_D3cold;
  return -EIO;
}

/** What the capability says, if it can be read: a device that is gone is in D3cold. */
export function pci_update_current_state(dev: usize, state: i32): void {
  const d = to_pci(dev);
  if (!d.pm_cap) {
    d.current_state = state;
    return;
  }
  const value = config16(dev, pmcsr(dev));
  d.current_state = value == 0xffff ? PCI_D3cold : value & PCI_PM_CTRL_STATE_MASK;
}

/** To D0. 0, 1 if the device forgot its BARs on the way, or -EIO. */
function power_up(dev: usize): i32 {
  const d = to_pci(dev);
  if (!d.pm_cap) {
    d.current_state = PCI_D0;
    return -EIO;
  }
  const value = config16(dev, pmcsr(dev));
  if (value == 0xffff) return inaccessible(dev, PCI_D0);
  const state: i32 = value & PCI_PM_CTRL_STATE_MASK;
  const forgot = (d.current_state >= <i32>PCI_D3hot || state == PCI_D3hot) && !(value & PCI_PM_CTRL_NO_SOFT_RESET);
  if (state != PCI_D0) {
    pci_write_config_word(dev, pmcsr(dev), 0);
    if (state == PCI_D3hot) wait_d3(dev);
    else if (state == PCI_D2) udelay(D2_DELAY);
  }
  d.current_state = PCI_D0;
  return <i32>forgot;
}

function set_full_power(dev: usize): i32 {
  const d = to_pci(dev);
  const result = power_up(dev);
  if (result < 0) return d.current_state == PCI_D0 ? 0 : result;
  d.current_state = config16(dev, pmcsr(dev)) & PCI_PM_CTRL_STATE_MASK;
  if (d.current_state != PCI_D0) {
    pci_info(dev, cstr("Refused to change power state from %s to D0"), pci_power_name(d.current_state));
  } else if (result) {
    for (let bar: u32 = 0; bar < PCI_STD_NUM_BARS; bar++) pci_update_resource(dev, bar);
  }
  return 0;
}

function set_low_power(dev: usize, state: i32): i32 {
  const d = to_pci(dev);
  if (!d.pm_cap) return -EIO;
  if (d.current_state <= <i32>PCI_D3cold && d.current_state > state) return -EINVAL; // sleep only deeper
  if ((state == PCI_D1 && !d.d1_support) || (state == PCI_D2 && !d.d2_support)) return -EIO;
  const value = config16(dev, pmcsr(dev));
  if (value == 0xffff) return inaccessible(dev, state);
  pci_write_config_word(dev, pmcsr(dev), (value & ~PCI_PM_CTRL_STATE_MASK) | state);
  if (state == PCI_D3hot) wait_d3(dev);
  else if (state == PCI_D2) udelay(D2_DELAY);
  d.current_state = config16(dev, pmcsr(dev)) & PCI_PM_CTRL_STATE_MASK;
  if (d.current_state != state) {
    pci_info(
      dev,
      cstr("Refused to change power state from %s to %s"),
      pci_power_name(d.current_state),
      pci_power_name(state),
    );
  }
  return 0;
}

/** linux/pci.h. Puts the device into a power state, PCI_D0 to PCI_D3cold (D3cold: no deeper than D3hot without a
 *  platform). 0, -EINVAL to wake by another state than D0, -EIO if it has no such state. Context: process. */
export function pci_set_power_state(dev: usize, state: i32): i32 {
  const d = to_pci(dev);
  if (state > <i32>PCI_D3cold) state = PCI_D3cold;
  else if (state < <i32>PCI_D0) state = PCI_D0;
  else if ((state == PCI_D1 || state == PCI_D2) && d.no_d1d2) return 0;
  if (d.current_state == state) return 0;
  if (state == PCI_D0) return set_full_power(dev);
  if (state >= <i32>PCI_D3hot && d.dev_flags & PCI_DEV_FLAGS_NO_D3) return 0;
  return set_low_power(dev, min(state, <i32>PCI_D3hot));
}

/** linux/pci.h. pci_set_power_state() by one who holds the bus semaphore, of which there is none. Context: process. */
export function pci_set_power_state_locked(dev: usize, state: i32): i32 {
  return pci_set_power_state(dev, state);
}

/** linux/pci.h. Lets the device lose its power in its sleep. Context: any. */
export function pci_d3cold_enable(dev: usize): void {
  to_pci(dev).no_d3cold = 0;
}

/** linux/pci.h. Keeps the device's power on in its sleep. Context: any. */
export function pci_d3cold_disable(dev: usize): void {
  to_pci(dev).no_d3cold = 1;
}

/** linux/pci.h. The power state that fits a system state (pm_message_t): D0 for PM_EVENT_ON, else D3hot.
 *  Context: any. */
export function pci_choose_state(dev: usize, state: i32): i32 {
  if (!to_pci(dev).pm_cap) return PCI_D0;
  switch (<u32>state) {
    case PM_EVENT_ON:
      return PCI_D0;
    case PM_EVENT_FREEZE:
    case PM_EVENT_QUIESCE:
    case PM_EVENT_SUSPEND:
    case PM_EVENT_HIBERNATE:
      return PCI_D3hot;
    default:
      pci_info(dev, cstr("unrecognized suspend event %d"), state);
      BUG(cstr("pci_choose_state: unrecognized suspend event"));
      return PCI_POWER_ERROR;
  }
}

// ── Wake-up ──

/** linux/pci.h. Whether the device can raise PME# from that state. Context: any. */
export function pci_pme_capable(dev: usize, state: i32): bool {
  return to_pci(dev).pm_cap != 0 && (to_pci(dev).pme_support & (1 << state)) != 0;
}

/** linux/pci.h. Clears the PME# status and switches PME# on or off. Context: any. */
export function pci_pme_active(dev: usize, enable: bool): void {
  if (!to_pci(dev).pme_support) return;
  const value = config16(dev, pmcsr(dev)) | PCI_PM_CTRL_PME_STATUS | PCI_PM_CTRL_PME_ENABLE;
  pci_write_config_word(dev, pmcsr(dev), enable ? value : value & ~PCI_PM_CTRL_PME_ENABLE);
}

function enable_wake(dev: usize, state: i32, enable: bool): i32 {
  const d = to_pci(dev);
  if (!enable == !d.wakeup_prepared) return 0;
  if (!enable) {
    pci_pme_active(dev, false);
    d.wakeup_prepared = 0;
    return 0;
  }
  if (!pci_pme_capable(dev, state) && !pci_pme_capable(dev, PCI_D3cold)) return -ENODEV;
  pci_pme_active(dev, true);
  d.wakeup_prepared = 1;
  return 0;
}

/** linux/pci.h. Lets the device wake the system from that state, or not. 0, -EINVAL if it should not wake it,
 *  -ENODEV if it cannot. Context: process. */
export function pci_enable_wake(dev: usize, state: i32, enable: bool): i32 {
  if (enable && !device_may_wakeup(pci_device(dev))) return -EINVAL;
  return enable_wake(dev, state, enable);
}

/** linux/pci.h. pci_enable_wake() for D3, cold if it can. Context: process. */
export function pci_wake_from_d3(dev: usize, enable: bool): i32 {
  return pci_enable_wake(dev, pci_pme_capable(dev, PCI_D3cold) ? PCI_D3cold : PCI_D3hot, enable);
}

/** The deepest state that the device can sleep in, and wake from if it should. */
export function pci_target_state(dev: usize, wakeup: bool): i32 {
  const d = to_pci(dev);
  if (!d.pm_cap) return PCI_D0;
  if (!wakeup || !d.pme_support) return PCI_D3hot;
  let state: i32 = PCI_D3hot;
  while (state && !(d.pme_support & (1 << state))) state--;
  if (state) return state;
  return d.pme_support & 1 ? PCI_D0 : PCI_D3hot;
}

/** linux/pci.h. Puts the device to sleep as deep as its wake-up allows. 0 or an error. Context: process. */
export function pci_prepare_to_sleep(dev: usize): i32 {
  const wakeup = device_may_wakeup(pci_device(dev));
  const target = pci_target_state(dev, wakeup);
  if (target == PCI_POWER_ERROR) return -EIO;
  pci_enable_wake(dev, target, wakeup);
  const error = pci_set_power_state(dev, target);
  if (error) pci_enable_wake(dev, target, false);
  return error;
}

/** linux/pci.h. Takes back pci_prepare_to_sleep(). 0 or an error. Context: process. */
export function pci_back_from_sleep(dev: usize): i32 {
  const error = pci_set_power_state(dev, PCI_D0);
  if (error) return error;
  pci_enable_wake(dev, PCI_D0, false);
  return 0;
}

/** linux/pci.h. Whether the device can wake itself at run time. Context: any. (Differs: PME# reaches no one, so only a
 *  device that can raise it from its target state counts.) */
export function pci_dev_run_wake(dev: usize): bool {
  if (!to_pci(dev).pme_support || !device_can_wakeup(pci_device(dev))) return false;
  return pci_pme_capable(dev, pci_target_state(dev, true));
}

/** Sleeps as deep as possible, at run time. */
export function pci_finish_runtime_suspend(dev: usize): i32 {
  const target = pci_target_state(dev, device_can_wakeup(pci_device(dev)));
  enable_wake(dev, target, pci_dev_run_wake(dev));
  const error = pci_set_power_state(dev, target);
  if (error) pci_enable_wake(dev, target, false);
  return error;
}

// ── What a device can ──

/** Reads the capability of a new device; it is awake, and kept awake until user space says otherwise. */
export function pci_pm_init(dev: usize): void {
  pm_runtime_forbid(pci_device(dev));
  pm_runtime_set_active(pci_device(dev));
  pm_runtime_enable(pci_device(dev));
  const d = to_pci(dev);
  d.wakeup_prepared = 0;
  d.pm_cap = 0;
  d.pme_support = 0;
  const pm = pci_find_capability(dev, PCI_CAP_ID_PM);
  if (!pm) return;
  const pmc = config16(dev, <u32>pm + PCI_PM_PMC);
  if ((pmc & PCI_PM_CAP_VER_MASK) > PM_VERSION) {
    pci_err(dev, cstr("unsupported PM cap regs version (%u)"), pmc & PCI_PM_CAP_VER_MASK);
    return;
  }
  d.pm_cap = pm;
  d.d3hot_delay = D3HOT_DELAY;
  d.d3cold_delay = D3COLD_DELAY;
  d.d1_support = pmc & PCI_PM_CAP_D1 ? 1 : 0;
  d.d2_support = pmc & PCI_PM_CAP_D2 ? 1 : 0;
  if (pmc & (PCI_PM_CAP_D1 | PCI_PM_CAP_D2)) {
    pci_info(
      dev,
      cstr("supports%s%s"),
      pmc & PCI_PM_CAP_D1 ? cstr(" D1") : cstr(""),
      pmc & PCI_PM_CAP_D2 ? cstr(" D2") : cstr(""),
    );
  }
  if (pmc & PCI_PM_CAP_PME_MASK) pme_init(dev, pmc);
  d.imm_ready = config16(dev, PCI_STATUS) & PCI_STATUS_IMM_READY ? 1 : 0;
}

function pme_init(dev: usize, pmc: u32): void {
  const none = cstr("");
  const cold = (pmc & PCI_PM_CAP_PME_D3cold) != 0;
  pci_info(
    dev,
    cold ? cstr("PME# supported from%s%s%s%s D3cold") : cstr("PME# supported from%s%s%s%s"),
    pmc & PCI_PM_CAP_PME_D0 ? cstr(" D0") : none,
    pmc & PCI_PM_CAP_PME_D1 ? cstr(" D1") : none,
    pmc & PCI_PM_CAP_PME_D2 ? cstr(" D2") : none,
    pmc & PCI_PM_CAP_PME_D3hot ? cstr(" D3hot") : none,
  );
  to_pci(dev).pme_support = (pmc & PCI_PM_CAP_PME_MASK) >> PCI_PM_CAP_PME_SHIFT;
  device_set_wakeup_capable(pci_device(dev), true);
  pci_pme_active(dev, false);
}
