// The PCI host bridge: configuration space through ECAM, ports, and which line each function's pin pulls.

#include "board.h"
#include "firmware.h"

#define PCI_COMMAND 0x04
#define PCI_COMMAND_MASTER 0x04u
#define PCI_STATUS 0x06
#define PCI_STATUS_INTERRUPT 0x08
#define PCI_INTERRUPT_PIN 0x3d
#define DEVICES 32
#define FUNCTIONS 8

static volatile u8 *place(u32 bdf, u32 where) {
  return (volatile u8 *)(PCI_ECAM + (bdf << 12) + where);
}

u32 pci_read(u32 bdf, u32 where, u32 width) {
  volatile u8 *at = place(bdf, where);
  if (width == 1) return *at;
  if (width == 2) return *(volatile u16 *)at;
  return *(volatile u32 *)at;
}

void pci_write(u32 bdf, u32 where, u32 width, u32 value) {
  volatile u8 *at = place(bdf, where);
  if (width == 1) *at = (u8)value;
  else if (width == 2) *(volatile u16 *)at = (u16)value;
  else *(volatile u32 *)at = value;
}

u32 port_read(u32 port, u32 width) {
  u32 at = PCI_PIO + port;
  return width == 1 ? REG8(at) : width == 2 ? REG16(at) : REG32(at);
}

void port_write(u32 port, u32 width, u32 value) {
  u32 at = PCI_PIO + port;
  if (width == 1) REG8(at) = (u8)value;
  else if (width == 2) REG16(at) = (u16)value;
  else REG32(at) = value;
}

void bus_describe(void) {
  WORD(BOOT_PCI_MEM_BASE) = PCI_MMIO;
  WORD(BOOT_PCI_MEM_SIZE) = PCI_MMIO_BYTES;
  WORD(BOOT_PCI_IO_BASE) = PCI_PIO_FIRST;
  WORD(BOOT_PCI_IO_SIZE) = PCI_PIO_BYTES;
  WORD(BOOT_PCI_LAST_BUS) = 0;
  u32 vector = VECTOR_PCI_FIRST;
  WORD(BOOT_PCI_INTX) = (vector + 3) << 24 | (vector + 2) << 16 | (vector + 1) << 8 | vector;
}

/** The functions of bus 0 that have a pin, by line; looked for once. */
static u8 pulls[4][DEVICES];
static u8 pull_count[4];
static u8 known;

static void find_pins(void) {
  known = 1;
  for (u32 devfn = 0; devfn < DEVICES * FUNCTIONS; devfn++) {
    if (pci_read(devfn, 0, 2) == 0xffff) continue;
    u32 pin = pci_read(devfn, PCI_INTERRUPT_PIN, 1);
    u32 line = ((devfn >> 3) + pin - 1) & 3;
    if (pin != 0 && pull_count[line] < DEVICES) pulls[line][pull_count[line]++] = (u8)devfn;
  }
}

int pci_line_asserted(u32 line) {
  if (!known) find_pins();
  for (u32 i = 0; i < pull_count[line]; i++) {
    if (pci_read(pulls[line][i], PCI_STATUS, 2) & PCI_STATUS_INTERRUPT) return 1;
  }
  return 0;
}

void devices_stop(void) {
  for (u32 devfn = 0; devfn < DEVICES * FUNCTIONS; devfn++) {
    if (pci_read(devfn, 0, 2) == 0xffff) continue;
    u32 command = pci_read(devfn, PCI_COMMAND, 2);
    pci_write(devfn, PCI_COMMAND, 2, command & ~PCI_COMMAND_MASTER);
  }
}
