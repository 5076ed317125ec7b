// Errors as values. Every function that can fail for a reason outside the program returns Result<T>;
// exceptions are for bugs (and std::bad_alloc).
//
// An Error holds a kind (what class of thing went wrong: the program's outermost layer turns it into advice and an
// exit code), the errno where a system call failed, and a context that grows at each border: "what: detail".
#pragma once

#include <string>
#include <string_view>
#include <tl/expected.hpp>
#include <utility>

namespace g5ksync::base {

enum class ErrorKind {
  usage,        // the command line or a configuration file is wrong
  not_found,    // a file, host or name that was asked for does not exist
  permission,   // the operating system refused
  no_space,     // disk full or quota exceeded
  io,           // any other failure of a file operation
  changed,      // a file changed while it was read
  protocol,     // a peer sent something that the protocol does not allow
  unsupported,  // a peer or system cannot do what is needed
  connection,   // no connection, or it was lost
  host_key,     // the host's key is unknown, changed or revoked
  auth,         // the host accepts none of our keys
  deploy,       // the agent could not be placed or started on the host
  timeout,      // a deadline passed
  interrupted,  // the user ended the run
};

struct Error {
  ErrorKind kind = ErrorKind::io;
  int sys_errno = 0;    // 0 where no system call failed
  std::string context;  // plain words, no trailing stop; may hold raw file name bytes: escape before printing

  /// The same error seen from one border further out: "`outer`: `context`".
  Error with(std::string_view outer) &&;
  /// The context, and the system's words for sys_errno where there is one.
  std::string message() const;
};

template <class T>
using Result = tl::expected<T, Error>;

using Failure = tl::unexpected<Error>;

inline Failure fail(ErrorKind kind, std::string context) { return Failure(Error{kind, 0, std::move(context)}); }

/// A failed system call: the kind is chosen from the errno value.
Failure fail_errno(int sys_errno, std::string context);
ErrorKind kind_of_errno(int sys_errno);

}  // namespace g5ksync::base

// The one pair of macros of the project: return the error of `expression` to the caller, or go on with its value.
#define G5K_CONCAT_(a, b) a##b
#define G5K_CONCAT(a, b) G5K_CONCAT_(a, b)
#define G5K_TRY(expression)                                                                                          \
  do {                                                                                                               \
    if (auto g5k_result = (expression); !g5k_result) return ::g5ksync::base::Failure(std::move(g5k_result).error()); \
  } while (false)
#define G5K_ASSIGN(declaration, expression)                                               \
  auto G5K_CONCAT(g5k_value_, __LINE__) = (expression);                                   \
  if (!G5K_CONCAT(g5k_value_, __LINE__))                                                  \
    return ::g5ksync::base::Failure(std::move(G5K_CONCAT(g5k_value_, __LINE__)).error()); \
  declaration = std::move(*G5K_CONCAT(g5k_value_, __LINE__))
