// The pending alarms of a clock: a binary heap by due time; ties fire in the order in which they were set. An alarm is an
// object that knows its place, so that what waits often sets the same one again and makes no garbage.

import type { Timer } from "../../boards/clock.ts";
import { boardFault } from "./faults.ts";

const NOT_PENDING = -1;

/** What makes alarms: a clock. */
export interface AlarmSetter {
  /** Sets `alarm` to `delay` nanoseconds from now. */
  setAlarm(alarm: PendingAlarm, delay: number): void;
  cancelAlarm(alarm: PendingAlarm): void;
}

/** Due times stay in fields, they are neither passed nor returned: the engine would box them, as it does all doubles. */
export class PendingAlarm implements Timer {
  // A fraction from the start: the engine then keeps the field as a double, in place.
  due = NaN;
  order = 0;
  /** Its place in the heap. */
  at = NOT_PENDING;
  readonly callback: () => void;
  readonly #clock: AlarmSetter;

  constructor(clock: AlarmSetter, callback: () => void) {
    this.#clock = clock;
    this.callback = callback;
  }

  get pending(): boolean {
    return this.at !== NOT_PENDING;
  }

  set(delay: number): void {
    this.#clock.setAlarm(this, delay);
  }

  cancel(): void {
    if (this.at !== NOT_PENDING) this.#clock.cancelAlarm(this);
  }
}

function before(a: PendingAlarm, b: PendingAlarm): boolean {
  return a.due < b.due || (a.due === b.due && a.order < b.order);
}

export class AlarmQueue {
  readonly #heap: PendingAlarm[] = [];
  #sets = 0;
  /** When the first alarm is due, ns; Infinity if none is pending. */
  next = Infinity;

  /** Adds an alarm whose due time is set. It must not be pending. */
  add(alarm: PendingAlarm): void {
    alarm.order = this.#sets++;
    this.#heap.push(alarm);
    this.#up(alarm, this.#heap.length - 1);
    this.next = this.#heap[0]!.due;
  }

  /** A cancelled alarm must not wake an idle CPU. */
  remove(alarm: PendingAlarm): void {
    const heap = this.#heap;
    const { at } = alarm;
    const last = heap.pop()!;
    alarm.at = NOT_PENDING;
    if (last !== alarm) {
      // The last one takes the place, and then moves to where it belongs: one of the two does nothing.
      this.#up(last, at);
      this.#down(last, last.at);
    }
    this.next = heap.length > 0 ? heap[0]!.due : Infinity;
  }

  /** Fires the first alarm. */
  fire(): void {
    const alarm = this.#heap[0]!;
    this.remove(alarm);
    try {
      alarm.callback();
    } catch (error) {
      throw boardFault(error);
    }
  }

  #up(alarm: PendingAlarm, at: number): void {
    const heap = this.#heap;
    while (at > 0) {
      const parent = (at - 1) >> 1;
      if (!before(alarm, heap[parent]!)) break;
      heap[at] = heap[parent]!;
      heap[at]!.at = at;
      at = parent;
    }
    heap[at] = alarm;
    alarm.at = at;
  }

  #down(alarm: PendingAlarm, at: number): void {
    const heap = this.#heap;
    for (;;) {
      let child = 2 * at + 1;
      if (child >= heap.length) break;
      if (child + 1 < heap.length && before(heap[child + 1]!, heap[child]!)) child++;
      if (!before(heap[child]!, alarm)) break;
      heap[at] = heap[child]!;
      heap[at]!.at = at;
      at = child;
    }
    heap[at] = alarm;
    alarm.at = at;
  }
}
