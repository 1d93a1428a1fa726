import { SG_CHAIN, SG_END, SG_PAGE_LINK_MASK, scatterlist, sizeof_scatterlist } from "../../abi";
import { mm_init } from "../../mm/init";
import { virt_to_page } from "../../mm/page";
import { sg_init_one, sg_init_table } from "../scatterlist";
import { __kmalloc } from "../../mm/kmalloc";

const table = memory.data(64, 4);

function entry(index: u32): scatterlist {
  return changetype<scatterlist>(table + index * sizeof_scatterlist);
}

describe("scatterlist", () => {
  beforeAll(() => mm_init());

  test("a table is empty, and only its last entry is the end", () => {
    memory.fill(table, 0xa5, 64);
    sg_init_table(table, 3);
    for (let i: u32 = 0; i < 3; i++) {
      expect(entry(i).length).toBe(0);
      expect(entry(i).page_link & SG_CHAIN).toBe(0);
      expect(entry(i).page_link & SG_END).toBe(i == 2 ? SG_END : 0);
    }
    expect(load<u8>(table + 3 * sizeof_scatterlist)).toBe(0xa5, "what lies behind the table is left alone");
  });

  test("a list of one buffer, which begins in the middle of a page", () => {
    const buffer = __kmalloc(64, 0xcc0) + 8;
    sg_init_one(table, buffer, 40);
    expect(entry(0).page_link & ~SG_PAGE_LINK_MASK).toBe(<u32>virt_to_page(buffer));
    expect(entry(0).page_link & SG_PAGE_LINK_MASK).toBe(SG_END);
    expect(entry(0).offset).toBe(<u32>buffer & 4095);
    expect(entry(0).length).toBe(40);
  });
});
