import { preempt_count } from "../../arch/wasm/preempt";
import { boot_kernel } from "../../__tests__/boot";
import { kmem_live_objects } from "../../mm/slab_common";
import { kmalloc } from "../../mm/kmalloc";
import { GFP_KERNEL } from "../../abi";
import { call_rcu, kvfree_call_rcu, rcu_barrier, synchronize_rcu } from "../rcu";

let called = "";
let count_inside: u32 = 0;
const a = memory.data(8, 4);
const b = memory.data(8, 4);

function callback(head: usize): void {
  called += head == a ? "a" : "b";
  count_inside = preempt_count();
}

describe("RCU", () => {
  beforeEach(() => {
    boot_kernel();
    rcu_barrier();
    called = "";
  });

  test("runs callbacks after a grace period, in order, softirqs off", () => {
    call_rcu(a, callback.index);
    call_rcu(b, callback.index);
    expect(called).toBe("");
    rcu_barrier();
    expect(called).toBe("ab");
    expect(count_inside).not.toBe(0);
    rcu_barrier();
    expect(called).toBe("ab");
  });

  test("frees objects by the offset of their head", () => {
    const live = kmem_live_objects();
    const object = kmalloc(64, GFP_KERNEL);
    kvfree_call_rcu(object + 40, 40);
    expect(kmem_live_objects()).toBeGreaterThan(live);
    rcu_barrier();
    expect(kmem_live_objects()).toBe(live);
    kvfree_call_rcu(0, kmalloc(64, GFP_KERNEL));
    expect(kmem_live_objects()).toBe(live);
  });

  test("one CPU alone is quiet", () => {
    synchronize_rcu();
  });
});
