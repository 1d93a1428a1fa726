// The doc comment of an exported symbol:
//   linux/slab.h. What it does, arguments, units. Errors. Context: any | process | softirq | hardirq, … Differs: …

export interface Comment {
  /** "" if the comment does not begin with one. */
  header: string;
  summary: string;
  errors: string[];
  context: string;
  differs?: string;
}

/** A header, an aside in brackets that stays part of the text, and a full stop. */
const HEADER = /^((?:\.\.\/)?(?:[\w+-]+\/)*[\w+-]+\.h)\b(?:,? \(([^)]*)\))?\.\s*/;
const PART = /(?:^|(?<=[.)\s]))\(?(Context|Differs):\s*/g;

/** The words of a comment as one line, without the stars. */
function plainText(comment: string): string {
  return comment
    .replace(/^\/\*\*/, "")
    .replace(/\*\/$/, "")
    .split("\n")
    .map((line) => line.replace(/^\s*\*(?!\*)\s?/, "").trim())
    .join(" ")
    .replace(/\s+/g, " ")
    .trim();
}

/** Splits behind the first sentence. */
function firstSentence(text: string): [sentence: string, rest: string] {
  const end = /\.(?=\s+[A-Z`]|\s*$)/.exec(text);
  return end ? [text.slice(0, end.index).trim(), text.slice(end.index + 1).trim()] : [text.trim(), ""];
}

function failures(text: string): string[] {
  const numbers = [...text.matchAll(/-(E[A-Z0-9]{2,})\b/g)].map(([, name]) => `-${name}`);
  const none = /\b(?:NULL|null) (?:if|without|when|where) |\bor (?:NULL|null)\b/.test(text) ? ["NULL"] : [];
  return [...new Set([...numbers, ...none])];
}

export function parseComment(comment: string): Comment {
  const text = plainText(comment);
  const header = HEADER.exec(text);
  const body = header ? text.slice(header[0].length) : text;
  const parts = [...body.matchAll(PART)];
  const part = (name: string): string | undefined => {
    const index = parts.findIndex((match) => match[1] === name);
    if (index < 0) return undefined;
    return body.slice(parts[index].index + parts[index][0].length, parts[index + 1]?.index).trim();
  };
  const [context, afterContext] = firstSentence(part("Context") ?? "");
  const differs = part("Differs")?.replace(/[.)]+$/, "");
  const summary = [body.slice(0, parts[0]?.index).trim(), afterContext].filter((words) => words !== "").join(" ");
  return { header: header?.[1] ?? "", summary, errors: failures(summary), context, ...(differs && { differs }) };
}
