// Types of AssemblyScript in files that both languages read (assembly/arch/wasm/memory.ts).
type u32 = number;
