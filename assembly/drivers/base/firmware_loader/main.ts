// drivers/base/firmware_loader/main.c: files for the processor on a card. A board has none: drivers are told so, and do
// without or fail.

import { ENOENT } from "../../../abi";
import { dev_pr } from "../printk";

/** linux/firmware.h. Stores a struct firmware with the file `name` at `firmware_p`. Context: process. (Differs: a board has no
 *  files: NULL and -ENOENT, and the log says which file the device asked for.) */
export function request_firmware(firmware_p: usize, name: usize, device: usize): i32 {
  store<usize>(firmware_p, 0);
  dev_pr(cstr("\x014"), device, cstr("Direct firmware load for %s failed with error %d\n"), name, -ENOENT);
  return -ENOENT;
}

/** linux/firmware.h. Gives back what request_firmware() stored; NULL is fine. Context: process. (Differs: it is always NULL.) */
export function release_firmware(fw: usize): void {}
