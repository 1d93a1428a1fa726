// %pe: an error pointer by the name of its error, "-EIO" (lib/errname.c).

import * as abi from "../../abi";
import { number_as } from "./number";
import { Out, SIGN } from "./out";
import { string_nocheck } from "./string";

/** Numbers and names, 0 at the end. */
// prettier-ignore
const NAMES = memory.data<usize>([
  abi.EPERM, cstr("-EPERM"), abi.ENOENT, cstr("-ENOENT"), abi.ESRCH, cstr("-ESRCH"), abi.EINTR, cstr("-EINTR"),
  abi.EIO, cstr("-EIO"), abi.ENXIO, cstr("-ENXIO"), abi.E2BIG, cstr("-E2BIG"), abi.ENOEXEC, cstr("-ENOEXEC"),
  abi.EBADF, cstr("-EBADF"), abi.ECHILD, cstr("-ECHILD"), abi.EAGAIN, cstr("-EAGAIN"), abi.ENOMEM, cstr("-ENOMEM"),
  abi.EACCES, cstr("-EACCES"), abi.EFAULT, cstr("-EFAULT"), abi.ENOTBLK, cstr("-ENOTBLK"), abi.EBUSY, cstr("-EBUSY"),
  abi.EEXIST, cstr("-EEXIST"), abi.EXDEV, cstr("-EXDEV"), abi.ENODEV, cstr("-ENODEV"), abi.ENOTDIR, cstr("-ENOTDIR"),
  abi.EISDIR, cstr("-EISDIR"), abi.EINVAL, cstr("-EINVAL"), abi.ENFILE, cstr("-ENFILE"), abi.EMFILE, cstr("-EMFILE"),
  abi.ENOTTY, cstr("-ENOTTY"), abi.ETXTBSY, cstr("-ETXTBSY"), abi.EFBIG, cstr("-EFBIG"), abi.ENOSPC, cstr("-ENOSPC"),
  abi.ESPIPE, cstr("-ESPIPE"), abi.EROFS, cstr("-EROFS"), abi.EMLINK, cstr("-EMLINK"), abi.EPIPE, cstr("-EPIPE"),
  abi.EDOM, cstr("-EDOM"), abi.ERANGE, cstr("-ERANGE"), abi.EDEADLK, cstr("-EDEADLK"),
  abi.ENAMETOOLONG, cstr("-ENAMETOOLONG"), abi.ENOLCK, cstr("-ENOLCK"), abi.ENOSYS, cstr("-ENOSYS"),
  abi.ENOTEMPTY, cstr("-ENOTEMPTY"), abi.ELOOP, cstr("-ELOOP"), abi.ENOMSG, cstr("-ENOMSG"),
  abi.EIDRM, cstr("-EIDRM"), abi.ECHRNG, cstr("-ECHRNG"), abi.EL2NSYNC, cstr("-EL2NSYNC"),
  abi.EL3HLT, cstr("-EL3HLT"), abi.EL3RST, cstr("-EL3RST"), abi.ELNRNG, cstr("-ELNRNG"),
  abi.EUNATCH, cstr("-EUNATCH"), abi.ENOCSI, cstr("-ENOCSI"), abi.EL2HLT, cstr("-EL2HLT"), abi.EBADE, cstr("-EBADE"),
  abi.EBADR, cstr("-EBADR"), abi.EXFULL, cstr("-EXFULL"), abi.ENOANO, cstr("-ENOANO"), abi.EBADRQC, cstr("-EBADRQC"),
  abi.EBADSLT, cstr("-EBADSLT"), abi.EBFONT, cstr("-EBFONT"), abi.ENOSTR, cstr("-ENOSTR"),
  abi.ENODATA, cstr("-ENODATA"), abi.ETIME, cstr("-ETIME"), abi.ENOSR, cstr("-ENOSR"), abi.ENONET, cstr("-ENONET"),
  abi.ENOPKG, cstr("-ENOPKG"), abi.EREMOTE, cstr("-EREMOTE"), abi.ENOLINK, cstr("-ENOLINK"), abi.EADV, cstr("-EADV"),
  abi.ESRMNT, cstr("-ESRMNT"), abi.ECOMM, cstr("-ECOMM"), abi.EPROTO, cstr("-EPROTO"),
  abi.EMULTIHOP, cstr("-EMULTIHOP"), abi.EDOTDOT, cstr("-EDOTDOT"), abi.EBADMSG, cstr("-EBADMSG"),
  abi.EOVERFLOW, cstr("-EOVERFLOW"), abi.ENOTUNIQ, cstr("-ENOTUNIQ"), abi.EBADFD, cstr("-EBADFD"),
  abi.EREMCHG, cstr("-EREMCHG"), abi.ELIBACC, cstr("-ELIBACC"), abi.ELIBBAD, cstr("-ELIBBAD"),
  abi.ELIBSCN, cstr("-ELIBSCN"), abi.ELIBMAX, cstr("-ELIBMAX"), abi.ELIBEXEC, cstr("-ELIBEXEC"),
  abi.EILSEQ, cstr("-EILSEQ"), abi.ERESTART, cstr("-ERESTART"), abi.ESTRPIPE, cstr("-ESTRPIPE"),
  abi.EUSERS, cstr("-EUSERS"), abi.ENOTSOCK, cstr("-ENOTSOCK"), abi.EDESTADDRREQ, cstr("-EDESTADDRREQ"),
  abi.EMSGSIZE, cstr("-EMSGSIZE"), abi.EPROTOTYPE, cstr("-EPROTOTYPE"), abi.ENOPROTOOPT, cstr("-ENOPROTOOPT"),
  abi.EPROTONOSUPPORT, cstr("-EPROTONOSUPPORT"), abi.ESOCKTNOSUPPORT, cstr("-ESOCKTNOSUPPORT"),
  abi.EOPNOTSUPP, cstr("-EOPNOTSUPP"), abi.EPFNOSUPPORT, cstr("-EPFNOSUPPORT"),
  abi.EAFNOSUPPORT, cstr("-EAFNOSUPPORT"), abi.EADDRINUSE, cstr("-EADDRINUSE"),
  abi.EADDRNOTAVAIL, cstr("-EADDRNOTAVAIL"), abi.ENETDOWN, cstr("-ENETDOWN"), abi.ENETUNREACH, cstr("-ENETUNREACH"),
  abi.ENETRESET, cstr("-ENETRESET"), abi.ECONNABORTED, cstr("-ECONNABORTED"), abi.ECONNRESET, cstr("-ECONNRESET"),
  abi.ENOBUFS, cstr("-ENOBUFS"), abi.EISCONN, cstr("-EISCONN"), abi.ENOTCONN, cstr("-ENOTCONN"),
  abi.ESHUTDOWN, cstr("-ESHUTDOWN"), abi.ETOOMANYREFS, cstr("-ETOOMANYREFS"), abi.ETIMEDOUT, cstr("-ETIMEDOUT"),
  abi.ECONNREFUSED, cstr("-ECONNREFUSED"), abi.EHOSTDOWN, cstr("-EHOSTDOWN"), abi.EHOSTUNREACH, cstr("-EHOSTUNREACH"),
  abi.EALREADY, cstr("-EALREADY"), abi.EINPROGRESS, cstr("-EINPROGRESS"), abi.ESTALE, cstr("-ESTALE"),
  abi.EUCLEAN, cstr("-EUCLEAN"), abi.ENOTNAM, cstr("-ENOTNAM"), abi.ENAVAIL, cstr("-ENAVAIL"),
  abi.EISNAM, cstr("-EISNAM"), abi.EREMOTEIO, cstr("-EREMOTEIO"), abi.EDQUOT, cstr("-EDQUOT"),
  abi.ENOMEDIUM, cstr("-ENOMEDIUM"), abi.EMEDIUMTYPE, cstr("-EMEDIUMTYPE"), abi.ECANCELED, cstr("-ECANCELED"),
  abi.ENOKEY, cstr("-ENOKEY"), abi.EKEYEXPIRED, cstr("-EKEYEXPIRED"), abi.EKEYREVOKED, cstr("-EKEYREVOKED"),
  abi.EKEYREJECTED, cstr("-EKEYREJECTED"), abi.EOWNERDEAD, cstr("-EOWNERDEAD"),
  abi.ENOTRECOVERABLE, cstr("-ENOTRECOVERABLE"), abi.ERFKILL, cstr("-ERFKILL"), abi.EHWPOISON, cstr("-EHWPOISON"),
  abi.ERESTARTSYS, cstr("-ERESTARTSYS"), abi.ERESTARTNOINTR, cstr("-ERESTARTNOINTR"),
  abi.ERESTARTNOHAND, cstr("-ERESTARTNOHAND"), abi.ENOIOCTLCMD, cstr("-ENOIOCTLCMD"),
  abi.ERESTART_RESTARTBLOCK, cstr("-ERESTART_RESTARTBLOCK"), abi.EPROBE_DEFER, cstr("-EPROBE_DEFER"),
  abi.EOPENSTALE, cstr("-EOPENSTALE"), abi.ENOPARAM, cstr("-ENOPARAM"), abi.EBADHANDLE, cstr("-EBADHANDLE"),
  abi.ENOTSYNC, cstr("-ENOTSYNC"), abi.EBADCOOKIE, cstr("-EBADCOOKIE"), abi.ENOTSUPP, cstr("-ENOTSUPP"),
  abi.ETOOSMALL, cstr("-ETOOSMALL"), abi.ESERVERFAULT, cstr("-ESERVERFAULT"), abi.EBADTYPE, cstr("-EBADTYPE"),
  abi.EJUKEBOX, cstr("-EJUKEBOX"), abi.EIOCBQUEUED, cstr("-EIOCBQUEUED"),
  abi.ERECALLCONFLICT, cstr("-ERECALLCONFLICT"), 0,
]);

/** `error` is negative. One without a name is written as a number. */
export function error_pointer(o: Out, error: i32): void {
  for (let row = NAMES; load<i32>(row); row += 8) {
    if (load<i32>(row) != -error) continue;
    string_nocheck(o, load<usize>(row, 4));
    return;
  }
  number_as(o, <u64>(<i64>error), 10, o.flags | SIGN, o.width, o.precision);
}
