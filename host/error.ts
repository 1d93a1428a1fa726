// An error that is the user's to mend: one line that says what is wrong and what to do, and the exit code of `kpi`. What
// another program (a compiler) says may stand above that line.

export class KpiError extends Error {
  readonly exitCode: number;

  constructor(message: string, exitCode = 1) {
    super(message);
    this.name = "KpiError";
    this.exitCode = exitCode;
  }
}
