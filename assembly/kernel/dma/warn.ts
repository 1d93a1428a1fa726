// DMA calls that are refused: of what is no memory, or for a device that cannot have them. Debug says which device it was,
// release warns of the first only, as Linux does (WARN_ON_ONCE).

import { DEBUG } from "../../flavour";
import { WARN_TEXT } from "../panic";
import { err_printk } from "./debug/report";
import { Entry } from "./debug/table";

const warned = memory.data(4, 4);

/** `what` goes on "device driver …". */
@inline
export function dma_complain(dev: usize, what: usize): void {
  if (DEBUG) err_printk(dev, changetype<Entry>(0), cstr("device driver %s"), what);
  else warn_once();
}

function warn_once(): void {
  if (load<u32>(warned)) return;
  store<u32>(warned, 1);
  WARN_TEXT(cstr("DMA: a mapping was refused"));
}
