// help: every command with one line, or one command with its options.

import { commandOf, commands } from "../commands.ts";
import { type ConsoleCommand, usageError } from "../command.ts";

const headOf = ({ name, usage }: ConsoleCommand): string => `${name} ${usage}`.trimEnd();

function columns(rows: readonly (readonly [string, string])[], indent: string): string[] {
  const width = Math.min(Math.max(...rows.map(([left]) => left.length)), 44);
  return rows.flatMap(([left, right]) =>
    left.length <= width
      ? [`${indent}${left.padEnd(width)}  ${right}`]
      : [`${indent}${left}`, `${indent}${" ".repeat(width)}  ${right}`],
  );
}

export const help: ConsoleCommand = {
  name: "help",
  usage: "[COMMAND]",
  summary: "this list, or what a command's options do",
  run(_context, args) {
    if (args.length > 1) throw usageError(help);
    const shown = args.length === 1 ? [commandOf(args[0]!)] : commands;
    const data = shown.map(({ name, usage, summary, details = [] }) => ({
      name,
      usage,
      summary,
      details: details.map(([words, meaning]) => ({ words, meaning })),
    }));
    if (args.length === 0)
      return {
        data,
        lines: columns(
          shown.map((entry) => [headOf(entry), entry.summary]),
          "",
        ),
      };
    const [one] = shown as [ConsoleCommand];
    const details = one.details ?? [];
    return { data, lines: [headOf(one), `  ${one.summary}`, ...(details.length > 0 ? columns(details, "  ") : [])] };
  },
  complete: () => commands.map(({ name }) => name),
};
