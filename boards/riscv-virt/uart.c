// The 16550 of the serial line.

#include "board.h"
#include "firmware.h"

#define RBR 0
#define THR 0
#define IER 1
#define FCR 2
#define LCR 3
#define LSR 5
#define LSR_DR 0x01
#define LSR_THRE 0x20

void uart_init(void) {
  REG8(UART_BASE + LCR) = 0x03; // 8N1
  REG8(UART_BASE + IER) = 0x01; // a byte that comes is an interrupt
  REG8(UART_BASE + FCR) = 0x07; // FIFOs on and empty
}

void uart_put(u8 byte) {
  while (!(REG8(UART_BASE + LSR) & LSR_THRE));
  REG8(UART_BASE + THR) = byte;
}

/** A byte that has come, or -1. */
int uart_get(void) {
  return REG8(UART_BASE + LSR) & LSR_DR ? REG8(UART_BASE + RBR) : -1;
}
