// What clang prints on stderr, taken apart into its messages.

export interface Diagnostic {
  /** Where it is, as clang names the file. */
  readonly file: string;
  /** The option that turns it on and off, such as -Wunused-variable; "" if it has none. */
  readonly flag: string;
  /** All its lines, notes and excerpts among them. */
  readonly text: string;
}

const HEAD = /^(.*?):\d+:(?:\d+:)? (?:fatal error|error|warning): /;

/** The messages of a run, in order; clang's counts behind them are left out. */
export function diagnosticsOf(stderr: string): Diagnostic[] {
  const found: { file: string; flag: string; lines: string[] }[] = [];
  // Which headers led to a message stands before it.
  let lead: string[] = [];
  for (const line of stderr.split("\n")) {
    const file = HEAD.exec(line)?.[1];
    if (/^(In file included from |\s+from )/.test(line)) lead.push(line);
    else if (file !== undefined) {
      found.push({ file, flag: /\[(-W[^\],]*)[^\]]*\]$/.exec(line)?.[1] ?? "", lines: [...lead, line] });
      lead = [];
    } else if (/^\d+ (warning|error)s?( and \d+ errors?)? generated\.$/.test(line)) lead = [];
    else found.at(-1)?.lines.push(...lead.splice(0), line);
  }
  return found.map(({ lines, ...rest }) => ({ ...rest, text: lines.join("\n").trimEnd() }));
}
