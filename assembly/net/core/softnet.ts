// net/core/dev.c: what one CPU keeps of the network. struct softnet_data is Linux's own layout: inline code reads
// softnet_data.xmit.more of the running CPU.

import {
  napi_struct, offsetof_softnet_data_backlog, offsetof_softnet_data_input_pkt_queue, offsetof_softnet_data_output_queue,
  offsetof_softnet_data_poll_list, offsetof_softnet_data_process_queue, sizeof_softnet_data, sk_buff_head, softnet_data,
} from "../../abi";
import { smp_processor_id } from "../../arch/wasm/cpu";
import { CPU_MAX } from "../../arch/wasm/memory";
import { INIT_LIST_HEAD } from "../../lib/list";
import { __skb_queue_head_init } from "./skb_queue";

const areas = memory.data(<i32>sizeof_softnet_data * CPU_MAX, 64);

@inline
export function softnet_of(cpu: u32): softnet_data {
  return changetype<softnet_data>(areas + cpu * sizeof_softnet_data);
}

@inline
export function this_softnet(): softnet_data {
  return softnet_of(smp_processor_id());
}

@inline
export function softnet_queue(sd: softnet_data, offset: usize): sk_buff_head {
  return changetype<sk_buff_head>(changetype<usize>(sd) + offset);
}

@inline
export function softnet_backlog(sd: softnet_data): napi_struct {
  return changetype<napi_struct>(changetype<usize>(sd) + offsetof_softnet_data_backlog);
}

@inline
export function softnet_poll_list(sd: softnet_data): usize {
  return changetype<usize>(sd) + offsetof_softnet_data_poll_list;
}

export function softnet_init(): void {
  for (let cpu: u32 = 0; cpu < CPU_MAX; cpu++) {
    const sd = softnet_of(cpu);
    INIT_LIST_HEAD(softnet_poll_list(sd));
    __skb_queue_head_init(softnet_queue(sd, offsetof_softnet_data_input_pkt_queue));
    __skb_queue_head_init(softnet_queue(sd, offsetof_softnet_data_process_queue));
    sd.output_queue_tailp = changetype<usize>(sd) + offsetof_softnet_data_output_queue;
    sd.cpu = cpu;
  }
}
