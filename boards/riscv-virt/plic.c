// Interrupts of the PCI lines, by the PLIC. A line is a level, and IRQ_LEVEL has to say what the line says:
//
//   the line rises     trap: claim, mask, complete; the line's bit and IRQ_RAISED are set
//   a driver's access  the line is looked at again (devices_accessed): when the device has let go of it, the bit is cleared,
//                      and the line unmasked
//
// Whether a device pulls its line is asked of the device, in its PCI status: the PLIC tells of a line only when it rises,
// and of one that two devices share and one of them let go of not at all.

#include "board.h"
#include "firmware.h"

#define PRIORITY(source) (PLIC_BASE + 4 * (source))
#define ENABLE(source) (PLIC_BASE + 0x2000 + 4 * ((source) / 32))
#define THRESHOLD (PLIC_BASE + 0x200000)
#define CLAIM (PLIC_BASE + 0x200004)

#define LINES 4
#define VECTOR(line) (VECTOR_PCI_FIRST + (line))
#define LEVEL_WORD (IRQ_LEVEL + VECTOR_PCI_FIRST / 32 * 4)
#define LINE_BIT(line) (1u << (VECTOR(line) % 32))

/** Lines whose source is masked, since they are asserted. */
static volatile u32 masked;

static void enable_source(u32 source, int on) {
  u32 bit = 1u << (source % 32);
  REG32(ENABLE(source)) = on ? REG32(ENABLE(source)) | bit : REG32(ENABLE(source)) & ~bit;
}

static void enable(u32 line, int on) {
  enable_source(PLIC_INTX + line, on);
}

/** Has a byte of the serial line end a wfi, once. */
void uart_wake(void) {
  REG32(PRIORITY(PLIC_UART)) = 1;
  enable_source(PLIC_UART, 1);
}

/** Sleeps, with interrupts off, until a byte comes or the clock reaches `until`. */
void sleep_until(u64 until) {
  uart_wake();
  alarm_set(until);
  cpu_sleep();
  plic_interrupt();
}

void devices_init(void) {
  for (u32 line = 0; line < LINES; line++) {
    REG32(PRIORITY(PLIC_INTX + line)) = 1;
    enable(line, 1);
  }
  REG32(THRESHOLD) = 0;
}

/** In the trap handler. */
void plic_interrupt(void) {
  for (u32 source; (source = REG32(CLAIM)) != 0;) {
    if (source == PLIC_UART) enable_source(source, 0);
    u32 line = source - PLIC_INTX;
    if (line < LINES) {
      enable(line, 0);
      masked |= 1u << line;
      WORD(LEVEL_WORD) |= LINE_BIT(line);
      WORD(IRQ_RAISED) = 1;
    }
    REG32(CLAIM) = source;
  }
}

/** After an access to a device, with interrupts off: lines that nobody pulls any more. */
void devices_accessed(void) {
  for (u32 line = 0; masked >> line; line++) {
    if (!(masked >> line & 1) || pci_line_asserted(line)) continue;
    masked &= ~(1u << line);
    WORD(LEVEL_WORD) &= ~LINE_BIT(line);
    enable(line, 1);
    if (!pci_line_asserted(line)) continue;
    // It rose again before it was unmasked, and may not have been noticed.
    enable(line, 0);
    masked |= 1u << line;
    WORD(LEVEL_WORD) |= LINE_BIT(line);
    WORD(IRQ_RAISED) = 1;
  }
}
