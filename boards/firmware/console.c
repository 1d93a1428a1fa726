// Printing to the serial line.

#include <stdarg.h>
#include "firmware.h"

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
