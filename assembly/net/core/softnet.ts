// net/core/dev.c: what one CPU keeps of the network. struct softnet_data is Linux's own layout at Linux's
// own symbol: inline code reads softnet_data.xmit.more of the running CPU.

import { offsetof_softnet_data_output_queue, softnet_data } from "../../abi";
import { smp_processor_id } from "../../arch/wasm/cpu";
import { INIT_LIST_HEAD } from "../../lib/list";
import { per_cpu_ptr, percpu_units, softnet } from "../../mm/percpu";
import { __skb_queue_head_init } from "./skb_queue";

@inline
export function softnet_of(cpu: u32): softnet_data {
  return changetype<softnet_data>(per_cpu_ptr(softnet, cpu));
}

@inline
export function this_softnet(): softnet_data {
  return softnet_of(smp_processor_id());
}

export function softnet_init(): void {
  for (let cpu: u32 = 0; cpu < percpu_units(); cpu++) {
    const sd = softnet_of(cpu);
    INIT_LIST_HEAD(changetype<usize>(sd.poll_list));
    __skb_queue_head_init(sd.input_pkt_queue);
    __skb_queue_head_init(sd.process_queue);
    sd.output_queue_tailp = changetype<usize>(sd) + offsetof_softnet_data_output_queue;
    sd.cpu = cpu;
  }
}
