// The expansion ROM, PCI Firmware Specification 3.0, 5.1: two images, and behind them what belongs to none.
//
//   0 55 aa    18 where the PCI data structure is: "PCIR", +10 length in units of 512, +15 bit 7: the last image

const IMAGE = 512;
const IMAGES = 2;
const DATA_STRUCTURE = 0x1c;

export const romImage = new DataView(new ArrayBuffer(16384));
new Uint8Array(romImage.buffer).fill(0xff);
for (let image = 0; image < IMAGES; image++) {
  const start = image * IMAGE;
  new Uint8Array(romImage.buffer, start, IMAGE).fill(0);
  romImage.setUint16(start, 0xaa55, true);
  romImage.setUint16(start + 0x18, DATA_STRUCTURE, true);
  const pcir = start + DATA_STRUCTURE;
  romImage.setUint32(pcir, 0x52494350, true);
  romImage.setUint16(pcir + 0x04, 0x104c, true);
  romImage.setUint16(pcir + 0x06, 0xb500, true);
  romImage.setUint16(pcir + 0x0a, 0x18, true);
  romImage.setUint16(pcir + 0x10, 1, true);
  romImage.setUint8(pcir + 0x14, image === 0 ? 0 : 3);
  romImage.setUint8(pcir + 0x15, image === IMAGES - 1 ? 0x80 : 0);
}
