// Progress of a long step, on stderr: on a terminal one line that is rewritten in place, elsewhere (CI logs, pipes) one
// line when the step begins and one when it ends.

const REDRAW_MS = 100;

/** @param {number} bytes */
export function megabytes(bytes) {
  return `${(bytes / 1e6).toFixed(bytes < 1e7 ? 1 : 0)} MB`;
}

/**
 * @param {string} label what is going on and how big it is
 * @param {{ isTTY?: boolean, columns?: number, write(text: string): unknown }} [out]
 */
export function progress(label, out = process.stderr) {
  const start = performance.now();
  const seconds = () => `${((performance.now() - start) / 1000).toFixed(1)} s`;
  let drawn = 0;
  let best = 0;
  // Longer than the terminal is wide, a line would wrap and could not be rewritten.
  const rewrite = (/** @type {string} */ text) => out.write(`\r\x1b[K${text.slice(0, (out.columns || 80) - 1)}`);
  if (out.isTTY) rewrite(label);
  else out.write(`${label} ...\n`);
  return {
    /** @param {number} fraction how much is done, 0 to 1 */
    update(fraction) {
      const now = performance.now();
      if (!out.isTTY || now - drawn < REDRAW_MS) return;
      drawn = now;
      // What is measured may shrink for a moment, and only done() says 100 %.
      best = Math.min(Math.max(best, fraction), 0.99);
      rewrite(`${label}  ${Math.floor(best * 100)} %`);
    },
    done(note = "") {
      const text = `${label}: done in ${seconds()}${note && `, ${note}`}`;
      if (out.isTTY) rewrite(`${text}\n`);
      else out.write(`${text}\n`);
    },
    /** Leaves the error message that follows a line of its own. */
    failed() {
      if (out.isTTY) out.write("\n");
    },
  };
}

/**
 * Runs a step under a progress line.
 * @template T
 * @param {string} label
 * @param {(update: (fraction: number) => void) => Promise<T>} step
 * @returns {Promise<T>}
 */
export async function withProgress(label, step) {
  const line = progress(label);
  try {
    const result = await step(line.update);
    line.done();
    return result;
  } catch (error) {
    line.failed();
    throw error;
  }
}
