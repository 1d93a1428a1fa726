// The core's functions that the firmware calls: struct kernel of boards/firmware/abi.h, in its order.

export const KERNEL_ENTRIES = [
  "kpi_boot",
  "kpi_task_create",
  "kpi_task_run",
  "kpi_task_exit",
  "kpi_task_result",
  "kpi_task_free",
  "kpi_task_trap",
  "kpi_host_trap",
  "kpi_trap_report",
  "kpi_host_enter",
  "kpi_host_leave",
] as const;
