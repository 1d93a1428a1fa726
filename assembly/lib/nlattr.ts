// lib/nlattr.c: netlink attributes: a length and a type, each 16 bits, then the data, padded to 4 bytes. Interfaces are
// created and configured with messages of them.

import {
  E2BIG,
  EINVAL,
  EMSGSIZE,
  ERANGE,
  NLA_BINARY,
  NLA_FLAG,
  NLA_MSECS,
  NLA_NESTED,
  NLA_NUL_STRING,
  NLA_REJECT,
  NLA_S16,
  NLA_S32,
  NLA_S64,
  NLA_S8,
  NLA_STRING,
  NLA_TYPE_MASK,
  NLA_U16,
  NLA_U32,
  NLA_U64,
  NLA_U8,
  netlink_ext_ack,
  nla_policy,
  nlattr,
  sizeof_nla_policy,
  sk_buff,
} from "../abi";
import { skb_tailroom } from "../net/core/skb";
import { skb_put } from "../net/core/skb_data";

const NLA_HDRLEN: u32 = 4;
/** Attributes within attributes that are looked into. */
const MAX_DEPTH: u32 = 10;

@inline
export function nla_data(nla: usize): usize {
  return nla + NLA_HDRLEN;
}

@inline
export function nla_len(nla: usize): u32 {
  return <u32>changetype<nlattr>(nla).nla_len - NLA_HDRLEN;
}

@inline
function nla_type(nla: usize): u32 {
  return <u32>changetype<nlattr>(nla).nla_type & NLA_TYPE_MASK;
}

@inline
export function nla_get_u32(nla: usize): u32 {
  return load<u32>(nla_data(nla));
}

/** Whether a whole attribute is in the next `len` bytes. */
@inline
function nla_ok(nla: usize, len: i32): bool {
  const own = <i32>changetype<nlattr>(nla).nla_len;
  return len >= <i32>NLA_HDRLEN && own >= <i32>NLA_HDRLEN && own <= len;
}

/** Bytes of data that a type has at least; 0 if any number will do. */
function least(type: u32): u32 {
  switch (type) {
    case NLA_U8:
    case NLA_S8:
      return 1;
    case NLA_U16:
    case NLA_S16:
      return 2;
    case NLA_U32:
    case NLA_S32:
      return 4;
    case NLA_U64:
    case NLA_S64:
    case NLA_MSECS:
      return 8;
    default:
      return 0;
  }
}

/** Whether text of `len` bytes, with or without a NUL at its end, fits the policy: 0 or an errno. */
function check_text(nla: usize, pt: nla_policy, terminated: bool): i32 {
  let len = nla_len(nla);
  if (len == 0) return -ERANGE;
  const ends = load<u8>(nla_data(nla) + len - 1) == 0;
  if (terminated && !ends) return -EINVAL;
  if (ends) len -= 1;
  return pt.len && len > <u32>pt.len ? -ERANGE : 0;
}

/** Whether an attribute is as its policy wants it: 0 or an errno. */
function check(nla: usize, pt: nla_policy, extack: usize, depth: u32): i32 {
  const len = nla_len(nla);
  switch (<u32>pt.type) {
    case NLA_REJECT:
      if (extack && pt.reject_message) changetype<netlink_ext_ack>(extack)._msg = pt.reject_message;
      return -EINVAL;
    case NLA_FLAG:
      return len ? -ERANGE : 0;
    case NLA_STRING:
      return check_text(nla, pt, false);
    case NLA_NUL_STRING:
      return check_text(nla, pt, true);
    case NLA_BINARY:
      return pt.len && len > <u32>pt.len ? -ERANGE : 0;
    case NLA_NESTED:
      if (len == 0 || !pt.nested_policy) return 0;
      if (len < NLA_HDRLEN || depth == MAX_DEPTH) return -ERANGE;
      return parse(0, pt.len, nla_data(nla), len, pt.nested_policy, extack, depth + 1);
    default:
      return len < max(least(pt.type), <u32>pt.len) ? -ERANGE : 0;
  }
}

/** Checks attributes against `policy`, and puts the last of each type into tb[0, maxtype] if that is not null. */
function parse(tb: usize, maxtype: i32, nla: usize, len: i32, policy: usize, extack: usize, depth: u32): i32 {
  if (tb) memory.fill(tb, 0, (maxtype + 1) * 4);
  while (nla_ok(nla, len)) {
    const type = nla_type(nla);
    if (type > 0 && type <= <u32>maxtype) {
      if (policy) {
        const err = check(nla, changetype<nla_policy>(policy + type * sizeof_nla_policy), extack, depth);
        if (err) {
          const ack = changetype<netlink_ext_ack>(extack);
          if (extack && !ack._msg) ack._msg = cstr("Attribute failed policy validation");
          return err;
        }
      }
      if (tb) store<usize>(tb + type * 4, nla);
    }
    const step = (<i32>changetype<nlattr>(nla).nla_len + 3) & ~3;
    nla += step;
    len -= step;
  }
  return 0;
}

/** net/netlink.h. Sorts the attributes in [head, head + len) by type into tb[0, maxtype], checking them against `policy`
 *  (may be null). 0, -EINVAL or -ERANGE. Context: any. (Differs: as strict with old attributes as with new ones: neither
 *  trailing bytes nor unknown types are errors.) */
export function __nla_parse(
  tb: usize,
  maxtype: i32,
  head: usize,
  len: i32,
  policy: usize,
  validate: u32,
  extack: usize,
): i32 {
  return parse(tb, maxtype, head, len, policy, extack, 0);
}

/** net/netlink.h. Checks attributes against `policy`. 0, -EINVAL or -ERANGE. Context: any. */
export function __nla_validate(head: usize, len: i32, maxtype: i32, policy: usize, validate: u32, extack: usize): i32 {
  return parse(0, maxtype, head, len, policy, extack, 0);
}

/** net/netlink.h. Copies an attribute's text to `dst`, which has `size` bytes, with a NUL and zeros behind it. The text's
 *  length, or -E2BIG if it was cut. Context: any. */
export function nla_strscpy(dst: usize, nla: usize, size: usize): i32 {
  if (size == 0) return -E2BIG;
  let len: usize = nla_len(nla);
  if (len > 0 && load<u8>(nla_data(nla) + len - 1) == 0) len -= 1;
  const cut = len >= size;
  if (cut) len = size - 1;
  memory.copy(dst, nla_data(nla), len);
  memory.fill(dst + len, 0, size - len);
  return cut ? -E2BIG : <i32>len;
}

/** net/netlink.h. Appends an attribute to a message. 0, or -EMSGSIZE without room for it. Context: any. */
export function nla_put(skb: sk_buff, type: i32, len: i32, data: usize): i32 {
  const total = <u32>(len + 3 + <i32>NLA_HDRLEN) & ~3;
  if (skb_tailroom(skb) < <i32>total) return -EMSGSIZE;
  const nla = skb_put(skb, total);
  changetype<nlattr>(nla).nla_len = <u16>(len + <i32>NLA_HDRLEN);
  changetype<nlattr>(nla).nla_type = <u16>type;
  memory.copy(nla_data(nla), data, len);
  memory.fill(nla_data(nla) + len, 0, total - NLA_HDRLEN - len);
  return 0;
}

/** linux/netlink.h. Shows an extended answer's text to those who trace; nobody does here. Context: any. */
export function do_trace_netlink_extack(msg: usize): void {}
