import { EEXIST, led_trigger, sizeof_led_trigger } from "../../../abi";
import { boot_kernel } from "../../../__tests__/boot";
import { led_trigger_event, led_trigger_register, led_trigger_unregister, led_triggers_init } from "../led-triggers";

const triggers = memory.data(3 * 128, 8);

function named(n: u32, name: usize, type: usize): usize {
  const trig = triggers + n * 128;
  memory.fill(trig, 0, sizeof_led_trigger);
  changetype<led_trigger>(trig).name = name;
  changetype<led_trigger>(trig).trigger_type = type;
  return trig;
}

describe("LED triggers", () => {
  beforeAll(() => {
    boot_kernel();
    led_triggers_init();
  });

  test("have a name each, until they are taken out", () => {
    expect(sizeof_led_trigger).toBeLessThanOrEqual(128);
    const link = named(0, cstr("eth0:link"), 0);
    expect(led_trigger_register(link)).toBe(0);
    const other = named(1, cstr("eth0:link"), 0);
    expect(led_trigger_register(other)).toBe(-EEXIST);
    led_trigger_unregister(link);
    led_trigger_unregister(link);
    expect(led_trigger_register(other)).toBe(0);
    led_trigger_unregister(other);
  });

  test("of different types may share one; one for all LEDs may not", () => {
    const a = named(0, cstr("tx"), triggers);
    const b = named(1, cstr("tx"), triggers + 4);
    expect(led_trigger_register(a)).toBe(0);
    expect(led_trigger_register(b)).toBe(0);
    expect(led_trigger_register(named(2, cstr("tx"), 0))).toBe(-EEXIST);
    led_trigger_unregister(a);
    led_trigger_unregister(b);
  });

  test("keep how bright they are", () => {
    const trig = named(0, cstr("rx"), 0);
    led_trigger_event(trig, 255);
    expect(changetype<led_trigger>(trig).brightness).toBe(255);
    led_trigger_event(0, 255);
  });
});
