// Interrupts of the PCI lines and of the serial line, by the PLIC. What has been claimed stays masked until it is completed:
//
//   the line rises     trap: claim; the line's bit and IRQ_RAISED are set
//   a driver's access  the line is looked at again (devices_accessed): when the device has let go of it, the bit is cleared,
//                      and the line completed: should it have risen again, there is the next trap
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

/** Lines that have been claimed and not completed, since they are asserted. */
static volatile u32 masked;
static volatile u32 uart_masked;

static void enable(u32 source) {
  REG32(ENABLE(source)) |= 1u << (source % 32);
  REG32(PRIORITY(source)) = 1;
}

static void complete(u32 source) {
  REG32(CLAIM) = source;
}

void plic_init(void) {
  REG32(THRESHOLD) = 0;
  enable(PLIC_UART);
}

void devices_init(void) {
  for (u32 line = 0; line < LINES; line++) enable(PLIC_INTX + line);
}

/** Has a byte of the serial line end a wfi, once. */
void uart_wake(void) {
  if (!uart_masked) return;
  uart_masked = 0;
  complete(PLIC_UART);
}

/** Sleeps, with interrupts off, until a byte comes or the clock reaches `until`. */
void sleep_until(u64 until) {
  uart_wake();
  alarm_set(until);
  cpu_sleep();
  plic_interrupt();
}

/** In the trap handler. */
void plic_interrupt(void) {
  for (u32 source; (source = REG32(CLAIM)) != 0;) {
    if (source == PLIC_UART) uart_masked = 1;
    u32 line = source - PLIC_INTX;
    if (line >= LINES) continue;
    masked |= 1u << line;
    WORD(LEVEL_WORD) |= LINE_BIT(line);
    WORD(IRQ_RAISED) = 1;
  }
}

/** After an access to a device, with interrupts off: lines that nobody pulls any more. */
void devices_accessed(void) {
  for (u32 line = 0; masked >> line; line++) {
    if (!(masked >> line & 1) || pci_line_asserted(line)) continue;
    masked &= ~(1u << line);
    WORD(LEVEL_WORD) &= ~LINE_BIT(line);
    complete(PLIC_INTX + line);
  }
}
