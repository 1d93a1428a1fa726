// %pR and %pr: a struct resource, "[mem 0xfebc0000-0xfebc00ff 64bit pref]", or with its flags as a number.

import {
  IORESOURCE_BUS,
  IORESOURCE_DISABLED,
  IORESOURCE_DMA,
  IORESOURCE_IO,
  IORESOURCE_IRQ,
  IORESOURCE_MEM,
  IORESOURCE_MEM_64,
  IORESOURCE_PREFETCH,
  IORESOURCE_UNSET,
  IORESOURCE_WINDOW,
  resource,
} from "../../abi";
import { hex_flags, number_as } from "./number";
import { finish, Out, put, puts, SMALL, SPECIAL, ZEROPAD } from "./out";
import { bad_pointer } from "./string";

/** One end of a resource: ports take four digits, memory eight, buses two without "0x", the rest is decimal. */
function put_end(o: Out, value: u32, flags: u32): void {
  if (flags & IORESOURCE_IO) number_as(o, value, 16, SPECIAL | SMALL | ZEROPAD, 6, -1);
  else if (flags & IORESOURCE_MEM) number_as(o, value, 16, SPECIAL | SMALL | ZEROPAD, 10, -1);
  else if (flags & (IORESOURCE_IRQ | IORESOURCE_DMA)) number_as(o, value, 10, 0, 0, -1);
  else if (flags & IORESOURCE_BUS) number_as(o, value, 16, SMALL | ZEROPAD, 2, -1);
  else number_as(o, value, 16, SPECIAL | SMALL | ZEROPAD, 10, -1);
}

function type_name(flags: u32): usize {
  if (flags & IORESOURCE_IO) return cstr("[io  ");
  if (flags & IORESOURCE_MEM) return cstr("[mem ");
  if (flags & IORESOURCE_IRQ) return cstr("[irq ");
  if (flags & IORESOURCE_DMA) return cstr("[dma ");
  if (flags & IORESOURCE_BUS) return cstr("[bus ");
  return cstr("[??? ");
}

const KNOWN: u32 = IORESOURCE_IO | IORESOURCE_MEM | IORESOURCE_IRQ | IORESOURCE_DMA | IORESOURCE_BUS;

export function resource_string(o: Out, ptr: usize, decode: bool): void {
  if (bad_pointer(o, ptr)) return;
  const res = changetype<resource>(ptr);
  const flags: u32 = res.flags;
  const begin = o.pos;
  if (!(flags & KNOWN)) decode = false;
  puts(o, type_name(flags));
  if (decode && flags & IORESOURCE_UNSET) {
    puts(o, cstr("size "));
    put_end(o, res.end - res.start + 1, flags);
  } else {
    put_end(o, res.start, flags);
    if (res.start != res.end) {
      put(o, 0x2d);
      put_end(o, res.end, flags);
    }
  }
  if (decode) {
    if (flags & IORESOURCE_MEM_64) puts(o, cstr(" 64bit"));
    if (flags & IORESOURCE_PREFETCH) puts(o, cstr(" pref"));
    if (flags & IORESOURCE_WINDOW) puts(o, cstr(" window"));
    if (flags & IORESOURCE_DISABLED) puts(o, cstr(" disabled"));
  } else {
    puts(o, cstr(" flags "));
    hex_flags(o, flags);
  }
  put(o, 0x5d);
  finish(o, begin);
}
