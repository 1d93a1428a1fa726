// The serial line: UART 0 of the Cortex-M System Design Kit. It has room for one byte each way.

#include "board.h"
#include "firmware.h"

#define DATA REG32(UART_BASE + 0x0)
#define STATE REG32(UART_BASE + 0x4)
#define CTRL REG32(UART_BASE + 0x8)
#define INTCLEAR REG32(UART_BASE + 0xc)
#define BAUDDIV REG32(UART_BASE + 0x10)

#define STATE_TX_FULL 1u
#define STATE_RX_FULL 2u
#define CTRL_TX 1u
#define CTRL_RX 2u
#define CTRL_RX_INTERRUPT 8u
#define INT_RX 2u
#define BAUD 115200u

void uart_init(void) {
  BAUDDIV = CLOCK_HZ / BAUD;
  CTRL = CTRL_TX | CTRL_RX | CTRL_RX_INTERRUPT;
}

void uart_put(u8 byte) {
  while (STATE & STATE_TX_FULL);
  DATA = byte;
}

int uart_get(void) {
  return STATE & STATE_RX_FULL ? (int)(u8)DATA : -1;
}

/** Bytes that were read by polling have left an interrupt behind. */
void uart_wake(void) {
  INTCLEAR = INT_RX;
  REG32(NVIC_CLEAR_PENDING) = 1u << IRQ_UART_RX;
  REG32(NVIC_ENABLE) = 1u << IRQ_UART_RX;
  if (STATE & STATE_RX_FULL) REG32(NVIC_SET_PENDING) = 1u << IRQ_UART_RX;
}

void uart_interrupt(void) {
  REG32(NVIC_DISABLE) = 1u << IRQ_UART_RX;
  INTCLEAR = INT_RX;
}
