// net/core/dst.c, net/netfilter/core.c: what other kernels attach to packets, a route and a tracked connection. Nothing here
// does, so a packet that has one is somebody's mistake.

import { WARN } from "../../kernel/panic";

/** net/dst.h. Drops a reference to the struct dst_entry `dst`, a route; NULL is fine. Context: any. (Differs: there are no
 *  routes: any other is reported.) */
export function dst_release(dst: usize): void {
  if (dst) WARN(cstr("dst_release: a route, and nobody makes any"));
}

/** linux/netfilter.h. Frees what a connection's tracker knows of it, once the last packet has gone; without a tracker a
 *  report, as in Linux. Context: any. */
export function nf_conntrack_destroy(nfct: usize): void {
  WARN(cstr("nf_conntrack_destroy: no connection is tracked"));
}
