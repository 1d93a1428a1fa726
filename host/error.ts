// An error that is the user's to mend: one line that says what is wrong and what to do, and the exit code of `kpi`. What
// another program (a compiler) says may stand above that line.

export class KpiError extends Error {
  readonly exitCode: number;
  /** The kernel's name of the error where it has one, as Node has it of system calls: "ENODEV". */
  readonly code: string | undefined;

  constructor(message: string, exitCode = 1, code?: string) {
    super(message);
    this.name = "KpiError";
    this.exitCode = exitCode;
    this.code = code;
  }
}
