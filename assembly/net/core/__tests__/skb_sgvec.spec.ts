import {
  EMSGSIZE,
  GFP_KERNEL,
  PAGE_SIZE,
  SG_CHAIN,
  SG_END,
  scatterlist,
  sizeof_scatterlist,
  sk_buff,
} from "../../../abi";
import { boot_net } from "../../../__tests__/boot";
import { sg_init_table } from "../../../lib/scatterlist";
import { alloc_pages, page_address } from "../../../mm/page_alloc";
import { skb_shinfo } from "../skb";
import { alloc_skb } from "../skb_alloc";
import { skb_put } from "../skb_data";
import { skb_add_rx_frag } from "../skb_frags";
import { kfree_skb } from "../skb_free";
import { skb_to_sgvec } from "../skb_sgvec";

const ENTRIES: u32 = 6;
const list = memory.data(6 * 32, 8);

function at(n: u32): scatterlist {
  return changetype<scatterlist>(list + n * sizeof_scatterlist);
}

/** Bytes `from`, `from` + 1, … in `head` linear ones and two fragments of 50. */
function counted(head: u32, from: u32): sk_buff {
  const skb = alloc_skb(head, GFP_KERNEL);
  const data = skb_put(skb, head);
  for (let i: u32 = 0; i < head; i++, from++) store<u8>(data + i, <u8>from);
  for (let i = 0; i < 2; i++) {
    const page = alloc_pages(GFP_KERNEL, 0);
    for (let k: u32 = 0; k < 50; k++, from++) store<u8>(page_address(page) + 16 + k, <u8>from);
    skb_add_rx_frag(skb, i, page, 16, 50, PAGE_SIZE);
  }
  return skb;
}

/** Whether the first `n` entries list the bytes from `first`, `len` of them, and the last is the end. */
function lists(n: i32, first: u32, len: u32): bool {
  let seen: u32 = 0;
  for (let i = 0; i < n; i++) {
    const entry = at(i);
    const bytes = page_address(entry.page_link & ~(SG_CHAIN | SG_END)) + entry.offset;
    for (let k: u32 = 0; k < entry.length; k++, seen++) if (load<u8>(bytes + k) != <u8>(first + seen)) return false;
    if (((entry.page_link & SG_END) != 0) != (i == n - 1)) return false;
  }
  return seen == len;
}

describe("a buffer as a scatterlist", () => {
  beforeAll(boot_net);
  beforeEach(() => {
    sg_init_table(list, ENTRIES);
  });

  test("has an entry for the head and one for each fragment", () => {
    const skb = counted(40, 0);
    expect(skb_to_sgvec(skb, list, 0, 140)).toBe(3);
    expect(lists(3, 0, 140)).toBe(true);
    kfree_skb(skb);
  });

  test("has of a part what is touched", () => {
    const skb = counted(40, 0);
    expect(skb_to_sgvec(skb, list, 10, 20)).toBe(1);
    expect(lists(1, 10, 20)).toBe(true);
    sg_init_table(list, ENTRIES);
    expect(skb_to_sgvec(skb, list, 60, 60)).toBe(2);
    expect(lists(2, 60, 60)).toBe(true);
    kfree_skb(skb);
  });

  test("goes on in the fragment list", () => {
    const skb = counted(40, 0);
    const next = counted(20, 140);
    skb_shinfo(skb).frag_list = changetype<usize>(next);
    skb.len += next.len;
    skb.data_len += next.len;
    expect(skb_to_sgvec(skb, list, 0, 260)).toBe(6);
    expect(lists(6, 0, 260)).toBe(true);
    sg_init_table(list, ENTRIES);
    expect(skb_to_sgvec(skb, list, 130, 25)).toBe(2);
    expect(lists(2, 130, 25)).toBe(true);
    kfree_skb(skb);
  });

  test("that is too short is refused", () => {
    const skb = counted(40, 0);
    sg_init_table(list, 2);
    expect(skb_to_sgvec(skb, list, 0, 140)).toBe(-EMSGSIZE);
    kfree_skb(skb);
  });
});
