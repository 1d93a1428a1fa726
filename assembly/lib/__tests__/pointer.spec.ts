// %p and its extensions.
import {
  __GFP_ATOMIC,
  __GFP_DMA,
  dentry,
  GFP_ATOMIC,
  IORESOURCE_BUS,
  IORESOURCE_DISABLED,
  IORESOURCE_IO,
  IORESOURCE_IRQ,
  IORESOURCE_MEM,
  IORESOURCE_MEM_64,
  IORESOURCE_PREFETCH,
  IORESOURCE_UNSET,
  IORESOURCE_WINDOW,
  offsetof_dentry_d_name,
  PG_active,
  PG_dirty,
  PG_lru,
  PG_swapbacked,
  PG_uptodate,
  qstr,
  resource,
  rtc_time,
  sizeof_dentry,
  sizeof_resource,
  sizeof_rtc_time,
  VM_EXEC,
  VM_MAYEXEC,
  VM_MAYREAD,
  VM_MAYWRITE,
  VM_READ,
  ZONES_PGSHIFT,
} from "../../abi";
import { kptr_restrict, no_hash_pointers } from "../vsprintf/hash";
import { snprintf_ } from "../vsprintf";

const buf = memory.data(1024, 8);
const word = memory.data(8, 8);

function f(fmt: usize, a: usize = 0, b: usize = 0, c: usize = 0, d: usize = 0, e: usize = 0, g: usize = 0): string {
  const length = snprintf_(buf, 1024, fmt, a, b, c, d, e, g);
  assert(load<u8>(buf + length) == 0);
  return String.UTF8.decodeUnsafe(buf, length);
}

function u32_(value: u32): usize {
  store<u32>(word, value);
  return word;
}

describe("addresses", () => {
  test("are hashed, always alike; NULL and errors are shown", () => {
    const hashed = f(cstr("%p"), 0x12345);
    expect(hashed.length).toBe(8);
    expect(hashed).not.toBe("00012345");
    expect(f(cstr("%p"), 0x12345)).toBe(hashed);
    expect(f(cstr("%pe|%pK|%pZ"), 0x12345, 0x12345, 0x12345)).toBe(hashed + "|" + hashed + "|" + hashed);
    expect(f(cstr("%p|%px"), 0, 0)).toBe("00000000|00000000");
    expect(f(cstr("%p"), <usize>-11)).toBe("fffffff5");
    expect(f(cstr("%10px|%-10px|"), 0xab, 0xab)).toBe("        ab|ab        |");
  });

  test("no_hash_pointers and kptr_restrict", () => {
    store<u8>(no_hash_pointers, 1);
    expect(f(cstr("%p|%pK"), 0x12345, 0x12345)).toBe("00012345|00012345");
    store<u8>(no_hash_pointers, 0);
    store<i32>(kptr_restrict, 2);
    expect(f(cstr("%pK"), 0x12345)).toBe("00000000");
    store<i32>(kptr_restrict, 0);
  });

  test("%pe names errors", () => {
    expect(f(cstr("%pe %pe %pe"), <usize>-5, <usize>-517, <usize>-88)).toBe("-EIO -EPROBE_DEFER -ENOTSOCK");
    expect(f(cstr("[%-8pe][%8pe]"), <usize>-5, <usize>-5)).toBe("[-EIO    ][    -EIO]");
    expect(f(cstr("%pe"), <usize>-1234)).toBe("-1234");
    expect(f(cstr("%pe %pe"), <usize>-11, <usize>-133)).toBe("-EAGAIN -EHWPOISON");
  });

  test("%pS of a slot that the host does not know is a number", () => {
    expect(f(cstr("%pS %ps"), 0x1234, 0x1234)).toBe("0x1234 0x1234");
  });

  test("bad pointers are named in place of what they point to", () => {
    expect(f(cstr("%pM|%pE|%pU"), 0, 0xab, <usize>-11)).toBe("(null)|(efault)|(efault)");
    expect(f(cstr("%pd|%pD|%pR"), 0, 0xab, 0)).toBe("(null)|(efault)|(null)");
  });
});

describe("bytes and addresses of the network", () => {
  test("%ph", () => {
    const bytes = cstr("\xc0\xff\xee");
    store<u32>(word, 0xeeffc0);
    expect(f(cstr("%3ph|%3phC|%3phD|%3phN"), word, word, word, word)).toBe("c0 ff ee|c0:ff:ee|c0-ff-ee|c0ffee");
    expect(f(cstr("%*ph|%*phN|%ph"), 3, word, 2, word, word)).toBe("c0 ff ee|c0ff|c0");
    expect(f(cstr("[%0.0ph]"), word).length).toBe(4);
    expect(f(cstr("%100phN"), bytes).length).toBe(128);
  });

  test("%pM and %pm", () => {
    store<u64>(word, 0x057afcd6482d);
    expect(f(cstr("%pM|%pMR|%pMF|%pm|%pmR"), word, word, word, word, word)).toBe(
      "2d:48:d6:fc:7a:05|05:7a:fc:d6:48:2d|2d-48-d6-fc-7a-05|2d48d6fc7a05|057afcd6482d",
    );
    expect(f(cstr("%20pM|%-20pM|%.5pM"), word, word, word)).toBe("   2d:48:d6:fc:7a:05|2d:48:d6:fc:7a:05   |2d:48");
  });

  test("IPv4", () => {
    store<u32>(word, 0x0100007f);
    expect(f(cstr("%pi4|%pI4|%pI4h|%pI4l|%pI4n|%pI4b"), word, word, word, word, word, word)).toBe(
      "127.000.000.001|127.0.0.1|1.0.0.127|1.0.0.127|127.0.0.1|127.0.0.1",
    );
    expect(f(cstr("%pI5|%pi7"), word, word)).toBe("(%pI?)|(%pi?)");
  });

  test("IPv6 in full and compressed", () => {
    const ip = memory.data(16, 8);
    expect(f(cstr("%pI6c"), ip)).toBe("::");
    store<u8>(ip, 1, 15);
    expect(f(cstr("%pI6|%pI6c"), ip, ip)).toBe("0000:0000:0000:0000:0000:0000:0000:0001|::1");
    expect(f(cstr("%pi6"), ip)).toBe("00000000000000000000000000000001");
    store<u32>(ip, 0xb80d0120); // 2001:db8::1
    expect(f(cstr("%pI6c"), ip)).toBe("2001:db8::1");
    store<u16>(ip, 0x0100, 8); // a single zero group stays, the longest run goes
    store<u16>(ip, 0x0100, 12);
    expect(f(cstr("%pI6c"), ip)).toBe("2001:db8::1:0:1:1");
    memory.fill(ip, 0, 16);
    store<u32>(ip, 0xffff0000, 8);
    store<u32>(ip, 0x0100a8c0, 12);
    expect(f(cstr("%pI6c"), ip)).toBe("::ffff:192.168.0.1");
    store<u64>(ip, 0x00000000000080fe);
    store<u32>(ip, 0xfe5e0000, 8);
    expect(f(cstr("%pI6c"), ip)).toBe("fe80::5efe:192.168.0.1");
  });

  test("socket addresses", () => {
    const sa = memory.data(32, 8);
    store<u16>(sa, 2);
    store<u16>(sa, bswap<u16>(12345), 2);
    store<u32>(sa, 0x04030201, 4);
    expect(f(cstr("%pIS|%piS|%pISp|%piSp"), sa, sa, sa, sa)).toBe(
      "1.2.3.4|001.002.003.004|1.2.3.4:12345|001.002.003.004:12345",
    );
    expect(f(cstr("%pIShp"), sa)).toBe("4.3.2.1:12345");
    store<u16>(sa, 10);
    store<u32>(sa, 0x01000000, 4); // flow information, big-endian
    memory.fill(sa + 8, 0, 16);
    store<u8>(sa, 1, 23);
    store<u32>(sa, 3, 24);
    expect(f(cstr("%pISc|%pISpc|%pISpfsc"), sa, sa, sa)).toBe("::1|[::1]:12345|[::1]:12345/1%3");
    store<u16>(sa, 99);
    expect(f(cstr("%pIS"), sa)).toBe("(einval)");
  });

  test("%pU", () => {
    const uuid = memory.data<u8>([0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15]);
    expect(f(cstr("%pUb|%pUB"), uuid, uuid)).toBe(
      "00010203-0405-0607-0809-0a0b0c0d0e0f|00010203-0405-0607-0809-0A0B0C0D0E0F",
    );
    expect(f(cstr("%pUl|%pUL"), uuid, uuid)).toBe(
      "03020100-0504-0706-0809-0a0b0c0d0e0f|03020100-0504-0706-0809-0A0B0C0D0E0F",
    );
  });
});

describe("kernel objects", () => {
  test("%pR and %pr", () => {
    const res = changetype<resource>(memory.data(64, 8));
    memory.fill(changetype<usize>(res), 0, sizeof_resource);
    const p = changetype<usize>(res);
    res.start = 0xfebc0000;
    res.end = 0xfebc00ff;
    res.flags = IORESOURCE_MEM | IORESOURCE_MEM_64 | IORESOURCE_PREFETCH;
    expect(f(cstr("%pR"), p)).toBe("[mem 0xfebc0000-0xfebc00ff 64bit pref]");
    expect(f(cstr("%pr"), p)).toBe("[mem 0xfebc0000-0xfebc00ff flags 0x102200]");
    res.flags = IORESOURCE_IO;
    res.start = 0xc000;
    res.end = 0xc0ff;
    expect(f(cstr("%pR|%-30pR|"), p, p)).toBe("[io  0xc000-0xc0ff]|[io  0xc000-0xc0ff]           |");
    res.flags = IORESOURCE_IO | IORESOURCE_WINDOW | IORESOURCE_DISABLED;
    res.end = 0xc000;
    expect(f(cstr("%pR"), p)).toBe("[io  0xc000 window disabled]");
    res.flags = IORESOURCE_MEM | IORESOURCE_UNSET;
    res.start = 0;
    res.end = 0xfff;
    expect(f(cstr("%pR"), p)).toBe("[mem size 0x00001000]");
    res.flags = IORESOURCE_IRQ;
    res.start = 9;
    res.end = 9;
    expect(f(cstr("%pR"), p)).toBe("[irq 9]");
    res.flags = IORESOURCE_BUS;
    res.start = 0;
    res.end = 0xff;
    expect(f(cstr("%pR"), p)).toBe("[bus 00-ff]");
    res.flags = 0;
    expect(f(cstr("%pR"), p)).toBe("[??? 0x00000000-0x000000ff flags 0x0]");
  });

  test("%pa", () => {
    expect(f(cstr("%pa|%pap|%pad"), u32_(0xfebc0000), word, word)).toBe("0xfebc0000|0xfebc0000|0xfebc0000");
  });

  test("%pNF", () => {
    store<u64>(word, 0x123456789);
    expect(f(cstr("%pNF|%pNG"), word, word)).toBe("0x0000000123456789|(%pN?)");
  });

  test("%pb and %pbl", () => {
    store<u32>(word, 0);
    expect(f(cstr("%20pb|%20pbl|%pb|"), word, word, word)).toBe("00000||" + "|");
    store<u32>(word, 0xa28ac);
    expect(f(cstr("%20pb|%*pb"), word, 20, word)).toBe("a28ac|a28ac");
    expect(f(cstr("%20pbl"), word)).toBe("2-3,5,7,11,13,17,19");
    store<u32>(word, 0xfffff);
    expect(f(cstr("%*pb|%*pbl"), 20, word, 20, word)).toBe("fffff|0-19");
    store<u64>(word, 0x8000000100000003);
    expect(f(cstr("%64pb|%64pbl|%33pb|%33pbl"), word, word, word, word)).toBe(
      "80000001,00000003|0-1,32,63|1,00000003|0-1,32",
    );
  });

  test("%pd: components of a path", () => {
    const root = memory.data(4 * 144, 8);
    const names = memory.data<usize>([0, 0, 0, 0]);
    store<usize>(names, cstr("foo"));
    store<usize>(names, cstr("bravo"), 4);
    store<usize>(names, cstr("alfa"), 8);
    store<usize>(names, cstr("romeo"), 12);
    const size = sizeof_dentry;
    for (let i: usize = 0; i < 4; i++) {
      const d = changetype<dentry>(root + i * size);
      d.d_parent = i ? root + (i - 1) * size : root;
      changetype<qstr>(root + i * size + offsetof_dentry_d_name).name = load<usize>(names + i * 4);
    }
    const romeo = root + 3 * size;
    const alfa = root + 2 * size;
    expect(f(cstr("%pd|%pd2"), root, root)).toBe("foo|foo");
    expect(f(cstr("%pd|%pd2|%pd3|%pd4"), romeo, romeo, romeo, romeo)).toBe(
      "romeo|alfa/romeo|bravo/alfa/romeo|/bravo/alfa/romeo",
    );
    expect(f(cstr("%pd4|%-12pd2|%12pd2|%.3pd"), alfa, alfa, alfa, alfa)).toBe(
      "/bravo/alfa|bravo/alfa  |  bravo/alfa|alf",
    );
  });

  test("%pt", () => {
    const t = changetype<rtc_time>(memory.data(64, 8));
    memory.fill(changetype<usize>(t), 0, sizeof_rtc_time);
    t.tm_sec = 43;
    t.tm_min = 35;
    t.tm_hour = 5;
    t.tm_mday = 26;
    t.tm_mon = 10;
    t.tm_year = 118;
    const p = changetype<usize>(t);
    expect(f(cstr("%pt|%ptR|%ptRr"), p, p, p)).toBe("(%pt?)|2018-11-26T05:35:43|0118-10-26T05:35:43");
    expect(f(cstr("%ptRt|%ptRd|%ptRtr|%ptRdr|%ptRs"), p, p, p, p, p)).toBe(
      "05:35:43|2018-11-26|05:35:43|0118-10-26|2018-11-26 05:35:43",
    );
    expect(f(cstr("%ptRt tr|%ptRd tr"), p, p)).toBe("05:35:43 tr|2018-11-26 tr");
    store<i64>(word, 1546615943);
    expect(f(cstr("%ptT|%ptTr|%ptTs|%ptTdrs"), word, word, word, word)).toBe(
      "2019-01-04T15:32:23|0119-00-04T15:32:23|2019-01-04 15:32:23|0119-00-04",
    );
  });

  test("%pG: flags by name", () => {
    const state: u32 = (1 << PG_uptodate) | (1 << PG_dirty) | (1 << PG_lru) | (1 << PG_active) | (1 << PG_swapbacked);
    const page: u32 = state | (1 << ZONES_PGSHIFT);
    expect(f(cstr("%pGp"), u32_(page))).toBe("0x4008003c(uptodate|dirty|lru|active|swapbacked|zone=1)");
    expect(f(cstr("%pGp"), u32_(0))).toBe("0x0(zone=0)");
    expect(f(cstr("%pGv"), u32_(VM_READ | VM_EXEC | VM_MAYREAD | VM_MAYWRITE | VM_MAYEXEC))).toBe(
      "read|exec|mayread|maywrite|mayexec",
    );
    expect(f(cstr("%pGg"), u32_(GFP_ATOMIC | __GFP_DMA))).toBe("GFP_ATOMIC|GFP_DMA");
    expect(f(cstr("%pGg"), u32_(__GFP_ATOMIC | 0xf8000000))).toBe("__GFP_ATOMIC|0xf8000000");
    expect(f(cstr("%pGg|%pGx"), u32_(0), word)).toBe("|(%pG?)");
  });

  test("%p4cc", () => {
    expect(f(cstr("%p4cc"), u32_(0x3231564e))).toBe("NV12 little-endian (0x3231564e)");
    expect(f(cstr("%p4cc"), u32_(0xb231564e))).toBe("NV12 big-endian (0xb231564e)");
    expect(f(cstr("%p4cc|%p4c"), u32_(0x10111213), word)).toBe(".... little-endian (0x10111213)|(%p4?)");
  });

  test("%pV formats inside", () => {
    const inner = memory.data(16, 8);
    const list = memory.data(8, 8);
    const args = memory.data(16, 8);
    store<u32>(args, 7);
    store<usize>(args, cstr("seven"), 4);
    store<usize>(list, args);
    store<usize>(inner, cstr("%d is %s"));
    store<usize>(inner, list, 4);
    expect(f(cstr("<%pV|%pV>"), inner, inner)).toBe("<7 is seven|7 is seven>");
    expect(snprintf_(buf, 5, cstr("%pV"), inner)).toBe(10);
    expect(load<u8>(buf + 4)).toBe(0);
  });

  test("%pE", () => {
    const text = cstr('a\n"\\\u0001\u001bz');
    expect(f(cstr("%*pE"), 7, text)).toBe('a\\n"\\\\001\\ez'); // what is printable passes
    expect(f(cstr("%7pEa"), text)).toBe('\\141\\n\\"\\\\\\001\\e\\172');
    expect(f(cstr("%7pEh"), text)).toBe("\\x61\\x0a\\x22\\x5c\\x01\\x1b\\x7a");
    expect(f(cstr("%7pEhp"), text)).toBe('a\\x0a"\\\\x01\\x1bz');
    expect(f(cstr("%2pEs|%pEo"), text, text)).toBe("a\\n|\\141");
  });

  test("what does not exist here says so", () => {
    expect(f(cstr("%pOFn|%pO|%pfx|%pA"), word, word, word, word)).toBe("(%pOF?)|(%pO?)|(%pf?)|(%pA?)");
    expect(f(cstr("%pks|%pus|%pkx"), cstr("abc"), cstr("def"), word)).toBe("abc|def|(einval)");
  });
});
