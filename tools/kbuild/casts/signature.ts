// C function types, as clang words them, to WebAssembly signatures: two types that differ in C may be one here, as all
// pointers are.

/** Typedef names to what they stand for. */
export type Typedefs = ReadonlyMap<string, string>;

const QUALIFIERS = /\b(const|volatile|restrict|_Atomic|signed)\b/g;

/** The value type of a C type: "" for void. Structs go by pointer. */
function valueType(text: string, typedefs: Typedefs): string {
  if (/[*([]/.test(text) || text === "...") return "i32";
  const plain = text.replace(QUALIFIERS, "").replace(/\s+/g, " ").trim();
  if (plain === "void") return "";
  if (plain === "float") return "f32";
  if (/^(long )?double$/.test(plain)) return "f64";
  if (/\blong( unsigned)? long\b/.test(plain)) return "i64";
  const meaning = /^\w+$/.test(plain) ? typedefs.get(plain) : undefined;
  return meaning === undefined || meaning === plain ? "i32" : valueType(meaning, typedefs);
}

/** Where the parenthesis that opens at `at` closes. */
function closing(text: string, at: number): number {
  for (let depth = 0; at < text.length; at++) {
    if (text[at] === "(") depth++;
    else if (text[at] === ")" && --depth === 0) return at;
  }
  return -1;
}

/** A parameter list, split at its own commas. */
function parameters(text: string): string[] {
  const found: string[] = [];
  let depth = 0;
  let start = 0;
  for (let i = 0; i <= text.length; i++) {
    if (text[i] === "(" || text[i] === "[") depth++;
    else if (text[i] === ")" || text[i] === "]") depth--;
    else if (i === text.length || (text[i] === "," && depth === 0)) {
      found.push(text.slice(start, i).trim());
      start = i + 1;
    }
  }
  return found.filter(Boolean);
}

/** Of `int (*)(int, void *)` and `int (int, void *)`: the result's text and the parameters'. */
function take(text: string): { result: string; params: string } | null {
  const first = text.indexOf("(");
  if (first <= 0) return null;
  let open = first;
  if (/^\(\*\s*(const|volatile|restrict|\s)*\)\(/.test(text.slice(first))) open = closing(text, first) + 1;
  else if (text[first + 1] === "*" || text[first + 1] === "^") return null;
  const close = closing(text, open);
  if (close < 0) return null;
  return { result: text.slice(0, first).trim(), params: text.slice(open + 1, close).trim() };
}

/** Whether a C type is a function's, or a pointer's to one. */
export function isFunctionType(text: string): boolean {
  return text.includes("(") && take(text) !== null;
}

/** A pointer to a function of which nothing but the result is declared: what it is called with is up to the caller. */
export function isUnprototyped(text: string): boolean {
  return take(text)?.params === "";
}

/** "(i32, i32) -> i32" of a C function type; null for what this cannot read. */
export function wasmSignature(text: string, typedefs: Typedefs): string | null {
  const parts = take(text);
  if (!parts) return null;
  const params = parameters(parts.params)
    .map((param) => valueType(param, typedefs))
    .filter(Boolean);
  const result = valueType(parts.result, typedefs);
  return `(${params.join(", ")}) -> ${result || "nothing"}`;
}
