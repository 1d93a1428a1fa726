// What QEMU's processor runs: nothing. It starts at the last 16 bytes below 4 GiB, and halts there with interrupts off.

const FIRMWARE_BYTES = 0x10000;
const RESET_VECTOR = FIRMWARE_BYTES - 16;
const HLT = 0xf4;
/** cli; hlt; and again, should something that cannot be masked wake it. */
const PARK = [0xfa, HLT, 0xeb, 0xfd];

export function parkingFirmware(): Uint8Array {
  const image = new Uint8Array(FIRMWARE_BYTES).fill(HLT);
  image.set(PARK, RESET_VECTOR);
  return image;
}
