// kernel/module/main.c, module_notify_list: who wants to hear of modules that come and go.

import {
  MODULE_STATE_COMING,
  MODULE_STATE_GOING,
  offsetof_blocking_notifier_head_rwsem,
  sizeof_blocking_notifier_head,
} from "../../abi";
import { __init_rwsem } from "../locking/rwsem";
import {
  blocking_notifier_call_chain,
  blocking_notifier_call_chain_robust,
  blocking_notifier_chain_register,
  blocking_notifier_chain_unregister,
  notifier_to_errno,
} from "../notifier";

/** struct blocking_notifier_head. */
const chain = memory.data(sizeof_blocking_notifier_head, 8);

export function module_notify_init(): void {
  __init_rwsem(chain + offsetof_blocking_notifier_head_rwsem, 0, 0);
}

/** linux/module.h. From now on `nb` is called with MODULE_STATE_COMING, _LIVE or _GOING and each module: it comes before
 *  its parameters are set and its init runs, and goes after its exit. 0, or -EEXIST. Context: process. */
export function register_module_notifier(nb: usize): i32 {
  return blocking_notifier_chain_register(chain, nb);
}

/** linux/module.h. Ends what register_module_notifier began; -ENOENT if it is not registered. Context: process. */
export function unregister_module_notifier(nb: usize): i32 {
  return blocking_notifier_chain_unregister(chain, nb);
}

/** Says that the module is in another state. */
export function module_notify(state: u32, mod: usize): void {
  blocking_notifier_call_chain(chain, state, mod);
}

/** Says that the module comes: 0, or the error of one who refuses it; those asked before then hear that it goes. */
export function module_notify_coming(mod: usize): i32 {
  const answer = blocking_notifier_call_chain_robust(chain, MODULE_STATE_COMING, MODULE_STATE_GOING, mod);
  return notifier_to_errno(answer);
}
