import { LIST_POISON1, LIST_POISON2 } from "../../abi";
import { boot_kernel } from "../../__tests__/boot";
import { log_mark, logged } from "../../__tests__/log";
import { INIT_LIST_HEAD, list_add, list_del } from "../list";
import { __list_add_valid, __list_del_entry_valid } from "../list_debug";

const head = memory.data(8, 4);
const first = memory.data(8, 4);
const second = memory.data(8, 4);

describe("the checks of list_add and list_del", () => {
  beforeAll(boot_kernel);
  beforeEach(() => {
    INIT_LIST_HEAD(head);
    list_add(first, head);
    log_mark();
  });

  test("sound lists pass", () => {
    expect(__list_add_valid(second, head, first)).toBe(true);
    expect(__list_add_valid(second, first, head)).toBe(true);
    expect(__list_del_entry_valid(first)).toBe(true);
  });

  test("an entry that is added twice", () => {
    expect(() => {
      __list_add_valid(first, head, first);
    }).toThrow();
    expect(logged("list_add double add: new=")).toBe(true);
  });

  test("neighbours that do not know each other", () => {
    INIT_LIST_HEAD(second);
    expect(() => {
      __list_add_valid(second, head, second);
    }).toThrow();
    expect(logged("list_add corruption. next->prev should be prev (")).toBe(true);
    store<usize>(second, head, sizeof<usize>());
    expect(() => {
      __list_add_valid(0x1000, head, second);
    }).toThrow();
    expect(logged("list_add corruption. prev->next should be next (")).toBe(true);
  });

  test("a list that was never initialised", () => {
    expect(() => {
      __list_add_valid(first, head, 0);
    }).toThrow();
    expect(logged("list_add corruption. next is NULL.")).toBe(true);
    store<u64>(second, 0);
    expect(() => {
      __list_del_entry_valid(second);
    }).toThrow();
    expect(logged("->next is NULL")).toBe(true);
  });

  test("an entry that is deleted twice", () => {
    list_del(first);
    expect(load<usize>(first)).toBe(LIST_POISON1);
    expect(load<usize>(first, sizeof<usize>())).toBe(LIST_POISON2);
    expect(() => {
      __list_del_entry_valid(first);
    }).toThrow();
    expect(logged("->next is LIST_POISON1 (00000100)")).toBe(true);
  });

  test("an entry that its neighbours do not know", () => {
    store<usize>(second, head);
    store<usize>(second, head, sizeof<usize>());
    expect(() => {
      __list_del_entry_valid(second);
    }).toThrow();
    expect(logged("list_del corruption. prev->next should be ")).toBe(true);
  });
});
