// net/core/dev_ioctl.c: the requests of mii-tool, which go to the driver's ndo_eth_ioctl.

import {
  ENODEV,
  EOPNOTSUPP,
  IFNAMSIZ,
  SIOCGMIIPHY,
  SIOCGMIIREG,
  SIOCSMIIREG,
  ifreq,
  net_device,
  sizeof_ifreq,
  sizeof_mii_ioctl_data,
} from "../../abi";
import { stack_alloc, stack_free } from "../../arch/wasm/stack";
import { strscpy } from "../../lib/string";
import { __dev_get_by_index } from "./dev_lookup";
import { init_net } from "./net_namespace";
import { netif_device_present, ops_of } from "./netdev";
import { rtnl_lock, rtnl_unlock } from "./rtnl";

/** Host call, task context. SIOCGMIIPHY, SIOCGMIIREG or SIOCSMIIREG on interface `ifindex`; `data` is a struct
 *  mii_ioctl_data { u16 phy_id, reg_num, val_in, val_out }, read and written. 0, -ENODEV, -EOPNOTSUPP or the
 *  driver's errno. */
export function kpi_netdev_mii(ifindex: i32, cmd: u32, data: usize): i32 {
  rtnl_lock();
  const dev = __dev_get_by_index(init_net, ifindex);
  const err = changetype<usize>(dev) != 0 ? mii_ioctl(dev, cmd, data) : -ENODEV;
  rtnl_unlock();
  return err;
}

function mii_ioctl(dev: net_device, cmd: u32, data: usize): i32 {
  const ioctl = <u32>ops_of(dev).ndo_eth_ioctl;
  if (!ioctl || (cmd != SIOCGMIIPHY && cmd != SIOCGMIIREG && cmd != SIOCSMIIREG)) return -EOPNOTSUPP;
  if (!netif_device_present(dev)) return -ENODEV;
  const block = stack_alloc(IFREQ_BYTES);
  const ifr = changetype<ifreq>(block);
  memory.fill(block, 0, IFREQ_BYTES);
  strscpy(ifr.ifr_ifrn_ifrn_name, dev.name, IFNAMSIZ);
  // the data lie in the request itself (linux/mii.h, if_mii)
  memory.copy(ifr.ifr_ifru, data, sizeof_mii_ioctl_data);
  const err = call_indirect<i32>(ioctl, changetype<usize>(dev), block, cmd);
  memory.copy(data, ifr.ifr_ifru, sizeof_mii_ioctl_data);
  stack_free(IFREQ_BYTES);
  return err;
}

const IFREQ_BYTES: usize = (sizeof_ifreq + 15) & ~15;
