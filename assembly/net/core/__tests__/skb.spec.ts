import {
  CHECKSUM_PARTIAL,
  GFP_ATOMIC,
  GFP_KERNEL,
  NET_IP_ALIGN,
  NET_SKB_PAD,
  PAGE_SIZE,
  SKB_ALLOC_FCLONE,
  SKB_FCLONE_CLONE,
  SKB_FCLONE_ORIG,
  SMP_CACHE_BYTES,
  napi_struct,
  net_device,
  sizeof_napi_struct,
  sizeof_sk_buff,
  sizeof_skb_shared_info,
  sk_buff,
} from "../../../abi";
import { DEBUG } from "../../../flavour";
import { nr_free_pages } from "../../../mm/buddy";
import { kmem_live_objects } from "../../../mm/slab_common";
import { alloc_pages, page_address } from "../../../mm/page_alloc";
import { page_count } from "../../../mm/page_ref";
import { local_bh_disable, local_bh_enable } from "../../../kernel/softirq";
import { csum_fold, csum_partial } from "../checksum";
import {
  SKB_DATA_ALIGN,
  SKB_WITH_OVERHEAD,
  skb_cloned,
  skb_end_offset,
  skb_frag,
  skb_headlen,
  skb_headroom,
  skb_reserve,
  skb_shared,
  skb_shinfo,
  skb_tailroom,
  skb_users,
} from "../skb";
import { __alloc_skb, __napi_alloc_skb, __netdev_alloc_skb, alloc_skb } from "../skb_alloc";
import { __pskb_copy_fclone, skb_clone, skb_copy, skb_copy_expand, skb_realloc_headroom } from "../skb_clone";
import { skb_checksum_help, skb_copy_and_csum_dev, skb_partial_csum_set } from "../skb_csum";
import { skb_pull, skb_push, skb_put, skb_trim } from "../skb_data";
import { skb_add_rx_frag } from "../skb_frags";
import { consume_skb, kfree_skb, napi_consume_skb } from "../skb_free";
import { pskb_expand_head } from "../skb_head";
import { ___pskb_trim, __pskb_pull_tail, __skb_pad, pskb_trim, skb_linearize } from "../skb_pull";
import { __skb_queue_head_init, skb_dequeue, skb_queue_head, skb_queue_purge, skb_queue_tail } from "../skb_queue";
import { skb_checksum, skb_copy_bits, skb_store_bits } from "../skb_walk";
import { sk_buff_head } from "../../../abi";
import { boot_net } from "../../../__tests__/boot";

const NO_DEV = changetype<net_device>(0);
const buf = memory.data(8192, 16);

let live: u32 = 0;

/** A linear buffer with bytes 0, 1, 2, … */
function linear(len: u32): sk_buff {
  const skb = alloc_skb(len, GFP_KERNEL);
  const data = skb_put(skb, len);
  for (let i: u32 = 0; i < len; i++) store<u8>(data + i, <u8>i);
  return skb;
}

/** `head` linear bytes, then `frags` pages with `each` bytes; the bytes count on. */
function fragmented(head: u32, frags: i32, each: u32): sk_buff {
  const skb = linear(head);
  let next = head;
  for (let i = 0; i < frags; i++) {
    const page = alloc_pages(GFP_KERNEL, 0);
    for (let k: u32 = 0; k < each; k++, next++) store<u8>(page_address(page) + 16 + k, <u8>next);
    skb_add_rx_frag(skb, i, page, 16, each, PAGE_SIZE);
  }
  return skb;
}

/** Whether the buffer's bytes count on from `first`. */
function counts(skb: sk_buff, first: u32): bool {
  if (skb_copy_bits(skb, 0, buf, skb.len) != 0) return false;
  for (let i: u32 = 0; i < skb.len; i++) if (load<u8>(buf + i) != <u8>(first + i)) return false;
  return true;
}

describe("sk_buff", () => {
  beforeEach(() => {
    boot_net();
    live = kmem_live_objects();
  });

  test("is laid out as the inlines assume", () => {
    const skb = alloc_skb(100, GFP_KERNEL);
    expect(skb.head).toBe(skb.data);
    expect(skb.tail).toBe(skb.data);
    expect(skb_headroom(skb)).toBe(0);
    // release has the slab's whole object: what is left of 512 behind the shared info
    const info = SKB_DATA_ALIGN(<u32>sizeof_skb_shared_info);
    const head = DEBUG ? SKB_DATA_ALIGN(100) + info : 512;
    expect(skb_end_offset(skb)).toBe(head - info);
    expect(skb_tailroom(skb)).toBe(<i32>skb_end_offset(skb));
    expect(skb.end & (SMP_CACHE_BYTES - 1)).toBe(0, "shared info begins a cache line");
    expect(skb.truesize).toBe(head + SKB_DATA_ALIGN(<u32>sizeof_sk_buff));
    expect(skb_users(skb)).toBe(1);
    expect(skb.mac_header).toBe(0xffff);
    expect(skb.transport_header).toBe(0xffff);
    expect(skb_shinfo(skb).nr_frags).toBe(0);
    expect(load<u32>(changetype<usize>(skb_shinfo(skb).dataref))).toBe(1);
    kfree_skb(skb);
    expect(kmem_live_objects()).toBe(live);
  });

  test("gives receive buffers their headroom, from slab or page fragment", () => {
    const small = __netdev_alloc_skb(NO_DEV, 64, GFP_ATOMIC);
    expect(skb_headroom(small)).toBe(NET_SKB_PAD);
    expect(small.head_frag).toBe(0);
    const large = __netdev_alloc_skb(NO_DEV, 1536, GFP_ATOMIC);
    expect(skb_headroom(large)).toBe(NET_SKB_PAD);
    expect(skb_tailroom(large)).toBe(<i32>SKB_DATA_ALIGN(1536 + NET_SKB_PAD) - <i32>NET_SKB_PAD);
    expect(large.head_frag).toBe(1);
    kfree_skb(small);
    kfree_skb(large);
  });

  test("takes NAPI buffers from the CPU's stock", () => {
    const napi = changetype<napi_struct>(memory.data(<i32>sizeof_napi_struct, 8));
    local_bh_disable();
    const skb = __napi_alloc_skb(napi, 128, GFP_ATOMIC);
    expect(skb_headroom(skb)).toBe(NET_SKB_PAD + NET_IP_ALIGN);
    expect(skb_end_offset(skb)).toBe(SKB_WITH_OVERHEAD(1024));
    const next = __napi_alloc_skb(napi, 1536, GFP_ATOMIC);
    expect(next.head_frag).toBe(1);
    const struct_ = changetype<usize>(next);
    napi_consume_skb(next, 64);
    const another = __napi_alloc_skb(napi, 200, GFP_ATOMIC);
    expect(changetype<usize>(another)).not.toBe(struct_, "debug: the struct just freed is in quarantine");
    napi_consume_skb(another, 64);
    napi_consume_skb(skb, 64);
    local_bh_enable();
  });

  test("moves its ends", () => {
    const skb = alloc_skb(200, GFP_KERNEL);
    skb_reserve(skb, 32);
    expect(skb_put(skb, 100)).toBe(skb.head + 32);
    expect(skb.len).toBe(100);
    expect(skb_push(skb, 14)).toBe(skb.head + 18);
    expect(skb_pull(skb, 20)).toBe(skb.head + 38);
    expect(skb.len).toBe(94);
    expect(skb_pull(skb, 95)).toBe(0, "longer than the data");
    expect(skb.len).toBe(94);
    skb_trim(skb, 60);
    expect(skb.len).toBe(60);
    expect(skb.tail).toBe(skb.data + 60);
    kfree_skb(skb);
  });

  test("BUGs where room runs out", () => {
    expect(() => {
      skb_put(alloc_skb(64, GFP_KERNEL), 4096);
    }).toThrow("skb_over_panic");
    expect(() => {
      skb_push(alloc_skb(64, GFP_KERNEL), 1);
    }).toThrow("skb_under_panic");
  });

  test("counts users", () => {
    const skb = alloc_skb(64, GFP_KERNEL);
    atomic.add<i32>(changetype<usize>(skb.users), 1);
    expect(skb_shared(skb)).toBe(true);
    kfree_skb(skb);
    expect(skb_users(skb)).toBe(1);
    consume_skb(skb);
    expect(kmem_live_objects()).toBe(live);
    kfree_skb(changetype<sk_buff>(0));
  });

  test("shares data with a clone until one wants to write", () => {
    const skb = linear(100);
    const clone = skb_clone(skb, GFP_KERNEL);
    expect(clone.data).toBe(skb.data);
    expect(skb_cloned(skb)).toBe(true);
    expect(skb_cloned(clone)).toBe(true);
    expect(skb_users(clone)).toBe(1);
    expect(pskb_expand_head(clone, 0, 0, GFP_KERNEL)).toBe(0);
    expect(clone.data).not.toBe(skb.data);
    expect(skb_cloned(clone)).toBe(false);
    expect(skb_cloned(skb)).toBe(false, "the last user of the old data");
    expect(counts(clone, 0)).toBe(true);
    kfree_skb(skb);
    expect(counts(clone, 0)).toBe(true);
    kfree_skb(clone);
    expect(kmem_live_objects()).toBe(live);
  });

  test("finds the clone of a pair beside it", () => {
    const skb = __alloc_skb(64, GFP_KERNEL, SKB_ALLOC_FCLONE, -1);
    expect(skb.fclone).toBe(<u8>SKB_FCLONE_ORIG);
    const clone = skb_clone(skb, GFP_KERNEL);
    expect(clone.fclone).toBe(<u8>SKB_FCLONE_CLONE);
    expect(changetype<usize>(clone) - changetype<usize>(skb)).toBe(sizeof_sk_buff);
    const third = skb_clone(skb, GFP_KERNEL);
    expect(third.fclone).toBe(0, "the place is taken");
    kfree_skb(skb);
    kfree_skb(clone);
    kfree_skb(third);
    expect(kmem_live_objects()).toBe(live);
  });

  test("copies are private and linear", () => {
    const skb = fragmented(40, 2, 50);
    skb.ip_summed = <u8>CHECKSUM_PARTIAL;
    skb.csum_start = 14;
    const copy = skb_copy(skb, GFP_KERNEL);
    expect(copy.data_len).toBe(0);
    expect(counts(copy, 0)).toBe(true);
    const roomy = skb_copy_expand(skb, 64, 32, GFP_KERNEL);
    expect(skb_headroom(roomy)).toBe(64);
    expect(skb_tailroom(roomy)).toBeGreaterThanOrEqual(32);
    expect(roomy.csum_start).toBe(14 + 64);
    expect(counts(roomy, 0)).toBe(true);
    const shared = __pskb_copy_fclone(skb, 16, GFP_KERNEL, false);
    expect(skb_headlen(shared)).toBe(40);
    expect(page_count(skb_frag(skb_shinfo(shared), 0).bv_page)).toBe(2);
    kfree_skb(skb);
    expect(counts(shared, 0)).toBe(true);
    const more = skb_realloc_headroom(shared, 200);
    expect(skb_headroom(more)).toBeGreaterThanOrEqual(200);
    expect(counts(more, 0)).toBe(true);
    kfree_skb(more);
    kfree_skb(shared);
    kfree_skb(copy);
    kfree_skb(roomy);
    expect(kmem_live_objects()).toBe(live);
  });

  test("pulls across fragments and frees those used up", () => {
    const pages = nr_free_pages();
    const skb = fragmented(10, 3, 100);
    expect(__pskb_pull_tail(skb, 150)).toBe(skb.tail);
    expect(skb_headlen(skb)).toBe(160);
    expect(skb_shinfo(skb).nr_frags).toBe(2);
    expect(skb_frag(skb_shinfo(skb), 0).bv_offset).toBe(16 + 50);
    expect(counts(skb, 0)).toBe(true);
    expect(skb_linearize(skb)).toBe(0);
    expect(skb.data_len).toBe(0);
    expect(skb_shinfo(skb).nr_frags).toBe(0);
    expect(counts(skb, 0)).toBe(true);
    kfree_skb(skb);
    expect(kmem_live_objects()).toBe(live);
    expect(nr_free_pages()).toBeGreaterThanOrEqual(pages - 16);
  });

  test("pulls from a list of buffers, cloning one that is shared", () => {
    const skb = linear(10);
    const one = linear(20);
    const two = linear(30);
    for (let i: u32 = 0; i < 20; i++) store<u8>(one.data + i, <u8>(10 + i));
    for (let i: u32 = 0; i < 30; i++) store<u8>(two.data + i, <u8>(30 + i));
    one.next = changetype<usize>(two);
    skb_shinfo(skb).frag_list = changetype<usize>(one);
    skb.len += 50;
    skb.data_len += 50;
    atomic.add<i32>(changetype<usize>(two.users), 1);
    expect(counts(skb, 0)).toBe(true);
    expect(__pskb_pull_tail(skb, 25)).toBe(skb.tail);
    expect(skb_headlen(skb)).toBe(35);
    expect(skb_shinfo(skb).frag_list).not.toBe(changetype<usize>(two), "a clone of it");
    expect(two.len).toBe(30);
    expect(counts(skb, 0)).toBe(true);
    kfree_skb(skb);
    expect(skb_users(two)).toBe(1);
    kfree_skb(two);
    expect(kmem_live_objects()).toBe(live);
  });

  test("is cut anywhere", () => {
    const skb = fragmented(10, 3, 1000);
    const shared = skb_clone(skb, GFP_KERNEL);
    expect(pskb_trim(skb, 1510)).toBe(0);
    expect(skb.len).toBe(1510);
    expect(skb_shinfo(skb).nr_frags).toBe(2);
    expect(counts(skb, 0)).toBe(true);
    expect(shared.len).toBe(3010);
    expect(counts(shared, 0)).toBe(true);
    expect(pskb_trim(skb, 40)).toBe(0);
    expect(skb.data_len).toBe(0, "a small rest moves to the linear part");
    expect(counts(skb, 0)).toBe(true);
    expect(___pskb_trim(skb, 4)).toBe(0);
    expect(skb.len).toBe(4);
    expect(skb.data_len).toBe(0);
    expect(skb_shinfo(skb).nr_frags).toBe(0);
    kfree_skb(skb);
    kfree_skb(shared);
    expect(kmem_live_objects()).toBe(live);
  });

  test("copies bits in and out of every part", () => {
    const skb = fragmented(10, 2, 20);
    memory.fill(buf, 0xee, 64);
    expect(skb_store_bits(skb, 5, buf, 30)).toBe(0);
    expect(skb_copy_bits(skb, 0, buf, 50)).toBe(0);
    expect(load<u8>(buf, 4)).toBe(4);
    expect(load<u8>(buf, 5)).toBe(0xee);
    expect(load<u8>(buf, 34)).toBe(0xee);
    expect(load<u8>(buf, 35)).toBe(35);
    expect(skb_copy_bits(skb, 21, buf, 30)).toBeLessThan(0);
    skb_pull(skb, 4);
    expect(skb_copy_bits(skb, -4, buf, 8)).toBe(0);
    expect(load<u32>(buf)).toBe(0x03020100);
    kfree_skb(skb);
  });

  test("pads with zeros behind the data", () => {
    const skb = linear(40);
    memory.fill(skb.tail, 0xff, 20);
    expect(__skb_pad(skb, 20, true)).toBe(0);
    expect(skb.len).toBe(40);
    expect(load<u64>(skb.tail)).toBe(0);
    const clone = skb_clone(skb, GFP_KERNEL);
    expect(__skb_pad(clone, 20, true)).toBe(0);
    expect(clone.data).not.toBe(skb.data);
    kfree_skb(skb);
    kfree_skb(clone);
  });

  test("queues", () => {
    const list = changetype<sk_buff_head>(memory.data(32, 8));
    __skb_queue_head_init(list);
    const a = linear(1);
    const b = linear(2);
    const c = linear(3);
    skb_queue_tail(list, a);
    skb_queue_tail(list, b);
    skb_queue_head(list, c);
    expect(list.qlen).toBe(3);
    expect(changetype<usize>(skb_dequeue(list))).toBe(changetype<usize>(c));
    expect(changetype<usize>(skb_dequeue(list))).toBe(changetype<usize>(a));
    expect(a.next).toBe(0);
    kfree_skb(a);
    kfree_skb(c);
    skb_queue_purge(list);
    expect(list.qlen).toBe(0);
    expect(changetype<usize>(skb_dequeue(list))).toBe(0);
    expect(kmem_live_objects()).toBe(live);
  });
});

/** RFC 1071 as it is written, for comparison. */
function slow_sum(data: usize, len: u32): u16 {
  let sum: u32 = 0;
  for (let i: u32 = 0; i < len; i += 2) {
    sum += <u32>load<u8>(data + i);
    if (i + 1 < len) sum += (<u32>load<u8>(data + i + 1)) << 8;
  }
  while (sum >> 16) sum = (sum & 0xffff) + (sum >> 16);
  return <u16>~sum;
}

describe("checksums", () => {
  test("agree with the definition at every length and alignment", () => {
    for (let i: usize = 0; i < 256; i++) store<u8>(buf + i, <u8>(i * 37 + 11));
    for (let start: usize = 0; start < 4; start++) {
      for (let len: u32 = 0; len < 70; len++) {
        expect(csum_fold(csum_partial(buf + start, len, 0))).toBe(slow_sum(buf + start, len));
      }
    }
  });

  test("add up over fragments of odd length", () => {
    const skb = fragmented(7, 3, 33);
    skb_copy_bits(skb, 0, buf, skb.len);
    for (let offset = 0; offset < 20; offset++) {
      const len = <i32>skb.len - offset;
      expect(csum_fold(skb_checksum(skb, offset, len, 0))).toBe(slow_sum(buf + offset, len));
    }
    kfree_skb(skb);
  });

  test("are filled in by software", () => {
    const skb = fragmented(60, 1, 41);
    expect(skb_partial_csum_set(skb, 20, 16)).toBe(true);
    skb_copy_and_csum_dev(skb, buf);
    const expected = load<u16>(buf + 36);
    expect(skb_checksum_help(skb)).toBe(0);
    expect(skb.ip_summed).toBe(0);
    expect(load<u16>(skb.data + 36)).toBe(expected);
    expect(skb_partial_csum_set(skb, 50, 10)).toBe(false, "outside the linear part");
    kfree_skb(skb);
  });
});
