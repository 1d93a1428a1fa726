// drivers/pci/rom.c: the expansion ROM, which decodes only while somebody reads it.

import { IORESOURCE_ROM_ENABLE, PCI_ROM_ADDRESS_ENABLE, PCI_ROM_ADDRESS_MASK, PCI_ROM_RESOURCE } from "../../abi";
import { __raw_readb, __raw_readl, __raw_readw } from "../../arch/wasm/io";
import { ioremap, iounmap } from "../../mm/ioremap";
import { config32, pci_write_config_dword } from "./access";
import { pci_info, pci_resource, pci_resource_len, to_pci, to_res } from "./internal";
import { pci_assign_resource } from "./setup_res";

/** What an image begins with, and its PCI data structure. */
const IMAGE_SIGNATURE: u32 = 0xaa55;
const PCIR: u32 = 0x52494350;
/** In an image: where the data structure is. In that: length in units of 512 bytes, and the bit of the last image. */
const IMAGE_PCIR: usize = 24;
const PCIR_LENGTH: usize = 16;
const PCIR_INDICATOR: usize = 21;
const LAST_IMAGE: u32 = 0x80;

/** linux/pci.h. Lets the expansion ROM decode. 0, or -1 if there is none. Context: process. */
export function pci_enable_rom(dev: usize): i32 {
  const rom = to_res(pci_resource(dev, PCI_ROM_RESOURCE));
  if (!rom.flags) return -1;
  const register = to_pci(dev).rom_base_reg;
  const bits = config32(dev, register) & ~PCI_ROM_ADDRESS_MASK;
  pci_write_config_dword(dev, register, bits | rom.start | PCI_ROM_ADDRESS_ENABLE);
  return 0;
}

/** linux/pci.h. Takes back pci_enable_rom(). Context: process. */
export function pci_disable_rom(dev: usize): void {
  const register = to_pci(dev).rom_base_reg;
  pci_write_config_dword(dev, register, config32(dev, register) & ~PCI_ROM_ADDRESS_ENABLE);
}

/** How much of the ROM its images take. They come from the device: what they say is not believed beyond `size`. */
function rom_size(dev: usize, rom: usize, size: u32): u32 {
  let image: u32 = 0;
  while (image + IMAGE_PCIR + 2 <= size) {
    const signature = __raw_readw(rom + image);
    if (signature != IMAGE_SIGNATURE) {
      pci_info(dev, cstr("Invalid PCI ROM header signature: expecting 0xaa55, got %#06x"), signature);
      break;
    }
    const data = image + (__raw_readw(rom + image + IMAGE_PCIR) & ~3);
    const found = data + PCIR_INDICATOR < size ? __raw_readl(rom + data) : 0;
    if (found != PCIR) {
      pci_info(dev, cstr("Invalid PCI ROM data signature: expecting 0x52494350, got %#010x"), found);
      break;
    }
    const last = __raw_readb(rom + data + PCIR_INDICATOR) & LAST_IMAGE;
    const length = __raw_readw(rom + data + PCIR_LENGTH) * 512;
    image += length;
    if (last || !length || image >= size) break;
    if (__raw_readw(rom + image) != IMAGE_SIGNATURE) {
      pci_info(dev, cstr("No more image in the PCI ROM"));
      break;
    }
  }
  return min(image, size);
}

/** linux/pci.h. Maps the expansion ROM, which decodes until pci_unmap_rom(); `*size` is how much of it is images. NULL
 *  if there is none, or none with an image in it. Context: process. */
export function pci_map_rom(dev: usize, size: usize): usize {
  const resource = pci_resource(dev, PCI_ROM_RESOURCE);
  if (!to_res(resource).parent && pci_assign_resource(dev, PCI_ROM_RESOURCE)) return 0;
  const window = pci_resource_len(dev, PCI_ROM_RESOURCE);
  store<u32>(size, window);
  if (!window || pci_enable_rom(dev)) return 0;
  const rom = ioremap(to_res(resource).start, window);
  if (rom) {
    const used = rom_size(dev, rom, window);
    store<u32>(size, used);
    if (used) return rom;
    iounmap(rom);
  }
  if (!(to_res(resource).flags & IORESOURCE_ROM_ENABLE)) pci_disable_rom(dev);
  return 0;
}

/** linux/pci.h. Ends what pci_map_rom() began. Context: process. */
export function pci_unmap_rom(dev: usize, rom: usize): void {
  iounmap(rom);
  if (!(to_res(pci_resource(dev, PCI_ROM_RESOURCE)).flags & IORESOURCE_ROM_ENABLE)) pci_disable_rom(dev);
}
