// drivers/leds/led-triggers.c: events that a LED could show, by name. LEDs to show them are registered by nobody here.

import { EEXIST, led_trigger, offsetof_led_trigger_next_trig, sizeof_rw_semaphore } from "../../abi";
import { __init_rwsem, down_write, up_write } from "../../kernel/locking/rwsem";
import { INIT_LIST_HEAD, list_add_tail, list_del_init, list_empty, list_next } from "../../lib/list";
import { strcmp } from "../../lib/string";

const trigger_list = memory.data(8, 4);
const triggers_list_lock = memory.data(<i32>sizeof_rw_semaphore, 8);

export function led_triggers_init(): void {
  INIT_LIST_HEAD(trigger_list);
  __init_rwsem(triggers_list_lock, cstr("triggers_list_lock"), 0);
}

@inline
function link_of(trig: usize): usize {
  return trig + offsetof_led_trigger_next_trig;
}

/** Whether two triggers could be meant by one name: of different types they are for different LEDs. */
function same(a: led_trigger, b: led_trigger): bool {
  if (strcmp(a.name, b.name)) return false;
  return a.trigger_type == b.trigger_type || !a.trigger_type || !b.trigger_type;
}

/** linux/leds.h. Registers a trigger; 0, or -EEXIST if its name is taken. Context: process. */
export function led_trigger_register(trig: usize): i32 {
  const added = changetype<led_trigger>(trig);
  INIT_LIST_HEAD(changetype<usize>(added.led_cdevs));
  down_write(triggers_list_lock);
  let link = list_next(trigger_list);
  while (link != trigger_list && !same(added, changetype<led_trigger>(link - offsetof_led_trigger_next_trig))) {
    link = list_next(link);
  }
  const taken = link != trigger_list;
  if (!taken) list_add_tail(link_of(trig), trigger_list);
  up_write(triggers_list_lock);
  return taken ? -EEXIST : 0;
}

/** linux/leds.h. Takes a trigger out that led_trigger_register() took. Context: process. */
export function led_trigger_unregister(trig: usize): void {
  if (list_empty(link_of(trig))) return;
  down_write(triggers_list_lock);
  list_del_init(link_of(trig));
  up_write(triggers_list_lock);
}

/** linux/leds.h. Says how bright (enum led_brightness) the LEDs of a trigger are from now on. Context: any. */
export function led_trigger_event(trig: usize, brightness: u32): void {
  if (trig) changetype<led_trigger>(trig).brightness = brightness;
}
