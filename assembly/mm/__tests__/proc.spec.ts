import { GFP_KERNEL } from "../../abi";
import { seq_init, seq_text, seq_used } from "../../lib/seq_buf";
import { mm_init } from "../init";
import { ioport_map, ioremap } from "../ioremap";
import { proc_meminfo, proc_slabinfo, proc_vmallocinfo } from "../proc";
import { kmalloc } from "../slub";
import { vmalloc } from "../vmalloc";

const seq = memory.data(8192, 8);

function result(): string {
  return String.UTF8.decodeUnsafe(seq_text(seq), <i32>seq_used(seq));
}

describe("/proc", () => {
  beforeEach(() => {
    mm_init();
    seq_init(seq, 8192);
  });

  test("meminfo", () => {
    proc_meminfo(seq);
    const lines = result().split("\n");
    expect(lines[0].startsWith("MemTotal:          3")).toBe(true, lines[0]);
    expect(lines[0].endsWith(" kB")).toBe(true);
    expect(lines[0].length).toBe(27);
    for (let i = 1; i < lines.length - 1; i++) expect(lines[i].length).toBe(27, lines[i]);
  });

  test("slabinfo", () => {
    for (let i = 0; i < 5; i++) kmalloc(200, GFP_KERNEL);
    proc_slabinfo(seq);
    const lines = result().split("\n");
    expect(lines[0]).toBe("slabinfo - version: 2.1");
    let found = "";
    for (let i = 0; i < lines.length; i++) if (lines[i].startsWith("kmalloc-256 ")) found = lines[i];
    expect(found).toBe(
      "kmalloc-256            5     16    256   16    1 : tunables    0    0    0 : slabdata      1      1      0",
    );
  });

  test("vmallocinfo", () => {
    const area = vmalloc(10000);
    ioremap(0xfe001100, 0x100);
    ioport_map(0xc000, 0x100);
    proc_vmallocinfo(seq);
    const lines = result().split("\n");
    expect(lines[0]).toBe(
      "0x" +
        area.toString(16).padStart(8, "0") +
        "-0x" +
        (area + 12288).toString(16).padStart(8, "0") +
        "   12288 pages=3 vmalloc",
    );
    expect(lines[1]).toBe("0xa0000000-0xa0002000    8192 phys=0xfe001000 ioremap");
    expect(lines[2]).toBe("0xa0002000-0xa0004000    8192 port=0xc000 ioport");
  });
});
