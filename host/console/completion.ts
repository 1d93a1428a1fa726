// Tab: what the last word of a line may become.

import { KpiError } from "../error.ts";
import type { System } from "../system.ts";
import { commands } from "./commands.ts";
import { wordsToComplete } from "./words.ts";

async function candidates(system: System, words: readonly string[]): Promise<readonly string[]> {
  if (words.length === 1) return commands.map(({ name }) => name);
  const command = commands.find(({ name }) => name === words[0]);
  if (!command?.complete) return [];
  await system.interfaces.refresh();
  return command.complete(system, words.slice(1));
}

/** In readline's terms: the words that fit, and what they complete. A word that is whole is followed by a space. */
export async function complete(system: System, line: string): Promise<[hits: string[], word: string]> {
  const words = wordsToComplete(line);
  const word = words.at(-1)!;
  try {
    const found = [...new Set(await candidates(system, words))].filter((hit) => hit.startsWith(word));
    return [found.map((hit) => (/[/=]$/.test(hit) ? hit : `${hit} `)), word];
  } catch (error) {
    // A board that is off, a driver that traps when it is asked: no help then.
    if (error instanceof KpiError) return [[], word];
    throw error;
  }
}
