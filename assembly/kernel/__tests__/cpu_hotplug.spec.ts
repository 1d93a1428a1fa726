import { CPUHP_AP_ONLINE_DYN, CPUHP_VIRT_NET_DEAD, EBUSY, EINVAL } from "../../abi";
import { boot_drivers } from "../../__tests__/boot";
import { kmem_live_objects } from "../../mm/slab_common";
import { cpumask_next_wrap, nr_cpu_ids } from "../cpu";
import {
  __cpuhp_remove_state,
  __cpuhp_setup_state,
  __cpuhp_state_add_instance,
  __cpuhp_state_remove_instance,
} from "../cpu_hotplug";

const seen = memory.data(16, 4);
const node = memory.data(8, 4);
const mask = memory.data(4, 4);

function count(at: usize): void {
  store<u32>(seen + at, load<u32>(seen + at) + 1);
}

function came(cpu: u32): i32 {
  count(0);
  return 0;
}

function went(cpu: u32): i32 {
  count(4);
  return 0;
}

function refused(cpu: u32): i32 {
  return -EINVAL;
}

function instance_came(cpu: u32, instance: usize): i32 {
  store<usize>(seen + 8, instance);
  return 0;
}

function instance_went(cpu: u32, instance: usize): i32 {
  store<usize>(seen + 12, instance);
  return 0;
}

describe("callbacks for CPUs that come and go", () => {
  beforeAll(boot_drivers);
  beforeEach(() => memory.fill(seen, 0, 16));

  test("a state has one owner, which is called for the CPUs that are there", () => {
    const before = kmem_live_objects();
    const fixed = <u32>CPUHP_VIRT_NET_DEAD;
    expect(__cpuhp_setup_state(fixed, cstr("a"), true, came.index, went.index, false)).toBe(0);
    expect(__cpuhp_setup_state(fixed, cstr("b"), false, 0, 0, false)).toBe(-EBUSY);
    expect(__cpuhp_setup_state(fixed, 0, false, 0, 0, false)).toBe(-EINVAL);
    expect(load<u32>(seen)).toBe(1);
    expect(__cpuhp_state_add_instance(fixed, node, true)).toBe(-EINVAL, "it has no instances");
    __cpuhp_remove_state(fixed, true);
    expect(load<u32>(seen, 4)).toBe(1);
    expect(kmem_live_objects()).toBe(before);
  });

  test("who refuses has no state; of a range each gets its own", () => {
    const any = <u32>CPUHP_AP_ONLINE_DYN;
    expect(__cpuhp_setup_state(any, cstr("a"), true, refused.index, 0, false)).toBe(-EINVAL);
    const first = __cpuhp_setup_state(any, cstr("a"), false, 0, 0, false);
    const second = __cpuhp_setup_state(any, cstr("b"), false, 0, 0, false);
    expect(first).toBe(any);
    expect(second).toBe(any + 1);
    __cpuhp_remove_state(first, false);
    expect(__cpuhp_setup_state(any, cstr("c"), false, 0, 0, false)).toBe(first);
    __cpuhp_remove_state(first, false);
    __cpuhp_remove_state(second, false);
  });

  test("instances are passed to both callbacks, which take one argument more", () => {
    const any = <u32>CPUHP_AP_ONLINE_DYN;
    const state = __cpuhp_setup_state(any, cstr("a"), false, instance_came.index, instance_went.index, true);
    expect(__cpuhp_state_add_instance(state, node, true)).toBe(0);
    expect(load<usize>(seen, 8)).toBe(node);
    expect(load<usize>(seen, 12)).toBe(0);
    expect(__cpuhp_state_remove_instance(state, node, true)).toBe(0);
    expect(load<usize>(seen, 12)).toBe(node);
    __cpuhp_remove_state(state, false);
  });

  test("cpumask_next_wrap goes round once", () => {
    const cpus = load<u32>(nr_cpu_ids);
    store<u32>(nr_cpu_ids, 4);
    store<u32>(mask, 0b1011);
    expect(cpumask_next_wrap(1, mask, 2, false)).toBe(3);
    expect(cpumask_next_wrap(3, mask, 2, false)).toBe(0);
    expect(cpumask_next_wrap(0, mask, 2, true)).toBe(1);
    expect(cpumask_next_wrap(1, mask, 2, true)).toBe(4, "past the start");
    store<u32>(mask, 0);
    expect(cpumask_next_wrap(-1, mask, 0, false)).toBe(4);
    store<u32>(nr_cpu_ids, cpus);
  });
});
