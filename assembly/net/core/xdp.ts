// net/core/xdp.c, net/core/filter.c: the receive queues that drivers register for XDP. A program cannot be attached, since
// no BPF is there to run one; what only a program's verdict leads to is a bug if it is reached.

import {
  EFAULT,
  EINVAL,
  ENODEV,
  EOPNOTSUPP,
  MEM_TYPE_MAX,
  MEM_TYPE_PAGE_ORDER0,
  MEM_TYPE_PAGE_POOL,
  MEM_TYPE_PAGE_SHARED,
  MEM_TYPE_XSK_BUFF_POOL,
  net_device,
  sizeof_xdp_rxq_info,
  xdp_buff,
  xdp_frame,
  xdp_rxq_info,
} from "../../abi";
import { BUG, WARN } from "../../kernel/panic";
import { virt_to_page } from "../../mm/page";
import { page_frag_free } from "../../mm/page_frag";
import { put_page } from "../../mm/page_ref";

/** States of a queue (REG_STATE_*). */
const NEW: u32 = 0;
const REGISTERED: u32 = 1;
const UNREGISTERED: u32 = 2;
const UNUSED: u32 = 3;

/** linux/filter.h. `struct static_key_false bpf_stats_enabled_key`: statistics of programs, off. */
export const bpf_stats_enabled_key: usize = memory.data(8, 8);
/** linux/filter.h. `struct static_key_false bpf_master_redirect_enabled_key`: redirection by a master, off. */
export const bpf_master_redirect_enabled_key: usize = memory.data(8, 8);

/** net/xdp.h. Registers a receive queue of `dev`. 0, -ENODEV without a device, -EINVAL if the driver said that it never
 *  would; registered queues are registered anew, with a warning. Context: process. */
export function __xdp_rxq_info_reg(
  rxq: xdp_rxq_info,
  dev: net_device,
  queue_index: u32,
  napi_id: u32,
  frag_size: u32,
): i32 {
  if (rxq.reg_state == UNUSED) {
    WARN(cstr("Driver promised not to register this"));
    return -EINVAL;
  }
  if (rxq.reg_state == REGISTERED) {
    WARN(cstr("Missing unregister, handled but fix driver"));
    xdp_rxq_info_unreg(rxq);
  }
  if (changetype<usize>(dev) == 0) {
    WARN(cstr("Missing net_device from driver"));
    return -ENODEV;
  }
  memory.fill(changetype<usize>(rxq), 0, sizeof_xdp_rxq_info);
  rxq.dev = changetype<usize>(dev);
  rxq.queue_index = queue_index;
  rxq.napi_id = napi_id;
  rxq.frag_size = frag_size;
  rxq.reg_state = REGISTERED;
  return 0;
}

/** net/xdp.h. Unregisters a queue; one that is unused stays so. Context: process. */
export function xdp_rxq_info_unreg(rxq: xdp_rxq_info): void {
  if (rxq.reg_state == UNUSED) return;
  xdp_rxq_info_unreg_mem_model(rxq);
  rxq.reg_state = UNREGISTERED;
  rxq.dev = 0;
}

/** net/xdp.h. Says that a queue will not be registered. Context: process. */
export function xdp_rxq_info_unused(rxq: xdp_rxq_info): void {
  rxq.reg_state = UNUSED;
}

/** net/xdp.h. Whether a queue is registered. Context: any. */
export function xdp_rxq_info_is_reg(rxq: xdp_rxq_info): bool {
  return rxq.reg_state == REGISTERED;
}

/** net/xdp.h. Says where a registered queue's memory comes from (enum xdp_mem_type). 0, -EFAULT if it is not registered,
 *  -EINVAL for types that want an allocator. Context: process. (Differs: there are no page pools, so an allocator is
 *  -EOPNOTSUPP.) */
export function xdp_rxq_info_reg_mem_model(rxq: xdp_rxq_info, type: u32, allocator: usize): i32 {
  if (rxq.reg_state != REGISTERED) {
    WARN(cstr("Missing register, driver bug"));
    return -EFAULT;
  }
  if (type >= MEM_TYPE_MAX) return -EINVAL;
  rxq.mem.type = type;
  if (allocator) return -EOPNOTSUPP;
  return type == MEM_TYPE_PAGE_POOL || type == MEM_TYPE_XSK_BUFF_POOL ? -EINVAL : 0;
}

/** net/xdp.h. Takes back what xdp_rxq_info_reg_mem_model said. Context: process. */
export function xdp_rxq_info_unreg_mem_model(rxq: xdp_rxq_info): void {
  if (rxq.reg_state != REGISTERED) {
    WARN(cstr("Missing register, driver bug"));
    return;
  }
  rxq.mem.type = 0;
  rxq.mem.id = 0;
}

function give_back(data: usize, type: u32): void {
  if (type == MEM_TYPE_PAGE_SHARED) page_frag_free(data);
  else if (type == MEM_TYPE_PAGE_ORDER0) put_page(virt_to_page(data));
  else WARN(cstr("Incorrect XDP memory type"));
}

/** net/xdp.h. Frees a frame's memory. Context: any. */
export function xdp_return_frame(frame: xdp_frame): void {
  give_back(frame.data, frame.mem.type);
}

/** net/xdp.h. As xdp_return_frame, in the poll that the memory came from. Context: softirq. */
export function xdp_return_frame_rx_napi(frame: xdp_frame): void {
  give_back(frame.data, frame.mem.type);
}

/** net/xdp.h. Frees a buffer's memory. Context: any. */
export function xdp_return_buff(xdp: xdp_buff): void {
  give_back(xdp.data, changetype<xdp_rxq_info>(xdp.rxq).mem.type);
}

/** net/xdp.h. Reports a driver's mistake. Context: any. */
export function xdp_warn(msg: usize, func: usize, line: i32): void {
  WARN(msg);
}

// ── Only a program leads here ──

function no_program(who: usize): void {
  BUG(who);
}

/** linux/bpf.h. Runs a program: none can be attached. Context: softirq. */
export function bpf_dispatcher_xdp_func(ctx: usize, insns: usize, func: u32): u32 {
  no_program(cstr("bpf_dispatcher_xdp_func: no BPF program can be attached"));
  return 0;
}

/** linux/bpf.h. Takes `i` references to a program: there is none. Context: any. */
export function bpf_prog_add(prog: usize, i: i32): void {
  no_program(cstr("bpf_prog_add: no BPF program can be attached"));
}

/** linux/bpf.h. Drops `i` references to a program: there is none. Context: any. */
export function bpf_prog_sub(prog: usize, i: i32): void {
  no_program(cstr("bpf_prog_sub: no BPF program can be attached"));
}

/** linux/bpf.h. Drops a reference to a program: there is none. Context: any. */
export function bpf_prog_put(prog: usize): void {
  no_program(cstr("bpf_prog_put: no BPF program can be attached"));
}

/** linux/filter.h. Reports a program's bad verdict: there is no program. Context: softirq. */
export function bpf_warn_invalid_xdp_action(dev: net_device, prog: usize, act: u32): void {
  no_program(cstr("bpf_warn_invalid_xdp_action: no BPF program can be attached"));
}

/** linux/filter.h. Redirects a frame as a program said: there is none. Context: softirq. */
export function xdp_do_redirect(dev: net_device, xdp: xdp_buff, prog: usize): i32 {
  no_program(cstr("xdp_do_redirect: no BPF program can be attached"));
  return -EINVAL;
}

/** linux/filter.h. Sends what was redirected: nothing can be. Context: softirq. */
export function xdp_do_flush(): void {
  no_program(cstr("xdp_do_flush: no BPF program can be attached"));
}

/** linux/filter.h. Lets a master choose where a program's frame goes: there is none. Context: softirq. */
export function xdp_master_redirect(xdp: xdp_buff): u32 {
  no_program(cstr("xdp_master_redirect: no BPF program can be attached"));
  return 0;
}

/** net/xdp.h. Makes a frame of a zero-copy buffer: no socket has one. Context: softirq. */
export function xdp_convert_zc_to_xdp_frame(xdp: xdp_buff): usize {
  no_program(cstr("xdp_convert_zc_to_xdp_frame: no BPF program can be attached"));
  return 0;
}

/** net/xdp.h. Makes a packet of a frame that was redirected: none can be. Context: softirq. */
export function __xdp_build_skb_from_frame(frame: xdp_frame, skb: usize, dev: net_device): usize {
  no_program(cstr("__xdp_build_skb_from_frame: no BPF program can be attached"));
  return 0;
}

/** net/xdp.h. Allocates structs for packets of redirected frames: none can be. Context: softirq. */
export function xdp_alloc_skb_bulk(skbs: usize, n_skb: i32, gfp: u32): i32 {
  no_program(cstr("xdp_alloc_skb_bulk: no BPF program can be attached"));
  return 0;
}
