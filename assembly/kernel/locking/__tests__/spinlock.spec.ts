import { SOFTIRQ_LOCK_OFFSET, TASKLET_SOFTIRQ, _QR_BIAS, _QW_LOCKED } from "../../../abi";
import { this_cpu } from "../../../arch/wasm/cpu";
import { irqs_disabled, local_irq_enable } from "../../../arch/wasm/irqflags";
import { current_thread_info } from "../../../arch/wasm/current";
import { preempt_count } from "../../../arch/wasm/preempt";
import { boot_kernel } from "../../../__tests__/boot";
import { log_mark, logged } from "../../../__tests__/log";
import { open_softirq, raise_softirq } from "../../softirq";
import { _atomic_dec_and_lock } from "../dec_and_lock";
import { locks_held } from "../held";
import { lock_name, lock_site } from "../lockdep/classes";
import { lock_init, lockdep_forget, lockdep_free_range } from "../lockdep/lockdep";
import {
  _raw_read_lock,
  _raw_read_trylock,
  _raw_read_unlock,
  _raw_write_lock,
  _raw_write_lock_irqsave,
  _raw_write_trylock,
  _raw_write_unlock,
  _raw_write_unlock_irqrestore,
} from "../rwlock";
import {
  __wasm_spin_lock_init,
  _raw_spin_lock,
  _raw_spin_lock_bh,
  _raw_spin_lock_irq,
  _raw_spin_lock_irqsave,
  _raw_spin_trylock,
  _raw_spin_trylock_bh,
  _raw_spin_unlock,
  _raw_spin_unlock_bh,
  _raw_spin_unlock_irq,
  _raw_spin_unlock_irqrestore,
} from "../spinlock";

const lock = memory.data(4, 4);
const other = memory.data(4, 4);
const rw = memory.data(8, 8);
const counter = memory.data(4, 4);
const many = memory.data(60 * 4, 4);

/** After a trap: everything as before. */
function reset(): void {
  while (locks_held(true)) {
    if (load<u8>(lock)) _raw_spin_unlock(lock);
    else if (load<u8>(other)) _raw_spin_unlock(other);
    else if (load<u8>(rw)) _raw_write_unlock(rw);
    else _raw_read_unlock(rw);
  }
  current_thread_info().preempt_count = 0;
  local_irq_enable();
}

let runs = 0;
function softirq(action: usize): void {
  runs++;
}

describe("spinlocks", () => {
  beforeAll(boot_kernel);
  beforeEach(() => {
    log_mark();
    lockdep_forget();
    __wasm_spin_lock_init(lock, cstr("&cp->lock"), cstr("8139cp.c:1930"));
  });
  afterEach(reset);

  test("are counted beyond those that a report can list, in any order of release", () => {
    for (let i: usize = 0; i < 60; i++) _raw_spin_lock(many + i * 4);
    expect(locks_held(true)).toBe(60);
    _raw_spin_unlock(many);
    _raw_spin_unlock(many + 55 * 4);
    for (let i: usize = 59; i > 0; i--) if (i != 55) _raw_spin_unlock(many + i * 4);
    expect(locks_held(true)).toBe(0);
    expect(preempt_count()).toBe(0);
  });

  test("take byte 0 of the word and count preemption", () => {
    _raw_spin_lock(lock);
    expect(load<u32>(lock)).toBe(1);
    expect(preempt_count()).toBe(1);
    expect(locks_held(true)).toBe(1);
    _raw_spin_unlock(lock);
    expect(load<u32>(lock)).toBe(0);
    expect(preempt_count()).toBe(0);
    expect(locks_held(true)).toBe(0);
  });

  test("irqsave nests: only the outermost restore enables interrupts", () => {
    const outer = _raw_spin_lock_irqsave(lock);
    expect(outer).toBe(1);
    const inner = _raw_spin_lock_irqsave(other);
    expect(inner).toBe(0);
    _raw_spin_unlock_irqrestore(other, inner);
    expect(irqs_disabled()).toBe(true);
    _raw_spin_unlock_irqrestore(lock, outer);
    expect(irqs_disabled()).toBe(false);
    expect(preempt_count()).toBe(0);
  });

  test("_irq enables interrupts whatever they were", () => {
    _raw_spin_lock_irq(lock);
    expect(irqs_disabled()).toBe(true);
    _raw_spin_unlock_irq(lock);
    expect(irqs_disabled()).toBe(false);
  });

  test("_bh holds softirqs back until the unlock", () => {
    open_softirq(TASKLET_SOFTIRQ, softirq.index);
    runs = 0;
    _raw_spin_lock_bh(lock);
    expect(preempt_count()).toBe(SOFTIRQ_LOCK_OFFSET);
    raise_softirq(TASKLET_SOFTIRQ);
    expect(runs).toBe(0);
    _raw_spin_unlock_bh(lock);
    expect(runs).toBe(1);
    expect(preempt_count()).toBe(0);
  });

  test("trylock says 1 or 0 and leaves the counts right", () => {
    expect(_raw_spin_trylock(lock)).toBe(1);
    expect(_raw_spin_trylock(lock)).toBe(0);
    expect(_raw_spin_trylock_bh(lock)).toBe(0);
    expect(preempt_count()).toBe(1);
    _raw_spin_unlock(lock);
    expect(_raw_spin_trylock_bh(lock)).toBe(1);
    _raw_spin_unlock_bh(lock);
    expect(preempt_count()).toBe(0);
  });

  test("locks may be released in another order", () => {
    _raw_spin_lock(lock);
    _raw_spin_lock(other);
    _raw_spin_unlock(lock);
    expect(locks_held(true)).toBe(1);
    _raw_spin_unlock(other);
    expect(locks_held(true)).toBe(0);
  });

  test("a lock taken twice on one CPU is reported by name and place", () => {
    _raw_spin_lock(lock);
    expect(() => {
      _raw_spin_lock(lock);
    }).toThrow();
    expect(logged("BUG: spinlock recursion on CPU#0, swapper/0/0")).toBe(true);
    expect(logged("(&cp->lock, 8139cp.c:1930), value: 00000001, .owner: swapper/0/0")).toBe(true);
    expect(logged("taken in task context")).toBe(true);
  });

  test("releasing a free lock is reported and survived", () => {
    _raw_spin_lock(other);
    _raw_spin_unlock(other);
    current_thread_info().preempt_count = 1;
    _raw_spin_unlock(other);
    expect(logged("WARNING: bad unlock balance detected!")).toBe(true);
  });

  test("a lock is taken with the last reference only", () => {
    store<i32>(counter, 2);
    expect(_atomic_dec_and_lock(counter, lock)).toBe(0);
    expect(load<u8>(lock)).toBe(0);
    expect(_atomic_dec_and_lock(counter, lock)).toBe(1);
    expect(load<u8>(lock)).toBe(1);
    expect(load<i32>(counter)).toBe(0);
  });
});

describe("rwlocks", () => {
  afterEach(reset);

  test("readers nest and keep writers out", () => {
    _raw_read_lock(rw);
    expect(_raw_read_trylock(rw)).toBe(1);
    expect(load<u32>(rw)).toBe(2 * _QR_BIAS);
    expect(_raw_write_trylock(rw)).toBe(0);
    _raw_read_unlock(rw);
    _raw_read_unlock(rw);
    expect(load<u32>(rw)).toBe(0);
    expect(preempt_count()).toBe(0);
  });

  test("a writer is alone", () => {
    const flags = _raw_write_lock_irqsave(rw);
    expect(load<u32>(rw)).toBe(_QW_LOCKED);
    expect(_raw_read_trylock(rw)).toBe(0);
    expect(_raw_write_trylock(rw)).toBe(0);
    expect(load<u32>(rw)).toBe(_QW_LOCKED);
    _raw_write_unlock_irqrestore(rw, flags);
    expect(load<u32>(rw)).toBe(0);
    expect(this_cpu().irqs_off).toBe(0);
  });

  test("a writer that meets its own read lock is reported", () => {
    log_mark();
    _raw_read_lock(rw);
    expect(() => {
      _raw_write_lock(rw);
    }).toThrow();
    expect(logged("BUG: rwlock recursion")).toBe(true);
  });
});

describe("lock names", () => {
  beforeEach(lockdep_forget);

  test("are forgotten with the module that they lie in", () => {
    const name = cstr("&tp->lock");
    lock_init(0x412340, name, cstr("e1000.c:1"), true, 0);
    expect(memory.compare(lock_name(0x412340), name, 10)).toBe(0);
    expect(load<u8>(lock_site(0x412340))).toBe(0x65);
    lockdep_free_range(0x412000, 0x413000);
    expect(load<u8>(lock_name(0x412340))).toBe(0x3f);
    lock_init(0x422340, name, 0, false, 0);
    lockdep_free_range(name, name + 1);
    expect(load<u8>(lock_name(0x422340))).toBe(0x3f);
    expect(load<u8>(lock_site(0x422340))).toBe(0x3f);
  });

  test("never fail, however many locks there are", () => {
    for (let i: usize = 0; i < 10000; i++) lock_init(0x400000 + i * 8, cstr("x"), 0, false, 0);
    expect(load<u8>(lock_name(0x400000 + 9999 * 8))).toBe(0x78);
  });
});
