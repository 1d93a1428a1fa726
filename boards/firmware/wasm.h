// What the C of an image (tools/image/to-c.ts) is written in: wasm's instructions that C has no operator for.
#ifndef KPI_WASM_H
#define KPI_WASM_H

#include "abi.h"
#include "arch.h"

#define SHARED __attribute__((visibility("hidden"), used))

register u8 *memory __asm__(MEMORY_REGISTER);
register struct wasm *wasm __asm__(STATE_REGISTER);

/** Set by the image's build: bytes of linear memory. */
#ifndef MEMORY_BYTES
#error "MEMORY_BYTES is not set"
#endif

#define MEMORY_PAGES ((MEMORY_BYTES + 0xffff) >> 16)

/** A place in memory. Offsets are far smaller than memory, so the bound moves and nothing can overflow. */
#define PLACE(type, address, offset) \
  ((type *)(memory + (__builtin_expect((address) > MEMORY_BYTES - sizeof(type) - (offset), 0) \
    ? (__builtin_trap(), 0) : (address)) + (offset)))

/** wasm's accesses need not be aligned. The code of compilers aligns them, and processors have no other fast way. */
#define LOAD(name, memory_type, signed_type, result) \
  static inline __attribute__((always_inline)) result name##_default32(u32 address, u32 offset) { \
    return (result)(signed_type)*PLACE(memory_type, address, offset); \
  }
#define STORE(name, memory_type, value_type) \
  static inline __attribute__((always_inline)) void name##_default32(u32 address, u32 offset, value_type value) { \
    *PLACE(memory_type, address, offset) = (memory_type)value; \
  }

typedef u32 __attribute__((may_alias)) m32;
typedef u16 __attribute__((may_alias)) m16;
typedef u64 __attribute__((may_alias, aligned(4))) m64;

LOAD(i32_load, m32, u32, u32)
LOAD(i64_load, m64, u64, u64)
LOAD(i32_load8_u, u8, u32, u32)
LOAD(i32_load8_s, u8, s8, u32)
LOAD(i32_load16_u, m16, u32, u32)
LOAD(i32_load16_s, m16, s16, u32)
LOAD(i64_load8_u, u8, u64, u64)
LOAD(i64_load8_s, u8, s8, u64)
LOAD(i64_load16_u, m16, u64, u64)
LOAD(i64_load16_s, m16, s16, u64)
LOAD(i64_load32_u, m32, u64, u64)
LOAD(i64_load32_s, m32, s32, u64)
STORE(i32_store, m32, u32)
STORE(i64_store, m64, u64)
STORE(i32_store8, u8, u32)
STORE(i32_store16, m16, u32)
STORE(i64_store8, u8, u64)
STORE(i64_store16, m16, u64)
STORE(i64_store32, m32, u64)

/** What devices see of memory is in order, and what is seen of theirs. */
#define atomic_fence() device_barrier()

#define UNREACHABLE arch_trap(TRAP_UNREACHABLE)

// Out of line: they are rare, or long anyway.
void memory_fill(u32 to, u32 value, u32 bytes);
void memory_copy(u32 to, u32 from, u32 bytes);
void *table_target(u32 slot, u32 type);

#define CALL_INDIRECT(pointer, type, slot) ((pointer)table_target(slot, type))

#define DIVISOR(y) ((y) ? (y) : (arch_trap(TRAP_DIVISION), 1))
#define DIV_U(x, y) ((x) / DIVISOR(y))
#define REM_U(x, y) ((x) % DIVISOR(y))
#define I32_DIV_S(x, y) ((u32)((y) == ~0u && (x) == 1u << 31 ? (arch_trap(TRAP_DIVISION), 0) : (s32)(x) / (s32)DIVISOR(y)))
#define I64_DIV_S(x, y) ((u64)((y) == ~0ull && (x) == 1ull << 63 ? (arch_trap(TRAP_DIVISION), 0) : (s64)(x) / (s64)DIVISOR(y)))
#define I32_REM_S(x, y) ((u32)((y) == ~0u ? 0 : (s32)(x) % (s32)DIVISOR(y)))
#define I64_REM_S(x, y) ((u64)((y) == ~0ull ? 0 : (s64)(x) % (s64)DIVISOR(y)))

#define I32_ROTL(x, y) ((x) << ((y) & 31) | (x) >> (-(y) & 31))
#define I32_ROTR(x, y) ((x) >> ((y) & 31) | (x) << (-(y) & 31))
#define I64_ROTL(x, y) ((x) << ((y) & 63) | (x) >> (-(y) & 63))
#define I64_ROTR(x, y) ((x) >> ((y) & 63) | (x) << (-(y) & 63))
#define I32_CLZ(x) ((x) ? (u32)__builtin_clz(x) : 32)
#define I32_CTZ(x) ((x) ? (u32)__builtin_ctz(x) : 32)
#define I64_CLZ(x) ((x) ? (u64)__builtin_clzll(x) : 64)
#define I64_CTZ(x) ((x) ? (u64)__builtin_ctzll(x) : 64)
#define I32_POPCNT(x) ((u32)__builtin_popcount(x))
#define I64_POPCNT(x) ((u64)__builtin_popcountll(x))

// What a module imports of "host" is a call of the firmware.
#define w2c_host_task_park wasm->host.task_park
#define w2c_host_task_exit wasm->host.task_exit
#define w2c_host_idle wasm->host.idle
#define w2c_host_cpu_kick wasm->host.cpu_kick
#define w2c_host_relax wasm->host.relax
#define w2c_host_wait wasm->host.wait
#define w2c_host_yield0x5F wasm->host.yield_
#define w2c_host_poll wasm->host.poll
#define w2c_host_clock wasm->host.clock
#define w2c_host_delay wasm->host.delay
#define w2c_host_mmio_read wasm->host.mmio_read
#define w2c_host_mmio_write wasm->host.mmio_write
#define w2c_host_port_read wasm->host.port_read
#define w2c_host_port_write wasm->host.port_write
#define w2c_host_pci_read wasm->host.pci_read
#define w2c_host_pci_write wasm->host.pci_write
#define w2c_host_console wasm->host.console
#define w2c_host_panic wasm->host.panic
#define w2c_host_backtrace wasm->host.backtrace
#define w2c_host_task_backtrace wasm->host.task_backtrace
#define w2c_host_symbol wasm->host.symbol
#define w2c_host_random wasm->host.random
#define w2c_host_net_rx wasm->host.net_rx
#define w2c_host_net_room wasm->host.net_room
#define w2c_host_net_event wasm->host.net_event

#endif
