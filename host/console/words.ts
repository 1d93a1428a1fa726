// Splits a console line into words as a shell does: spaces separate, quotes join, `;` and line ends separate commands,
// `>` is a word of its own.

import { KpiError } from "../error.ts";

export function commandsOf(line: string): string[][] {
  const { commands, quote } = split(line);
  if (quote)
    throw new KpiError(`unfinished ${quote === '"' ? "double" : "single"} quote in: ${line.replaceAll("\n", " ")}`, 2);
  return commands.filter((words) => words.length > 0);
}

/** The words of the last command in a line that is being typed; the last one is what the cursor stands behind. */
export function wordsToComplete(line: string): string[] {
  const { commands, open } = split(line);
  const words = commands.at(-1)!;
  return open ? words : [...words, ""];
}

function split(line: string): { commands: string[][]; quote: string; open: boolean } {
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
    } else if (char === ">") {
      flush();
      commands.at(-1)!.push(char);
    } else {
      word = (word ?? "") + char;
    }
  }
  const open = word !== undefined;
  flush();
  return { commands, quote, open };
}
