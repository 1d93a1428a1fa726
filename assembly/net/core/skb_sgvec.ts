// net/core/skbuff.c: a buffer's memory as a list for a device that gathers.

import { EMSGSIZE, SG_CHAIN, SG_END, scatterlist, sizeof_scatterlist, sk_buff } from "../../abi";
import { BUG } from "../../kernel/panic";
import { PAGE_BYTES, virt_to_page } from "../../mm/page";
import { skb_frag, skb_headlen, skb_shinfo } from "./skb";

/** Fragment lists within fragment lists, at most. */
const MAX_DEPTH: u32 = 24;

@inline
function entry_at(sg: usize, n: u32): scatterlist {
  return changetype<scatterlist>(sg + n * sizeof_scatterlist);
}

/** Whether entry `n` may be written: the one before it is not marked as the end. */
@inline
function room(sg: usize, n: u32): bool {
  return n == 0 || !(entry_at(sg, n - 1).page_link & SG_END);
}

/** sg_set_page(): what the entry says of the list stays. */
@inline
function set_page(entry: scatterlist, page: usize, len: u32, offset: u32): void {
  entry.page_link = (entry.page_link & (SG_CHAIN | SG_END)) | page;
  entry.offset = offset;
  entry.length = len;
}

/** Lists bytes [offset, offset + len) of a buffer in the entries at `sg`; how many, or -EMSGSIZE. */
function to_sgvec(skb: sk_buff, sg: usize, offset: i32, len: i32, depth: u32): i32 {
  if (depth >= MAX_DEPTH) return -EMSGSIZE;
  let n: u32 = 0;
  let end: i32 = skb_headlen(skb);
  if (offset < end) {
    const part = min(end - offset, len);
    const at = skb.data + offset;
    set_page(entry_at(sg, n++), virt_to_page(at), part, <u32>(at & (PAGE_BYTES - 1)));
    offset += part;
    len -= part;
  }
  const shinfo = skb_shinfo(skb);
  for (let i: u32 = 0; len && i < shinfo.nr_frags; i++) {
    const frag = skb_frag(shinfo, i);
    const start = end;
    end += frag.bv_len;
    if (offset >= end) continue;
    if (!room(sg, n)) return -EMSGSIZE;
    const part = min(end - offset, len);
    set_page(entry_at(sg, n++), frag.bv_page, part, frag.bv_offset + (offset - start));
    offset += part;
    len -= part;
  }
  for (let list = shinfo.frag_list; len && list; list = changetype<sk_buff>(list).next) {
    const start = end;
    end += changetype<sk_buff>(list).len;
    if (offset >= end) continue;
    if (!room(sg, n)) return -EMSGSIZE;
    const part = min(end - offset, len);
    const more = to_sgvec(changetype<sk_buff>(list), sg + n * sizeof_scatterlist, offset - start, part, depth + 1);
    if (more < 0) return more;
    n += more;
    offset += part;
    len -= part;
  }
  if (len) BUG(cstr("skb_to_sgvec: the buffer is shorter"));
  return n;
}

/** linux/skbuff.h. Lists bytes [offset, offset + len) of the buffer in the scatterlist at `sg`, and marks the last entry as the
 *  end. How many entries that took, or -EMSGSIZE if they are too few. Context: any. */
export function skb_to_sgvec(skb: sk_buff, sg: usize, offset: i32, len: i32): i32 {
  const n = to_sgvec(skb, sg, offset, len, 0);
  if (n <= 0) return n;
  const last = entry_at(sg, n - 1);
  last.page_link = (last.page_link & ~SG_CHAIN) | SG_END;
  return n;
}
