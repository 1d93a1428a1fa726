import { ETH_P_ARP, GFP_ATOMIC, NETDEV_CHANGENAME, PAGE_SIZE, net_device, sk_buff } from "../../../abi";
import { IRQ_EDGE, IRQ_RAISED, VECTOR_PACKET } from "../../../arch/wasm/memory";
import { irq_window } from "../../../arch/wasm/irqflags";
import { local_bh_disable, local_bh_enable } from "../../../kernel/softirq";
import { alloc_pages, page_address } from "../../../mm/page_alloc";
import { eth_type_trans } from "../../ethernet/eth";
import { boot_net } from "../../../__tests__/boot";
import { spec_frame, spec_frame_ifindex, spec_frames, spec_net_event } from "../../../__tests__/host";
import { fake, fake_device, fake_mac, free_kept } from "../../core/__tests__/fake";
import { free_netdev } from "../../core/dev_alloc";
import { unregister_netdev } from "../../core/dev_register";
import { kpi_netdev_rename, kpi_netdev_up } from "../../core/host_ops";
import { netif_receive_skb } from "../../core/rx";
import { skb_reserve } from "../../core/skb";
import { alloc_skb } from "../../core/skb_alloc";
import { skb_put } from "../../core/skb_data";
import { skb_add_rx_frag } from "../../core/skb_frags";
import { kpi_packet_ring } from "../ring";

let dev = changetype<net_device>(0);
const buf = memory.data(4096, 8);

function word(index: usize): u32 {
  return load<u32>(kpi_packet_ring() + index * 4);
}

/** What a host does: writes a frame, and raises the vector. */
function host_send(ifindex: i32, len: u32, mark: u8, raise: bool): void {
  const ring = kpi_packet_ring();
  const size = word(0);
  const data = <usize>word(1);
  let prod = word(2);
  const bytes = 8 + ((len + 7) & ~7);
  if (prod + bytes > size) {
    store<u32>(data + prod, 0);
    prod = 0;
  }
  const record = data + prod;
  store<i32>(record, ifindex);
  store<u32>(record, len, 4);
  memory.fill(record + 8, mark, len);
  memory.copy(record + 8, fake_mac(), 6);
  if (len > 13) store<u16>(record + 8, bswap<u16>(<u16>ETH_P_ARP), 12);
  prod += bytes;
  store<u32>(ring, prod == size ? 0 : prod, 8);
  if (raise) host_raise();
}

function host_raise(): void {
  store<u32>(IRQ_EDGE, load<u32>(IRQ_EDGE) | (1 << VECTOR_PACKET));
  store<u32>(IRQ_RAISED, 1);
  irq_window();
}

describe("the host's packet socket", () => {
  beforeEach(() => {
    boot_net();
    dev = fake_device();
    kpi_netdev_up(dev.ifindex);
    fake.keep = true;
  });

  afterEach(() => {
    free_kept();
    unregister_netdev(dev);
    free_netdev(dev);
  });

  test("sends what the host writes", () => {
    const sent = word(4);
    host_send(dev.ifindex, 60, 7, true);
    expect(fake.sent).toBe(1);
    const skb = changetype<sk_buff>(fake.kept);
    expect(skb.len).toBe(60);
    expect(skb.protocol).toBe(bswap<u16>(<u16>ETH_P_ARP));
    expect(load<u8>(skb.data, 59)).toBe(7);
    expect(word(3)).toBe(word(2), "the ring is empty");
    expect(word(4)).toBe(sent + 1);
  });

  test("takes many at once, and goes round", () => {
    fake.keep = false;
    for (let round = 0; round < 4; round++) {
      for (let i = 0; i < 100; i++) host_send(dev.ifindex, 1000 + i, <u8>i, false);
      host_raise();
      for (let i = 0; i < 10; i++) irq_window();
      expect(fake.sent).toBe((round + 1) * 100);
      expect(fake.last_len).toBe(1099);
    }
    expect(word(3)).toBe(word(2));
    expect(word(6)).toBe(0);
  });

  test("drops what cannot be sent", () => {
    const dropped = word(5);
    host_send(4711, 60, 1, true);
    host_send(dev.ifindex, 10, 1, true);
    host_send(dev.ifindex, 1519, 1, true);
    expect(fake.sent).toBe(0);
    expect(word(5)).toBe(dropped + 3);
    host_send(dev.ifindex, 1518, 1, true);
    expect(fake.sent).toBe(1, "a tag more than the MTU");
  });

  test("shows received frames with their header", () => {
    const frames = spec_frames();
    const skb = alloc_skb(128, GFP_ATOMIC);
    skb_reserve(skb, 2);
    const data = skb_put(skb, 60);
    memory.fill(data, 9, 60);
    memory.copy(data, dev.broadcast, 6);
    store<u16>(data, bswap<u16>(<u16>ETH_P_ARP), 12);
    skb.protocol = <u16>eth_type_trans(skb, dev);
    local_bh_disable();
    netif_receive_skb(skb);
    local_bh_enable();
    expect(spec_frames()).toBe(frames + 1);
    expect(spec_frame_ifindex(-1)).toBe(dev.ifindex);
    expect(spec_frame(-1, buf, 4096)).toBe(60);
    expect(load<u32>(buf)).toBe(0xffffffff);
    expect(load<u8>(buf, 59)).toBe(9);
  });

  test("puts together what lies apart, and the VLAN tag back in", () => {
    const skb = alloc_skb(128, GFP_ATOMIC);
    const data = skb_put(skb, 20);
    memory.fill(data, 1, 20);
    store<u16>(data, bswap<u16>(<u16>ETH_P_ARP), 12);
    const page = alloc_pages(GFP_ATOMIC, 0);
    memory.fill(page_address(page), 2, 40);
    skb_add_rx_frag(skb, 0, page, 0, 40, PAGE_SIZE);
    skb.protocol = <u16>eth_type_trans(skb, dev);
    skb.vlan_proto = 0x0081;
    skb.vlan_tci = 0x0102;
    skb.vlan_present = 1;
    local_bh_disable();
    netif_receive_skb(skb);
    local_bh_enable();
    expect(spec_frame(-1, buf, 4096)).toBe(64);
    expect(load<u32>(buf, 12)).toBe(0x02010081);
    expect(load<u16>(buf, 16)).toBe(bswap<u16>(<u16>ETH_P_ARP));
    expect(load<u8>(buf, 23)).toBe(1);
    expect(load<u8>(buf, 24)).toBe(2);
    expect(load<u8>(buf, 63)).toBe(2);
  });

  test("hears of a new name", () => {
    expect(kpi_netdev_rename(dev.ifindex, cstr("wan0"))).toBeLessThan(0, "it is up");
    unregister_netdev(dev);
    free_netdev(dev);
    dev = fake_device();
    expect(kpi_netdev_rename(dev.ifindex, cstr("wan0"))).toBe(0);
    expect(spec_net_event(-1)).toBe(NETDEV_CHANGENAME);
  });
});
