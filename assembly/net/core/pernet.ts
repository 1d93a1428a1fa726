// net/core/net_namespace.c: what modules keep of each network namespace. There is one, so its part is made when the module
// registers, and inline code (net_generic) finds it by number in init_net.gen.

import { ENOMEM, ENOSPC, GFP_KERNEL, net, pernet_operations } from "../../abi";
import { stack_alloc, stack_free } from "../../arch/wasm/stack";
import { down_write, up_write } from "../../kernel/locking/rwsem";
import { INIT_LIST_HEAD, list_add_tail } from "../../lib/list";
import { kzalloc } from "../../mm/kmalloc";
import { kfree } from "../../mm/slub";
import { init_net } from "./net_namespace";
import { pernet_ops_rwsem } from "./rtnetlink";

/** struct net_generic: its first words are its own, those behind belong to modules by number. */
const FIRST_ID: u32 = 3;
const IDS: u32 = 32;
const generic = memory.data(32 * 4, 8);

export function pernet_init(): void {
  memory.fill(generic, 0, IDS * 4);
  store<u32>(generic, IDS);
  changetype<net>(init_net).gen = generic;
}

/** Runs the module's own part of the beginning. 0 or an errno. */
function begin(ops: pernet_operations): i32 {
  let own: usize = 0;
  let id: u32 = 0;
  if (ops.id && ops.size) {
    id = FIRST_ID;
    while (id < IDS && load<usize>(generic + id * 4)) id++;
    if (id == IDS) return -ENOSPC;
    own = kzalloc(ops.size, GFP_KERNEL);
    if (own == 0) return -ENOMEM;
    store<u32>(ops.id, id);
    store<usize>(generic + id * 4, own);
  }
  const err = ops.init ? call_indirect<i32>(<u32>ops.init, init_net) : 0;
  if (err && own) {
    store<usize>(generic + id * 4, 0);
    kfree(own);
  }
  return err;
}

/** net/net_namespace.h. registers a module's part of namespaces: makes and begins init_net's. 0, -ENOMEM, -ENOSPC or what
 *  its init answers. Context: process. */
export function register_pernet_subsys(ops: pernet_operations): i32 {
  down_write(pernet_ops_rwsem);
  const err = begin(ops);
  up_write(pernet_ops_rwsem);
  return err;
}

/** net/net_namespace.h. as register_pernet_subsys; parts of devices end before those of subsystems, with one namespace at
 *  the same time. Context: process. */
export function register_pernet_device(ops: pernet_operations): i32 {
  return register_pernet_subsys(ops);
}

/** net/net_namespace.h. ends and frees init_net's part. Context: process. */
export function unregister_pernet_subsys(ops: pernet_operations): void {
  down_write(pernet_ops_rwsem);
  if (ops.pre_exit) call_indirect<void>(<u32>ops.pre_exit, init_net);
  if (ops.exit) call_indirect<void>(<u32>ops.exit, init_net);
  if (ops.exit_batch) {
    // a list of the namespaces that end, through a member that nothing else uses while there is one namespace
    const list = stack_alloc(16);
    INIT_LIST_HEAD(list);
    list_add_tail(changetype<usize>(changetype<net>(init_net).exit_list), list);
    call_indirect<void>(<u32>ops.exit_batch, list);
    stack_free(16);
  }
  if (ops.id && ops.size) {
    kfree(load<usize>(generic + load<u32>(ops.id) * 4));
    store<usize>(generic + load<u32>(ops.id) * 4, 0);
  }
  up_write(pernet_ops_rwsem);
}

/** net/net_namespace.h. as unregister_pernet_subsys. Context: process. */
export function unregister_pernet_device(ops: pernet_operations): void {
  unregister_pernet_subsys(ops);
}
