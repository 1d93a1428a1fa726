// Whose a buffer is, for the leak reports of the debug flavour: it changes hands, so who allocated it says little. The
// core has what it was given to send or to take up; the driver has what its ndo_start_xmit took.

import { sk_buff } from "../../abi";
import { DEBUG } from "../../flavour";
import { object_owner, page_owner } from "../../mm/debug/track";
import { skb_frag, skb_shinfo } from "./skb";

/** Debug. `skb` with all that it holds belongs to `owner` from here on: a function's table slot, or 0 for the core. Pages
 *  may be shared with other buffers: the core takes them over, a driver does not. */
export function skb_set_owner(skb: sk_buff, owner: u32): void {
  if (!DEBUG) return;
  object_owner(changetype<usize>(skb), owner);
  if (!skb.head) return;
  if (!skb.head_frag) object_owner(skb.head, owner);
  const shinfo = skb_shinfo(skb);
  for (let i: u32 = 0; !owner && i < shinfo.nr_frags; i++) page_owner(skb_frag(shinfo, i).bv_page, owner);
  for (let at = shinfo.frag_list; at; at = changetype<sk_buff>(at).next) skb_set_owner(changetype<sk_buff>(at), owner);
}
