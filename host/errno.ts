// Kernel error numbers in words, as strerror has them on Linux, whatever the host's own numbers are.

/** By number: asm-generic/errno-base.h and asm-generic/errno.h, as far as drivers and tools use them. */
const TEXTS: Record<number, string> = {
  1: "Operation not permitted",
  2: "No such file or directory",
  3: "No such process",
  4: "Interrupted system call",
  5: "Input/output error",
  6: "No such device or address",
  7: "Argument list too long",
  8: "Exec format error",
  9: "Bad file descriptor",
  10: "No child processes",
  11: "Resource temporarily unavailable",
  12: "Cannot allocate memory",
  13: "Permission denied",
  14: "Bad address",
  15: "Block device required",
  16: "Device or resource busy",
  17: "File exists",
  18: "Invalid cross-device link",
  19: "No such device",
  20: "Not a directory",
  21: "Is a directory",
  22: "Invalid argument",
  23: "Too many open files in system",
  24: "Too many open files",
  25: "Inappropriate ioctl for device",
  26: "Text file busy",
  27: "File too large",
  28: "No space left on device",
  29: "Illegal seek",
  30: "Read-only file system",
  31: "Too many links",
  32: "Broken pipe",
  33: "Numerical argument out of domain",
  34: "Numerical result out of range",
  35: "Resource deadlock avoided",
  36: "File name too long",
  37: "No locks available",
  38: "Function not implemented",
  39: "Directory not empty",
  40: "Too many levels of symbolic links",
  61: "No data available",
  62: "Timer expired",
  71: "Protocol error",
  74: "Bad message",
  75: "Value too large for defined data type",
  84: "Invalid or incomplete multibyte or wide character",
  88: "Socket operation on non-socket",
  90: "Message too long",
  93: "Protocol not supported",
  95: "Operation not supported",
  97: "Address family not supported by protocol",
  98: "Address already in use",
  99: "Cannot assign requested address",
  100: "Network is down",
  101: "Network is unreachable",
  103: "Software caused connection abort",
  104: "Connection reset by peer",
  105: "No buffer space available",
  106: "Transport endpoint is already connected",
  107: "Transport endpoint is not connected",
  108: "Cannot send after transport endpoint shutdown",
  110: "Connection timed out",
  111: "Connection refused",
  112: "Host is down",
  113: "No route to host",
  114: "Operation already in progress",
  115: "Operation now in progress",
  116: "Stale file handle",
  121: "Remote I/O error",
  123: "No medium found",
  125: "Operation canceled",
  132: "Operation not possible due to RF-kill",
};

/** Numbers that never leave a kernel; strerror does not know them, but whoever reads a driver's does. */
const KERNEL_ONLY: Record<number, string> = { 512: "ERESTARTSYS", 517: "EPROBE_DEFER", 524: "ENOTSUPP" };

/** "No such device"; `result` is what a kernel function returned, negative. */
export function errorText(result: number): string {
  const kernel = KERNEL_ONLY[-result];
  return TEXTS[-result] ?? `Unknown error ${-result}${kernel ? ` (${kernel})` : ""}`;
}

/** Why a system call of the host failed: "No such file or directory". */
export function systemErrorText(error: unknown): string {
  const { code, message } = error as NodeJS.ErrnoException;
  return HOST_TEXTS[code ?? ""] ?? message;
}

/** What opening and reading files comes to, by the host's names: numbers differ between hosts. */
const HOST_TEXTS: Record<string, string> = {
  EACCES: TEXTS[13],
  EEXIST: TEXTS[17],
  EISDIR: TEXTS[21],
  ELOOP: TEXTS[40],
  ENAMETOOLONG: TEXTS[36],
  ENOENT: TEXTS[2],
  ENOSPC: TEXTS[28],
  ENOTDIR: TEXTS[20],
  EPERM: TEXTS[1],
  EROFS: TEXTS[30],
};
