// linux/random.h, linux/prandom.h, drivers/char/random.c, lib/random32.c: random numbers. The entropy is the host's;
// under the virtual clock it repeats from run to run.

import { HZ, rnd_state, sizeof_rnd_state } from "../abi";
import { smp_processor_id } from "../arch/wasm/cpu";
import { host_random } from "../arch/wasm/host";
import { nr_cpu_ids } from "../kernel/cpu";
import { kthread_should_stop } from "../kernel/kthread";
import { schedule_timeout_interruptible } from "../kernel/time/sleep";
import { per_cpu_ptr } from "../mm/percpu";

const BATCH: u32 = 64;

/** How often entropy is wanted of who has it, jiffies. */
const CRNG_RESEED_INTERVAL: i32 = 60 * HZ;

/** Per CPU: bytes left in the batch, then the batch, so that small requests do not each call the host. */
const batches = memory.data(4 * 72, 8);

/** linux/random.h. Fills [buf, buf + len) with random bytes. Context: any. */
export function get_random_bytes(buf: usize, len: usize): void {
  host_random(buf, <u32>len);
}

/** Takes `bytes` bytes out of this CPU's batch; returns where they are. */
function take(bytes: u32): usize {
  const batch = batches + smp_processor_id() * 72;
  let left = load<u32>(batch);
  if (left < bytes) {
    host_random(batch + 8, BATCH);
    left = BATCH;
  }
  left -= bytes;
  store<u32>(batch, left);
  return batch + 8 + left;
}

/** linux/random.h. A random u8. Context: any. */
export function get_random_u8(): u32 {
  return load<u8>(take(1));
}

/** linux/random.h. A random u16. Context: any. */
export function get_random_u16(): u32 {
  return load<u16>(take(2));
}

/** linux/random.h. A random u32. Context: any. */
export function get_random_u32(): u32 {
  return load<u32>(take(4));
}

/** linux/random.h. A random u64. Context: any. */
export function get_random_u64(): u64 {
  return load<u64>(take(8));
}

/** linux/random.h (get_random_u32_below). A random number below `ceil`, each equally likely; any u32 if it is 0.
 *  Context: any. */
export function __get_random_u32_below(ceil: u32): u32 {
  let product = <u64>ceil * get_random_u32();
  if (!ceil) return get_random_u32();
  const reject: u32 = <u32>(0 - ceil) % ceil; // 2^32 modulo ceil: so many products would be too likely
  while (<u32>product < reject) product = <u64>ceil * get_random_u32();
  return <u32>(product >> 32);
}

/** linux/random.h. Whether the generator has its entropy: always. Context: any. */
export function rng_is_initialized(): bool {
  return true;
}

/** linux/random.h. Waits until the generator has its entropy; 0. Context: process. */
export function wait_for_random_bytes(): i32 {
  return 0;
}

/** linux/random.h. Mixes a device's bytes into the generator. Context: any. (Differs: the host's generator needs none
 *  and takes none.) */
export function add_device_randomness(buf: usize, len: usize): void {}

/** linux/hw_random.h. Takes what a generator in hardware gave, `entropy` bits of it, into the generator; then, in a thread
 *  that is to go on, sleeps until more is wanted, a minute later. Context: process. (Differs: the host's generator needs
 *  none and takes none.) */
export function add_hwgenerator_randomness(buf: usize, len: usize, entropy: usize): void {
  if (!kthread_should_stop()) schedule_timeout_interruptible(CRNG_RESEED_INTERVAL);
}

@inline
function tausworthe(s: u32, a: u32, b: u32, c: u32, d: u32): u32 {
  return ((s & c) << d) ^ (((s << a) ^ s) >> b);
}

/** linux/prandom.h. The next number of the seeded generator `state`, struct rnd_state. Context: any. */
export function prandom_u32_state(state: usize): u32 {
  const s = changetype<rnd_state>(state);
  s.s1 = tausworthe(s.s1, 6, 13, 0xfffffffe, 18);
  s.s2 = tausworthe(s.s2, 2, 27, 0xfffffff8, 2);
  s.s3 = tausworthe(s.s3, 13, 21, 0xfffffff0, 7);
  s.s4 = tausworthe(s.s4, 3, 12, 0xffffff80, 13);
  return s.s1 ^ s.s2 ^ s.s3 ^ s.s4;
}

/** The least value that a word of the state may have; below it the word would stay 0. */
@inline
function at_least(x: u32, least: u32): u32 {
  return x < least ? x + least : x;
}

/** linux/prandom.h. Seeds the per-CPU struct rnd_state `pcpu_state` of every CPU with entropy. Context: process. */
export function prandom_seed_full_state(pcpu_state: usize): void {
  for (let cpu: u32 = 0; cpu < load<u32>(nr_cpu_ids); cpu++) {
    const state = per_cpu_ptr(pcpu_state, cpu);
    const s = changetype<rnd_state>(state);
    get_random_bytes(state, sizeof_rnd_state);
    s.s1 = at_least(s.s1, 2);
    s.s2 = at_least(s.s2, 8);
    s.s3 = at_least(s.s3, 16);
    s.s4 = at_least(s.s4, 128);
    for (let i = 0; i < 10; i++) prandom_u32_state(state);
  }
}

/** linux/prandom.h. Fills [buf, buf + bytes) from the seeded generator `state`. Context: any. */
export function prandom_bytes_state(state: usize, buf: usize, bytes: usize): void {
  for (; bytes >= 4; bytes -= 4, buf += 4) store<u32>(buf, prandom_u32_state(state));
  if (!bytes) return;
  let rest = prandom_u32_state(state);
  for (; bytes; bytes--, rest >>= 8) store<u8>(buf++, <u8>rest);
}
