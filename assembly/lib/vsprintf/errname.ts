// %pe: an error pointer by the name of its error, "-EIO" (lib/errname.c).

import * as abi from "../../abi";
import { next_text } from "../texts";
import { number_as } from "./number";
import { Out, SIGN } from "./out";
import { string_nocheck } from "./string";

/** Numbers, 0 at the end, and their names. */
// prettier-ignore
const ERRORS = memory.data<u32>([
  abi.EPERM, abi.ENOENT, abi.ESRCH, abi.EINTR, abi.EIO, abi.ENXIO, abi.E2BIG, abi.ENOEXEC, abi.EBADF, abi.ECHILD,
  abi.EAGAIN, abi.ENOMEM, abi.EACCES, abi.EFAULT, abi.ENOTBLK, abi.EBUSY, abi.EEXIST, abi.EXDEV, abi.ENODEV,
  abi.ENOTDIR, abi.EISDIR, abi.EINVAL, abi.ENFILE, abi.EMFILE, abi.ENOTTY, abi.ETXTBSY, abi.EFBIG, abi.ENOSPC,
  abi.ESPIPE, abi.EROFS, abi.EMLINK, abi.EPIPE, abi.EDOM, abi.ERANGE, abi.EDEADLK, abi.ENAMETOOLONG, abi.ENOLCK,
  abi.ENOSYS, abi.ENOTEMPTY, abi.ELOOP, abi.ENOMSG, abi.EIDRM, abi.ECHRNG, abi.EL2NSYNC, abi.EL3HLT, abi.EL3RST,
  abi.ELNRNG, abi.EUNATCH, abi.ENOCSI, abi.EL2HLT, abi.EBADE, abi.EBADR, abi.EXFULL, abi.ENOANO, abi.EBADRQC,
  abi.EBADSLT, abi.EBFONT, abi.ENOSTR, abi.ENODATA, abi.ETIME, abi.ENOSR, abi.ENONET, abi.ENOPKG, abi.EREMOTE,
  abi.ENOLINK, abi.EADV, abi.ESRMNT, abi.ECOMM, abi.EPROTO, abi.EMULTIHOP, abi.EDOTDOT, abi.EBADMSG, abi.EOVERFLOW,
  abi.ENOTUNIQ, abi.EBADFD, abi.EREMCHG, abi.ELIBACC, abi.ELIBBAD, abi.ELIBSCN, abi.ELIBMAX, abi.ELIBEXEC, abi.EILSEQ,
  abi.ERESTART, abi.ESTRPIPE, abi.EUSERS, abi.ENOTSOCK, abi.EDESTADDRREQ, abi.EMSGSIZE, abi.EPROTOTYPE,
  abi.ENOPROTOOPT, abi.EPROTONOSUPPORT, abi.ESOCKTNOSUPPORT, abi.EOPNOTSUPP, abi.EPFNOSUPPORT, abi.EAFNOSUPPORT,
  abi.EADDRINUSE, abi.EADDRNOTAVAIL, abi.ENETDOWN, abi.ENETUNREACH, abi.ENETRESET, abi.ECONNABORTED, abi.ECONNRESET,
  abi.ENOBUFS, abi.EISCONN, abi.ENOTCONN, abi.ESHUTDOWN, abi.ETOOMANYREFS, abi.ETIMEDOUT, abi.ECONNREFUSED,
  abi.EHOSTDOWN, abi.EHOSTUNREACH, abi.EALREADY, abi.EINPROGRESS, abi.ESTALE, abi.EUCLEAN, abi.ENOTNAM, abi.ENAVAIL,
  abi.EISNAM, abi.EREMOTEIO, abi.EDQUOT, abi.ENOMEDIUM, abi.EMEDIUMTYPE, abi.ECANCELED, abi.ENOKEY, abi.EKEYEXPIRED,
  abi.EKEYREVOKED, abi.EKEYREJECTED, abi.EOWNERDEAD, abi.ENOTRECOVERABLE, abi.ERFKILL, abi.EHWPOISON, abi.ERESTARTSYS,
  abi.ERESTARTNOINTR, abi.ERESTARTNOHAND, abi.ENOIOCTLCMD, abi.ERESTART_RESTARTBLOCK, abi.EPROBE_DEFER,
  abi.EOPENSTALE, abi.ENOPARAM, abi.EBADHANDLE, abi.ENOTSYNC, abi.EBADCOOKIE, abi.ENOTSUPP, abi.ETOOSMALL,
  abi.ESERVERFAULT, abi.EBADTYPE, abi.EJUKEBOX, abi.EIOCBQUEUED, abi.ERECALLCONFLICT, 0,
]);
// prettier-ignore
const NAMES = cstr(
  "-EPERM", "-ENOENT", "-ESRCH", "-EINTR", "-EIO", "-ENXIO", "-E2BIG", "-ENOEXEC", "-EBADF", "-ECHILD", "-EAGAIN",
  "-ENOMEM", "-EACCES", "-EFAULT", "-ENOTBLK", "-EBUSY", "-EEXIST", "-EXDEV", "-ENODEV", "-ENOTDIR", "-EISDIR",
  "-EINVAL", "-ENFILE", "-EMFILE", "-ENOTTY", "-ETXTBSY", "-EFBIG", "-ENOSPC", "-ESPIPE", "-EROFS", "-EMLINK",
  "-EPIPE", "-EDOM", "-ERANGE", "-EDEADLK", "-ENAMETOOLONG", "-ENOLCK", "-ENOSYS", "-ENOTEMPTY", "-ELOOP", "-ENOMSG",
  "-EIDRM", "-ECHRNG", "-EL2NSYNC", "-EL3HLT", "-EL3RST", "-ELNRNG", "-EUNATCH", "-ENOCSI", "-EL2HLT", "-EBADE",
  "-EBADR", "-EXFULL", "-ENOANO", "-EBADRQC", "-EBADSLT", "-EBFONT", "-ENOSTR", "-ENODATA", "-ETIME", "-ENOSR",
  "-ENONET", "-ENOPKG", "-EREMOTE", "-ENOLINK", "-EADV", "-ESRMNT", "-ECOMM", "-EPROTO", "-EMULTIHOP", "-EDOTDOT",
  "-EBADMSG", "-EOVERFLOW", "-ENOTUNIQ", "-EBADFD", "-EREMCHG", "-ELIBACC", "-ELIBBAD", "-ELIBSCN", "-ELIBMAX",
  "-ELIBEXEC", "-EILSEQ", "-ERESTART", "-ESTRPIPE", "-EUSERS", "-ENOTSOCK", "-EDESTADDRREQ", "-EMSGSIZE",
  "-EPROTOTYPE", "-ENOPROTOOPT", "-EPROTONOSUPPORT", "-ESOCKTNOSUPPORT", "-EOPNOTSUPP", "-EPFNOSUPPORT",
  "-EAFNOSUPPORT", "-EADDRINUSE", "-EADDRNOTAVAIL", "-ENETDOWN", "-ENETUNREACH", "-ENETRESET", "-ECONNABORTED",
  "-ECONNRESET", "-ENOBUFS", "-EISCONN", "-ENOTCONN", "-ESHUTDOWN", "-ETOOMANYREFS", "-ETIMEDOUT", "-ECONNREFUSED",
  "-EHOSTDOWN", "-EHOSTUNREACH", "-EALREADY", "-EINPROGRESS", "-ESTALE", "-EUCLEAN", "-ENOTNAM", "-ENAVAIL",
  "-EISNAM", "-EREMOTEIO", "-EDQUOT", "-ENOMEDIUM", "-EMEDIUMTYPE", "-ECANCELED", "-ENOKEY", "-EKEYEXPIRED",
  "-EKEYREVOKED", "-EKEYREJECTED", "-EOWNERDEAD", "-ENOTRECOVERABLE", "-ERFKILL", "-EHWPOISON", "-ERESTARTSYS",
  "-ERESTARTNOINTR", "-ERESTARTNOHAND", "-ENOIOCTLCMD", "-ERESTART_RESTARTBLOCK", "-EPROBE_DEFER", "-EOPENSTALE",
  "-ENOPARAM", "-EBADHANDLE", "-ENOTSYNC", "-EBADCOOKIE", "-ENOTSUPP", "-ETOOSMALL", "-ESERVERFAULT", "-EBADTYPE",
  "-EJUKEBOX", "-EIOCBQUEUED", "-ERECALLCONFLICT"
);

/** `error` is negative. One without a name is written as a number. */
export function error_pointer(o: Out, error: i32): void {
  let name = NAMES;
  for (let at = ERRORS; load<i32>(at); at += 4) {
    if (load<i32>(at) == -error) {
      string_nocheck(o, name);
      return;
    }
    name = next_text(name);
  }
  number_as(o, <u64>(<i64>error), 10, o.flags | SIGN, o.width, o.precision);
}
