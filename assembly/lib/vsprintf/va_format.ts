// %pV: a format and a va_list inside another format, which is how netdev_info() and dev_info() add their prefixes.

import { va_format } from "../../abi";
import { vsnprintf } from "../vsprintf";
import { Out } from "./out";
import { bad_pointer } from "./string";

export function va_format_string(o: Out, ptr: usize): void {
  if (bad_pointer(o, ptr)) return;
  const inner = changetype<va_format>(ptr);
  const room = o.pos < o.end ? o.end - o.pos : 0;
  o.pos += vsnprintf(o.pos, room, inner.fmt, load<usize>(inner.va));
}
