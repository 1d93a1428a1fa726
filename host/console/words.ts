// Splits a console line into words as a shell does: spaces separate, quotes join, `;` and line ends separate commands.

import { KpiError } from "../error.ts";

export function commandsOf(line: string): string[][] {
  const commands: string[][] = [[]];
  let word: string | undefined;
  let quote = "";
  const flush = (): void => {
    if (word !== undefined) commands.at(-1)!.push(word);
    word = undefined;
  };
  for (const char of line) {
    if (quote) {
      if (char === quote) quote = "";
      else word = (word ?? "") + char;
    } else if (char === '"' || char === "'") {
      quote = char;
      word ??= "";
    } else if (char === ";" || char === "\n") {
      flush();
      commands.push([]);
    } else if (/\s/.test(char)) {
      flush();
    } else {
      word = (word ?? "") + char;
    }
  }
  if (quote) throw new KpiError(`unfinished ${quote === '"' ? "double" : "single"} quote in: ${line.replaceAll("\n", " ")}`, 2);
  flush();
  return commands.filter((words) => words.length > 0);
}
