# Reset, the way into traps, and the switch from one native stack to another.

.section .text.start, "ax"
.global _start
_start:
  csrw mie, zero
  la t0, trap_entry
  csrw mtvec, t0
  la sp, boot_stack_top
  # Variables with values are copied from flash, the others begin as zeros.
  la t0, data_load
  la t1, data_start
  la t2, data_end
1:bgeu t1, t2, 2f
  lw t3, 0(t0)
  sw t3, 0(t1)
  addi t0, t0, 4
  addi t1, t1, 4
  j 1b
2:la t1, bss_start
  la t2, bss_end
3:bgeu t1, t2, 4f
  sw zero, 0(t1)
  addi t1, t1, 4
  j 3b
4:la t0, trap_stack_top
  csrw mscratch, t0
  la gp, linear_memory
  la tp, wasm_state
  call board_main
5:wfi
  j 5b

# A trap runs on a stack of its own: the one below may be what overflowed. trap(frame) gets the registers as they were,
# x1..x31 and then mepc, and may change them.
.section .text
.balign 4
.global trap_entry
trap_entry:
  csrrw sp, mscratch, sp
  addi sp, sp, -128
  sw x1, 0(sp)
  sw x3, 8(sp)
  sw x4, 12(sp)
  sw x5, 16(sp)
  sw x6, 20(sp)
  sw x7, 24(sp)
  sw x8, 28(sp)
  sw x9, 32(sp)
  sw x10, 36(sp)
  sw x11, 40(sp)
  sw x12, 44(sp)
  sw x13, 48(sp)
  sw x14, 52(sp)
  sw x15, 56(sp)
  sw x16, 60(sp)
  sw x17, 64(sp)
  sw x18, 68(sp)
  sw x19, 72(sp)
  sw x20, 76(sp)
  sw x21, 80(sp)
  sw x22, 84(sp)
  sw x23, 88(sp)
  sw x24, 92(sp)
  sw x25, 96(sp)
  sw x26, 100(sp)
  sw x27, 104(sp)
  sw x28, 108(sp)
  sw x29, 112(sp)
  sw x30, 116(sp)
  sw x31, 120(sp)
  csrr t0, mscratch
  sw t0, 4(sp)
  csrr t0, mepc
  sw t0, 124(sp)
  mv a0, sp
  call trap
  lw t0, 124(sp)
  csrw mepc, t0
  lw t0, 4(sp)
  csrw mscratch, t0
  lw x1, 0(sp)
  lw x3, 8(sp)
  lw x4, 12(sp)
  lw x5, 16(sp)
  lw x6, 20(sp)
  lw x7, 24(sp)
  lw x8, 28(sp)
  lw x9, 32(sp)
  lw x10, 36(sp)
  lw x11, 40(sp)
  lw x12, 44(sp)
  lw x13, 48(sp)
  lw x14, 52(sp)
  lw x15, 56(sp)
  lw x16, 60(sp)
  lw x17, 64(sp)
  lw x18, 68(sp)
  lw x19, 72(sp)
  lw x20, 76(sp)
  lw x21, 80(sp)
  lw x22, 84(sp)
  lw x23, 88(sp)
  lw x24, 92(sp)
  lw x25, 96(sp)
  lw x26, 100(sp)
  lw x27, 104(sp)
  lw x28, 108(sp)
  lw x29, 112(sp)
  lw x30, 116(sp)
  lw x31, 120(sp)
  addi sp, sp, 128
  csrrw sp, mscratch, sp
  mret

# void context_switch(u32 *save, u32 sp)
.global context_switch
context_switch:
  addi sp, sp, -64
  sw ra, 0(sp)
  sw s0, 4(sp)
  sw s1, 8(sp)
  sw s2, 12(sp)
  sw s3, 16(sp)
  sw s4, 20(sp)
  sw s5, 24(sp)
  sw s6, 28(sp)
  sw s7, 32(sp)
  sw s8, 36(sp)
  sw s9, 40(sp)
  sw s10, 44(sp)
  sw s11, 48(sp)
  sw sp, 0(a0)
  mv sp, a1
  lw ra, 0(sp)
  lw s0, 4(sp)
  lw s1, 8(sp)
  lw s2, 12(sp)
  lw s3, 16(sp)
  lw s4, 20(sp)
  lw s5, 24(sp)
  lw s6, 28(sp)
  lw s7, 32(sp)
  lw s8, 36(sp)
  lw s9, 40(sp)
  lw s10, 44(sp)
  lw s11, 48(sp)
  addi sp, sp, 64
  ret

# void context_restart(u32 sp, void (*function)(void))
.global context_restart
context_restart:
  mv sp, a0
  jr a1
