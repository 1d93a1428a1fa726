import { EEXIST, ENOENT, SYSTEM_RUNNING, notifier_block } from "../../abi";
import { boot_kernel } from "../../__tests__/boot";
import {
  reboot_init,
  register_reboot_notifier,
  register_restart_handler,
  system_state,
  unregister_reboot_notifier,
  unregister_restart_handler,
} from "../reboot";

const blocks = memory.data(2 * 16, 4);

function quiet(nb: usize, event: u32, data: usize): i32 {
  return 0;
}

describe("who is told before the machine stops", () => {
  beforeAll(() => {
    boot_kernel();
    reboot_init();
    for (let i: u32 = 0; i < 2; i++) changetype<notifier_block>(blocks + i * 16).notifier_call = quiet.index;
  });

  test("is in the list once, and taken out once", () => {
    expect(load<u32>(system_state)).toBe(SYSTEM_RUNNING);
    expect(register_reboot_notifier(blocks)).toBe(0);
    expect(register_reboot_notifier(blocks)).toBe(-EEXIST);
    expect(register_reboot_notifier(blocks + 16)).toBe(0);
    expect(unregister_reboot_notifier(blocks)).toBe(0);
    expect(unregister_reboot_notifier(blocks)).toBe(-ENOENT);
    expect(unregister_reboot_notifier(blocks + 16)).toBe(0);
  });

  test("is another list for who can restart it", () => {
    expect(register_restart_handler(blocks)).toBe(0);
    expect(unregister_reboot_notifier(blocks)).toBe(-ENOENT);
    expect(unregister_restart_handler(blocks)).toBe(0);
    expect(unregister_restart_handler(blocks)).toBe(-ENOENT);
  });
});
