// Types of AssemblyScript in files that both languages read (assembly/arch/wasm/memory.ts, assembly/abi/const/).
type u32 = number;
type i32 = number;
type i64 = number;
type u64 = number;
type usize = number;
