// The 16550 of the console, and printing to it.

#include <stdarg.h>
#include "board.h"

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

static void put_number(u32 value, u32 base, u32 width) {
  char digits[10];
  u32 count = 0;
  do {
    digits[count++] = "0123456789abcdef"[value % base];
    value /= base;
  } while (value);
  while (width > count) {
    uart_put('0');
    width--;
  }
  while (count) uart_put((u8)digits[--count]);
}

/** %s, %u, %x and %08x. */
void print(const char *format, ...) {
  va_list args;
  va_start(args, format);
  for (; *format; format++) {
    if (*format != '%') {
      if (*format == '\n') uart_put('\r');
      uart_put((u8)*format);
      continue;
    }
    u32 width = 0;
    while (*++format >= '0' && *format <= '9') width = width * 10 + (u32)(*format - '0');
    if (*format == 's') {
      for (const char *text = va_arg(args, const char *); *text; text++) uart_put((u8)*text);
    } else {
      put_number(va_arg(args, u32), *format == 'x' ? 16 : 10, width);
    }
  }
  va_end(args);
}
