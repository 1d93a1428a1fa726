// The messages of message-signalled interrupts (irq_chip_compose_msi_msg): what a device writes, and where, to raise a
// vector. The board says it in the boot block.

import { BOOT_MSI, BOOT_MSI_ENTRY } from "../../../arch/wasm/memory";

/** The bus address; 0 if no message raises the vector. */
@inline
export function message_address(irq: u32): u32 {
  return load<u32>(BOOT_MSI + irq * BOOT_MSI_ENTRY);
}

@inline
export function message_data(irq: u32): u32 {
  return load<u32>(BOOT_MSI + irq * BOOT_MSI_ENTRY + 4);
}

/** Whether the messages of `count` (a power of two) vectors are such that a device with one address and one data word can
 *  send them all: it puts the message's number into the low bits of the data. */
export function messages_in_row(first: u32, count: u32): bool {
  const address = message_address(first);
  const data = message_data(first);
  if (!address || data & (count - 1)) return false;
  for (let i: u32 = 1; i < count; i++) {
    if (message_address(first + i) != address || message_data(first + i) != data + i) return false;
  }
  return true;
}
