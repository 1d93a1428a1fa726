@ Vectors, reset, the way into handlers, and the switch from one native stack to another.

.syntax unified
.cpu cortex-m3
.thumb

.section .text.start, "ax"
.word trap_stack_top
.word _start
.word fault       @ NMI
.word fault       @ hard fault
.word fault       @ memory management
.word fault       @ bus fault
.word fault       @ usage fault
.word 0, 0, 0, 0
.word fault       @ SVCall
.word fault       @ debug monitor
.word 0
.word fault       @ PendSV
.word fault       @ SysTick
.word uart_interrupt
.rept 8
.word fault
.endr
.word alarm       @ 9: timer 1
.rept 22
.word fault
.endr

.global _start
.thumb_func
_start:
  cpsid i
  ldr r0, =boot_stack_top
  msr psp, r0
  movs r0, #2       @ the process stack from now on
  msr control, r0
  isb
  @ Variables with values are copied from flash, the others begin as zeros.
  ldr r0, =data_load
  ldr r1, =data_start
  ldr r2, =data_end
1:cmp r1, r2
  bhs 2f
  ldr r3, [r0], #4
  str r3, [r1], #4
  b 1b
2:ldr r1, =bss_start
  ldr r2, =bss_end
  movs r3, #0
3:cmp r1, r2
  bhs 4f
  str r3, [r1], #4
  b 3b
4:ldr r10, =linear_memory
  ldr r11, =wasm_state
  bl board_main
5:wfi
  b 5b

.section .text
.thumb_func
alarm:
  mrs r0, psp
  b alarm_handler

.thumb_func
fault:
  mrs r0, psp
  mov r1, lr
  push {r4, lr}
  bl fault_handler
  pop {r4, lr}
  msr psp, r0
  bx lr

@ What faulted may have been code of a library's, to which these are registers like any other.
.global fault_entry
.thumb_func
fault_entry:
  ldr r10, =linear_memory
  ldr r11, =wasm_state
  b fault_report

@ void context_switch(u32 *save, u32 sp)
.global context_switch
.thumb_func
context_switch:
  push {r3-r9, lr}
  mov r2, sp
  str r2, [r0]
  mov sp, r1
  pop {r3-r9, pc}

@ void context_restart(u32 sp, void (*function)(void))
.global context_restart
.thumb_func
context_restart:
  mov sp, r0
  bx r1
.ltorg
