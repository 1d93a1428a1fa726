// An error that is the user's to mend: one line that says what is wrong and what to do, and the exit code of `kpi`. What
// another program (a compiler) says may stand above that line.

/** What would drive a terminal; file names and arguments may have it in them. */
const CONTROL = /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u2028\u2029]/g;

/** Text with control characters as \xNN; a line's end and a tab stay. */
export function printable(text: string): string {
  return text.replace(CONTROL, (char) => {
    const code = char.charCodeAt(0);
    return code > 0xff ? `\\u${code.toString(16)}` : `\\x${code.toString(16).padStart(2, "0")}`;
  });
}

export class KpiError extends Error {
  readonly exitCode: number;
  /** The kernel's name of the error where it has one, as Node has it of system calls: "ENODEV". */
  readonly code: string | undefined;

  constructor(message: string, exitCode = 1, code?: string) {
    super(printable(message));
    this.name = "KpiError";
    this.exitCode = exitCode;
    this.code = code;
  }
}
