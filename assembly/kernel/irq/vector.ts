// The vector table (kernel/irq/irqdesc.c, arch/*/kernel/irq.c): 256 vectors of 128 bytes at IRQ_VECTORS.
//
//   host ──► IRQ_EDGE / IRQ_LEVEL bit ──► enabled bit? ──► Vector ──► irqaction ──► irqaction ──► …
//
// A vector has a target, the CPU that takes it. Its bit in that CPU's `enabled` words is what a mask bit is in hardware:
// clear while the vector is disabled or unused, while its handlers run, and while a threaded handler with IRQF_ONESHOT has
// not finished. An edge that comes then stays pending.

import { cpu_kick, smp_processor_id } from "../../arch/wasm/cpu";
import { IRQ_EDGE, IRQ_LEVEL, IRQ_TARGET, IRQ_VECTORS, IRQ_VECTOR_BYTES, NR_VECTORS } from "../../arch/wasm/memory";
import { small_board } from "../../mm/small_board";

@unmanaged
export class Vector {
  /** First struct irqaction of the chain. */
  action: usize;
  /** raw_spinlock over all of this. */
  lock: u32;
  /** How often disable_irq was called; 0: enabled. */
  depth: u32;
  /** VECTOR_* */
  state: u32;
  /** Spurious accounting (spurious.ts). */
  irq_count: u32;
  irqs_unhandled: u32;
  last_unhandled: u32;
  /** Threaded handlers: which still keep the line masked, how many run, how many have handled, as of the last
   *  interrupt. */
  threads_oneshot: u32;
  threads_active: u32;
  threads_handled: u32;
  threads_handled_last: u32;
  /** wait_queue_head: tasks that wait for threads_active to become 0. */
  wait_lock: u32;
  wait_next: usize;
  wait_prev: usize;
  /** What delivers the vector, as /proc/interrupts says it. */
  chip: usize;
  /** Interrupts taken, per CPU. */
  taken0: u32;
  taken1: u32;
  taken2: u32;
  taken3: u32;
  /** struct mutex that serialises requests and frees. */
  mutex0: u32;
  mutex1: u32;
  mutex2: u32;
  mutex3: u32;
  /** struct cpumask * of irq_set_affinity_hint. */
  affinity_hint: usize;
  /** IRQF_TRIGGER_* that its handlers have agreed on. */
  trigger: u32;
  /** Its number at what delivers it. */
  hwirq: u32;
  /** How often enable_irq_wake was called. */
  wake_depth: u32;
  /** struct irq_data *, once somebody has asked for it (chip.ts). */
  data: usize;
  /** The CPUs that irq_set_affinity named; 0: any. */
  affinity: u32;
  /** struct irq_affinity_notify * of irq_set_affinity_notifier. */
  notify: usize;
}

/** Handlers run. */
export const VECTOR_INPROGRESS: u32 = 1;
/** A level line, else an edge. */
export const VECTOR_LEVEL: u32 = 2;
/** Disabled because nobody cared. */
export const VECTOR_SPURIOUS: u32 = 4;
/** Some action has IRQF_ONESHOT. */
export const VECTOR_ONESHOT: u32 = 8;
/** Taken by irq_alloc_vectors. */
export const VECTOR_MESSAGE: u32 = 32;
/** Whoever requests it enables it (irq_set_status_flags with IRQ_NOAUTOEN). */
export const VECTOR_NOAUTOEN: u32 = 64;
/** A thread could not be created and is tried again at the next tick. */
export const VECTOR_RETRY: u32 = 16;

/** A bit for each vector, for each CPU: a vector has its bit with one CPU at most, its target. */
const enabled = memory.data(32 * 4, 4);

const SMALL_VECTORS: u32 = 32;

/** How many there are: NR_VECTORS, fewer on a small board. */
export function nr_vectors(): u32 {
  return small_board() ? SMALL_VECTORS : NR_VECTORS;
}

/** What a small board does not use of the table. */
export function vectors_unused(): usize {
  return IRQ_VECTORS + nr_vectors() * IRQ_VECTOR_BYTES;
}

export function vectors_end(): usize {
  return IRQ_VECTORS + NR_VECTORS * IRQ_VECTOR_BYTES;
}

@inline
export function vector(irq: u32): Vector {
  return changetype<Vector>(<usize>(IRQ_VECTORS + irq * IRQ_VECTOR_BYTES));
}

/** The vector of interrupt number `irq`, or 0 if there is no such interrupt. */
export function irq_vector(irq: u32): Vector {
  return changetype<Vector>(irq < nr_vectors() ? changetype<usize>(vector(irq)) : 0);
}

@inline
export function lock_of(v: Vector): usize {
  return changetype<usize>(v) + offsetof<Vector>("lock");
}

@inline
export function wait_of(v: Vector): usize {
  return changetype<usize>(v) + offsetof<Vector>("wait_lock");
}

@inline
export function mutex_of(v: Vector): usize {
  return changetype<usize>(v) + offsetof<Vector>("mutex0");
}

@inline
export function taken_of(v: Vector, cpu: u32): usize {
  return changetype<usize>(v) + offsetof<Vector>("taken0") + cpu * 4;
}

@inline
export function bit_of(irq: u32): u32 {
  return 1 << (irq & 31);
}

@inline
export function word_at(words: usize, irq: u32): usize {
  return words + <usize>(irq >> 5) * 4;
}

/** The CPU that takes a vector. */
@inline
export function target_of(irq: u32): u32 {
  return atomic.load<u8>(<usize>(IRQ_TARGET + irq));
}

@inline
function enabled_of(cpu: u32): usize {
  return enabled + <usize>cpu * 32;
}

/** The words of which vectors this CPU may take. */
@inline
export function enabled_here(): usize {
  return enabled_of(smp_processor_id());
}

/** Whether the host, or the core, has raised the vector and nobody has taken it. */
export function vector_pending(irq: u32): bool {
  const pending = atomic.load<u32>(word_at(IRQ_EDGE, irq)) | atomic.load<u32>(word_at(IRQ_LEVEL, irq));
  return (pending & bit_of(irq)) != 0;
}

@inline
function mask_on(cpu: u32, irq: u32): bool {
  return (atomic.and<u32>(word_at(enabled_of(cpu), irq), ~bit_of(irq)) & bit_of(irq)) != 0;
}

/** Masks a vector. Vector locked. */
@inline
export function vector_mask(irq: u32): void {
  mask_on(target_of(irq), irq);
}

/** Whether it is masked. */
export function vector_masked(irq: u32): bool {
  return !(atomic.load<u32>(word_at(enabled_of(target_of(irq)), irq)) & bit_of(irq));
}

/** Masks a vector of this CPU, to handle it; false: it has been masked, or has another target, since it was looked at. */
@inline
export function vector_take(irq: u32): bool {
  return mask_on(smp_processor_id(), irq);
}

/** Unmasks a vector. If it is pending it is taken at the target's next window. Vector locked. */
export function vector_unmask(irq: u32): void {
  const cpu = target_of(irq);
  atomic.or<u32>(word_at(enabled_of(cpu), irq), bit_of(irq));
  if (vector_pending(irq)) cpu_kick(cpu);
}

/** Gives a vector to CPU `cpu`. What the host raises meanwhile finds the one or the other. Vector locked. */
export function vector_set_target(irq: u32, cpu: u32): void {
  const unmasked = mask_on(target_of(irq), irq);
  atomic.store<u8>(<usize>(IRQ_TARGET + irq), <u8>cpu);
  if (unmasked) vector_unmask(irq);
}

/** Makes an edge pending, as the host does. */
export function vector_raise(irq: u32): void {
  atomic.or<u32>(word_at(IRQ_EDGE, irq), bit_of(irq));
  cpu_kick(target_of(irq));
}

/** Forgets a pending edge. */
@inline
export function vector_ack(irq: u32): void {
  atomic.and<u32>(word_at(IRQ_EDGE, irq), ~bit_of(irq));
}
