// Errors that the user can act on: printed as one line, without a stack.

export class SetupError extends Error {
  /** @param {string} message one line: what is wrong and what to do @param {number} [exitCode] */
  constructor(message, exitCode = 1) {
    super(message);
    this.name = "SetupError";
    this.exitCode = exitCode;
  }
}

/**
 * Runs an entry point, and ends the process with its exit code.
 * @param {() => Promise<number | void>} main
 */
export async function entry(main) {
  try {
    process.exitCode = (await main()) ?? 0;
  } catch (error) {
    const { message, syscall, exitCode = 1 } = /** @type {SetupError & NodeJS.ErrnoException} */ (error);
    // What the system refuses (a full disk, a file that is in the way) is no fault of this program either.
    if (!(error instanceof SetupError) && !syscall) throw error;
    process.stderr.write(`${message}\n`);
    process.exitCode = exitCode;
  }
}
