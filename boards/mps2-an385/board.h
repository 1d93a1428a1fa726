// Where this board has what (ARM's application note AN385; the peripherals are those of the Cortex-M System Design Kit).
#ifndef KPI_BOARD_H
#define KPI_BOARD_H

#include "types.h"

#define CLOCK_HZ 25000000u

#define TIMER_COUNT 0x40000000u /* runs through, for the clock */
#define TIMER_ALARM 0x40001000u
#define UART_BASE 0x40004000u

/** Interrupts of the NVIC. */
#define IRQ_UART_RX 0u
#define IRQ_ALARM 9u

#define NVIC_ENABLE 0xe000e100u
#define NVIC_DISABLE 0xe000e180u
#define NVIC_SET_PENDING 0xe000e200u
#define NVIC_CLEAR_PENDING 0xe000e280u

#define SYSTICK_CTRL 0xe000e010u
#define SYSTICK_RELOAD 0xe000e014u

#define SCB_AIRCR 0xe000ed0cu
#define SCB_SHCSR 0xe000ed24u
#define SCB_CFSR 0xe000ed28u
#define SCB_MMFAR 0xe000ed34u
#define SCB_BFAR 0xe000ed38u

#define MPU_CTRL 0xe000ed94u
#define MPU_RNR 0xe000ed98u
#define MPU_RBAR 0xe000ed9cu
#define MPU_RASR 0xe000eda0u

// uart.c
void uart_init(void);

// timer.c
void timer_init(void);
void timer_interrupt(void);

#endif
