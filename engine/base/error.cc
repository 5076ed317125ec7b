#include "engine/base/error.h"

#include <cerrno>
#include <system_error>

namespace g5ksync::base {

Error Error::with(std::string_view outer) && {
  context = context.empty() ? std::string(outer) : std::string(outer) + ": " + context;
  return std::move(*this);
}

std::string Error::message() const {
  if (sys_errno == 0) return context;
  const std::string words = std::generic_category().message(sys_errno);
  return context.empty() ? words : context + ": " + words;
}

ErrorKind kind_of_errno(int sys_errno) {
  switch (sys_errno) {
    case ENOENT:
    case ENOTDIR:
      return ErrorKind::not_found;
    case EACCES:
    case EPERM:
    case EROFS:
      return ErrorKind::permission;
    case ENOSPC:
    case EDQUOT:
      return ErrorKind::no_space;
    case ETIMEDOUT:
      return ErrorKind::timeout;
    case ECONNREFUSED:
    case ECONNRESET:
    case EHOSTUNREACH:
    case ENETUNREACH:
    case EPIPE:
      return ErrorKind::connection;
    default:
      return ErrorKind::io;
  }
}

Failure fail_errno(int sys_errno, std::string context) {
  return Failure(Error{kind_of_errno(sys_errno), sys_errno, std::move(context)});
}

}  // namespace g5ksync::base
