// fs/proc: the files below /proc that the core keeps, by name. The text is made when it is read.

import { EFBIG, ENOENT } from "../../abi";
import { proc_bus_pci_devices } from "../../drivers/pci/proc";
import { proc_interrupts } from "../../kernel/irq/proc";
import { proc_modules } from "../../kernel/module/proc";
import { proc_iomem, proc_ioports } from "../../kernel/resource";
import { proc_softirqs } from "../../kernel/softirq";
import { proc_timer_list } from "../../kernel/time/proc";
import { strcmp } from "../../lib/string";
import { seq_init, seq_overflowed, seq_used } from "../../lib/seq_buf";
import { proc_meminfo, proc_slabinfo, proc_vmallocinfo } from "../../mm/proc";
import { proc_net_dev, proc_net_dev_mcast, proc_net_softnet_stat } from "../../net/core/proc";

function show(name: usize, s: usize): bool {
  if (strcmp(name, cstr("interrupts")) == 0) proc_interrupts(s);
  else if (strcmp(name, cstr("modules")) == 0) proc_modules(s);
  else if (strcmp(name, cstr("iomem")) == 0) proc_iomem(s);
  else if (strcmp(name, cstr("ioports")) == 0) proc_ioports(s);
  else if (strcmp(name, cstr("meminfo")) == 0) proc_meminfo(s);
  else if (strcmp(name, cstr("slabinfo")) == 0) proc_slabinfo(s);
  else if (strcmp(name, cstr("vmallocinfo")) == 0) proc_vmallocinfo(s);
  else if (strcmp(name, cstr("timer_list")) == 0) proc_timer_list(s);
  else if (strcmp(name, cstr("softirqs")) == 0) proc_softirqs(s);
  else if (strcmp(name, cstr("net/dev")) == 0) proc_net_dev(s);
  else if (strcmp(name, cstr("net/dev_mcast")) == 0) proc_net_dev_mcast(s);
  else if (strcmp(name, cstr("net/softnet_stat")) == 0) proc_net_softnet_stat(s);
  else if (strcmp(name, cstr("bus/pci/devices")) == 0) proc_bus_pci_devices(s);
  else return false;
  return true;
}

/** Writes the text of /proc/`name` (a C string) into [buf, buf + size), as lib/seq_buf lays it out. Returns the length
 *  of the text; -ENOENT if there is no such file; -EFBIG if the buffer is too small. */
export function kpi_proc_read(name: usize, buf: usize, size: u32): i32 {
  const s = seq_init(buf, size);
  if (!show(name, s)) return -ENOENT;
  return seq_overflowed(s) ? -EFBIG : <i32>seq_used(s);
}
