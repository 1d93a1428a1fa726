// fs/proc: the files below /proc that the core keeps, by name. The text is made when it is read.

import { EFBIG, ENOENT } from "../../abi";
import { DEBUG } from "../../flavour";
import { proc_misc } from "../../drivers/char/misc";
import { proc_bus_pci_devices } from "../../drivers/pci/proc";
import { proc_interrupts } from "../../kernel/irq/proc";
import { proc_modules } from "../../kernel/module/proc";
import { proc_iomem, proc_ioports } from "../../kernel/resource";
import { proc_softirqs } from "../../kernel/softirq";
import { proc_timer_list } from "../../kernel/time/proc";
import { nth_text } from "../../lib/texts";
import { strcmp } from "../../lib/string";
import { seq_init, seq_overflowed, seq_printf, seq_used } from "../../lib/seq_buf";
import { proc_allocinfo } from "../../mm/debug/kmemleak";
import { proc_meminfo, proc_slabinfo, proc_vmallocinfo } from "../../mm/proc";
import { proc_buddyinfo } from "../../mm/show_mem";
import { proc_net_dev, proc_net_dev_mcast, proc_net_softnet_stat } from "../../net/core/proc";
import { proc_devices } from "../char_dev";
import { proc_list_entries, proc_show_entry } from "./generic";
import { proc_uptime, proc_version } from "./kernel";

/** The name of file `index`, in the order of the cases of show(); 0 behind the last. */
function name_of(index: u32): usize {
  if (index > 17) return DEBUG && index == 18 ? cstr("allocinfo") : 0;
  // prettier-ignore
  const names = cstr(
    "buddyinfo", "bus/pci/devices", "devices", "interrupts", "iomem", "ioports", "meminfo", "misc", "modules",
    "net/dev", "net/dev_mcast", "net/softnet_stat", "slabinfo", "softirqs", "timer_list", "uptime", "version",
    "vmallocinfo"
  );
  return nth_text(names, index);
}

function show(index: u32, s: usize): void {
  switch (index) {
    case 0:
      return proc_buddyinfo(s);
    case 1:
      return proc_bus_pci_devices(s);
    case 2:
      return proc_devices(s);
    case 3:
      return proc_interrupts(s);
    case 4:
      return proc_iomem(s);
    case 5:
      return proc_ioports(s);
    case 6:
      return proc_meminfo(s);
    case 7:
      return proc_misc(s);
    case 8:
      return proc_modules(s);
    case 9:
      return proc_net_dev(s);
    case 10:
      return proc_net_dev_mcast(s);
    case 11:
      return proc_net_softnet_stat(s);
    case 12:
      return proc_slabinfo(s);
    case 13:
      return proc_softirqs(s);
    case 14:
      return proc_timer_list(s);
    case 15:
      return proc_uptime(s);
    case 16:
      return proc_version(s);
    case 17:
      return proc_vmallocinfo(s);
    default:
      if (DEBUG) proc_allocinfo(s);
  }
}

function list(s: usize): void {
  for (let index: u32 = 0; name_of(index); index++) seq_printf(s, cstr("%s\n"), name_of(index));
  proc_list_entries(s);
}

/** Writes the text of /proc/`name` (a C string) into [buf, buf + size), as lib/seq_buf lays it out; of an empty name
 *  the names of all files, one a line. Returns the length of the text; -ENOENT if there is no such file; -EFBIG if the
 *  buffer is too small. */
export function kpi_proc_read(name: usize, buf: usize, size: u32): i32 {
  const s = seq_init(buf, size);
  if (!load<u8>(name)) {
    list(s);
  } else {
    let index: u32 = 0;
    while (name_of(index) && strcmp(name_of(index), name)) index++;
    if (name_of(index)) show(index, s);
    else if (!proc_show_entry(name, s)) return -ENOENT;
  }
  return seq_overflowed(s) ? -EFBIG : <i32>seq_used(s);
}
