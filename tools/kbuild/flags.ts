// How a kernel source file becomes a wasm object: compiler flags, and which headers are found where.
import { join } from "node:path";

/** Our own headers: shadow/ stands before the kernel's include/, arch/wasm beside it. */
export const archFolder = join(import.meta.dirname, "arch", "wasm");
export const shadowFolder = join(import.meta.dirname, "shadow");

/** Pinned, so that every clang version emits the same instruction set and the same relocation types. */
const target = [
  "--target=wasm32-unknown-unknown",
  "-mcpu=mvp",
  "-matomics",
  "-mbulk-memory",
  "-msign-ext",
  "-mmutable-globals",
  "-mnontrapping-fptoint",
];

/** The dialect of C that the kernel's own Makefile sets. */
const dialect = [
  "-std=gnu11",
  "-O2",
  "-nostdinc",
  "-fshort-wchar",
  "-fno-strict-aliasing",
  "-fno-common",
  "-fno-strict-overflow",
  "-fno-delete-null-pointer-checks",
  "-fno-stack-protector",
  "-fno-PIC",
  "-fno-asynchronous-unwind-tables",
  // Calls to functions that the kernel does not have.
  "-fno-builtin-stpcpy",
  "-fno-builtin-bcmp",
  "-fno-builtin-wcslen",
  "-fno-builtin-printf",
  "-fno-builtin-fprintf",
];

const warnings = [
  "-Wall",
  "-Wundef",
  "-Werror=implicit-function-declaration",
  "-Werror=implicit-int",
  "-Werror=return-type",
  // A callback of another type traps when it is called, where it works on hardware.
  "-Werror=incompatible-function-pointer-types",
  // Casts hide that from the compiler; casts/ looks which of them matter.
  "-Wcast-function-type-strict",
  "-Wstrict-prototypes",
  // What the kernel turns off as well, and what clang says of DMA_BIT_MASK(64).
  "-Wno-sign-compare",
  "-Wno-pointer-sign",
  "-Wno-format-zero-length",
  "-Wno-gnu",
  "-Wno-address-of-packed-member",
  "-Wno-unused-but-set-variable",
  "-Wno-unused-const-variable",
  "-Wno-unused-function",
  "-Wno-frame-address",
  "-Wno-shift-count-overflow",
  "-Wno-tautological-compare",
  "-Wno-initializer-overrides",
  "-Wno-format",
  "-Wno-builtin-macro-redefined",
  "-Wno-constant-conversion",
  "-Wno-enum-compare",
  "-Wno-parentheses",
];

export interface HeaderRoots {
  /** The kernel source tree. */
  readonly tree: string;
  /** What headers.ts wrote for it. */
  readonly generated: string;
}

/** Where #include looks, in order. */
function includeFolders({ tree, generated }: HeaderRoots): string[] {
  return [
    shadowFolder,
    join(archFolder, "include"),
    join(generated, "arch"),
    join(tree, "include"),
    join(generated, "include"),
    join(archFolder, "include", "uapi"),
    join(generated, "arch", "uapi"),
    join(tree, "include", "uapi"),
    join(generated, "include", "generated", "uapi"),
  ];
}

/** All but the module's own flags. */
export function baseFlags(roots: HeaderRoots): string[] {
  return [
    ...target,
    ...dialect,
    ...warnings,
    ...includeFolders(roots).map((folder) => `-I${folder}`),
    ...["compiler-version.h", "kconfig.h", "compiler_types.h"].flatMap((header) => [
      "-include",
      join(roots.tree, "include", "linux", header),
    ]),
    "-D__KERNEL__",
    // No machine's paths in __FILE__: it names the file as the kernel tree has it.
    ...prefixMaps(roots),
  ];
}

function prefixMaps({ tree, generated }: HeaderRoots): string[] {
  return [
    [tree, ""],
    [generated, ""],
    [shadowFolder, "include"],
    [archFolder, "arch/wasm"],
  ].map(([from, to]) => `-fmacro-prefix-map=${from}/=${to ? `${to}/` : ""}`);
}

/** What Kbuild defines for one file of one module. */
export function moduleFlags(file: string, module: string): string[] {
  const identifier = (name: string) => name.replace(/[-,]/g, "_");
  return [
    "-DMODULE",
    `-DKBUILD_BASENAME="${identifier(file)}"`,
    `-DKBUILD_MODNAME="${identifier(module)}"`,
    `-D__KBUILD_MODNAME=kmod_${identifier(module)}`,
  ];
}
