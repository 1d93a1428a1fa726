// Kernel names that AssemblyScript has another use for get a trailing underscore.

const reserved = new Set([
  "abstract", "as", "async", "await", "break", "case", "catch", "class", "const", "constructor", "continue", "debugger",
  "declare", "default", "delete", "do", "else", "enum", "export", "extends", "false", "finally", "for", "from",
  "function", "get", "if", "implements", "import", "in", "instanceof", "interface", "is", "keyof", "let", "module",
  "namespace", "new", "null", "of", "override", "package", "private", "protected", "public", "readonly", "return",
  "set", "static", "super", "switch", "this", "throw", "true", "try", "type", "typeof", "undefined", "var", "void",
  "while", "with", "yield",
  // Types that are built in.
  "bool", "i8", "u8", "i16", "u16", "i32", "u32", "i64", "u64", "isize", "usize", "f32", "f64", "v128",
]);

/** As the name of a class or a constant. */
export function safeName(name: string): string {
  return reserved.has(name) ? `${name}_` : name;
}

/** Words that may not name an accessor: fewer, since a member stands after a dot. */
const reservedMembers = new Set([
  "abstract", "class", "constructor", "declare", "default", "delete", "enum", "export", "false", "function", "get",
  "import", "in", "new", "null", "private", "protected", "public", "readonly", "set", "static", "super", "this", "true",
  "typeof", "var", "void",
]);

export function safeMember(name: string): string {
  return reservedMembers.has(name) ? `${name}_` : name;
}
