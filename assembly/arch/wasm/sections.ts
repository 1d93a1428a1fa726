// asm-generic/sections.h: what the linker knows of the image.

/** Host call, before boot too. First byte behind the core's constants and variables. */
export function kpi_core_end(): usize {
  return __heap_base;
}
