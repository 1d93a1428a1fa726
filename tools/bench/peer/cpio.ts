// An initramfs: a cpio archive of the "newc" kind, Documentation/driver-api/early-userspace/buffer-format.rst.

const S_IFDIR = 0o040000;
const S_IFREG = 0o100000;
const S_IFCHR = 0o020000;

export type Entry =
  | { readonly path: string; readonly kind: "folder" }
  | { readonly path: string; readonly kind: "file"; readonly data: Uint8Array; readonly executable?: boolean }
  | { readonly path: string; readonly kind: "device"; readonly major: number; readonly minor: number };

/** Headers, names and contents begin at multiples of 4. */
const padding = (length: number): Buffer => Buffer.alloc(-length & 3);

function record(inode: number, path: string, mode: number, data: Uint8Array, major = 0, minor = 0): Buffer[] {
  const name = Buffer.from(`${path}\0`);
  // c_ino, c_mode, c_uid, c_gid, c_nlink, c_mtime, c_filesize, c_maj, c_min, c_rmaj, c_rmin, c_namesize, c_chksum
  const fields = [inode, mode, 0, 0, 1, 0, data.length, 0, 0, major, minor, name.length, 0];
  const header = Buffer.from(`070701${fields.map((field) => field.toString(16).padStart(8, "0")).join("")}`);
  const content = Buffer.from(data.buffer, data.byteOffset, data.byteLength);
  return [header, name, padding(header.length + name.length), content, padding(data.length)];
}

function recordOf(entry: Entry, inode: number): Buffer[] {
  const nothing = new Uint8Array(0);
  if (entry.kind === "folder") return record(inode, entry.path, S_IFDIR | 0o755, nothing);
  if (entry.kind === "device") {
    return record(inode, entry.path, S_IFCHR | 0o600, nothing, entry.major, entry.minor);
  }
  return record(inode, entry.path, S_IFREG | (entry.executable ? 0o755 : 0o644), entry.data);
}

/** Folders come before what is in them. */
export function cpio(entries: readonly Entry[]): Buffer {
  const records = entries.flatMap((entry, i) => recordOf(entry, i + 1));
  return Buffer.concat([...records, ...record(0, "TRAILER!!!", 0, new Uint8Array(0))]);
}
