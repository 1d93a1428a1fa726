// The pending alarms of a clock: a binary heap by due time; ties fire in order of creation.

import type { Alarm } from "../../boards/board.ts";
import { boardFault } from "./faults.ts";

export class PendingAlarm implements Alarm {
  readonly due: number;
  readonly order: number;
  callback: (() => void) | undefined;

  constructor(due: number, order: number, callback: () => void) {
    this.due = due;
    this.order = order;
    this.callback = callback;
  }

  cancel(): void {
    this.callback = undefined;
  }
}

function before(a: PendingAlarm, b: PendingAlarm): boolean {
  return a.due < b.due || (a.due === b.due && a.order < b.order);
}

export class AlarmQueue {
  #heap: PendingAlarm[] = [];
  #created = 0;
  /** When the first alarm is due, ns; Infinity if none is pending. */
  next = Infinity;

  add(due: number, callback: () => void): PendingAlarm {
    const alarm = new PendingAlarm(due, this.#created++, callback);
    const heap = this.#heap;
    let at = heap.push(alarm) - 1;
    while (at > 0) {
      const parent = (at - 1) >> 1;
      if (!before(alarm, heap[parent])) break;
      heap[at] = heap[parent];
      at = parent;
    }
    heap[at] = alarm;
    this.next = heap[0].due;
    return alarm;
  }

  #pop(): PendingAlarm {
    const heap = this.#heap;
    const first = heap[0];
    const last = heap.pop()!;
    if (heap.length > 0) {
      let at = 0;
      for (;;) {
        let child = 2 * at + 1;
        if (child >= heap.length) break;
        if (child + 1 < heap.length && before(heap[child + 1], heap[child])) child++;
        if (!before(heap[child], last)) break;
        heap[at] = heap[child];
        at = child;
      }
      heap[at] = last;
    }
    this.next = heap.length > 0 ? heap[0].due : Infinity;
    return first;
  }

  /** Fires what is due at `now`. An alarm that a callback adds fires in the same call if it is due too, up to `budget`. */
  run(now: number, budget = 256): void {
    try {
      while (this.next <= now && budget-- > 0) this.#pop().callback?.();
    } catch (error) {
      throw boardFault(error);
    }
    this.#dropCancelled();
  }

  /** A cancelled alarm must not wake an idle CPU. */
  #dropCancelled(): void {
    while (this.#heap.length > 0 && !this.#heap[0].callback) this.#pop();
  }
}
