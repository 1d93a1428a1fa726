import { NETIF_F_HW_CSUM, NETIF_F_IP_CSUM, NETIF_F_SG, NETIF_F_VLAN_CHALLENGED } from "../../../abi";
import { netdev_increment_features } from "../dev_features";

describe("features of a device above several", () => {
  test("one is enough for some, all must have others, and the mask says what may be", () => {
    expect(netdev_increment_features(0, NETIF_F_SG, NETIF_F_SG)).toBe(NETIF_F_SG);
    expect(netdev_increment_features(0, NETIF_F_SG, 0)).toBe(0);
    expect(netdev_increment_features(0, NETIF_F_VLAN_CHALLENGED, 0)).toBe(NETIF_F_VLAN_CHALLENGED);
    const both = netdev_increment_features(NETIF_F_HW_CSUM, NETIF_F_IP_CSUM, NETIF_F_HW_CSUM);
    expect(both).toBe(NETIF_F_HW_CSUM, "who can sum anything needs no word about protocols");
  });
});
