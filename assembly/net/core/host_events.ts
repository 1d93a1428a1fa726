// A notifier that passes on to the host what happens to interfaces.

import {
  NETDEV_CHANGE,
  NETDEV_CHANGEADDR,
  NETDEV_CHANGEMTU,
  NETDEV_CHANGENAME,
  NETDEV_DOWN,
  NETDEV_REGISTER,
  NETDEV_UNREGISTER,
  NETDEV_UP,
  NOTIFY_DONE,
  net_device,
  netdev_notifier_info,
  notifier_block,
  sizeof_notifier_block,
} from "../../abi";
import { host_net_event } from "../../arch/wasm/host";
import { register_netdevice_notifier } from "./notifier";

const block = memory.data(<i32>sizeof_notifier_block, 8);

function is_for_host(event: u32): bool {
  switch (event) {
    case NETDEV_REGISTER:
    case NETDEV_UNREGISTER:
    case NETDEV_UP:
    case NETDEV_DOWN:
    case NETDEV_CHANGE:
    case NETDEV_CHANGEMTU:
    case NETDEV_CHANGEADDR:
    case NETDEV_CHANGENAME:
      return true;
    default:
      return false;
  }
}

function tell_host(nb: usize, event: u32, info: usize): i32 {
  const dev = changetype<net_device>(changetype<netdev_notifier_info>(info).dev);
  if (is_for_host(event)) host_net_event(dev.ifindex, event);
  return NOTIFY_DONE;
}

export function host_events_init(): void {
  changetype<notifier_block>(block).notifier_call = tell_host.index;
  register_netdevice_notifier(changetype<notifier_block>(block));
}
