// Words for people: names are bytes, and every sink escapes what a terminal must not see.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace g5ksync::base {

/// `bytes` fit for a terminal, a log line or JSON: valid UTF-8 stays as it is; control bytes (C0, DEL, C1), invalid
/// sequences and the backslash become \n \t \r \\ or \ooo (three octal digits), as rsync prints names.
std::string printable(std::string_view bytes);

/// `text` as one word of a shell's command line, quoted where it must be.
std::string shell_word(std::string_view text);

/// 1536 → "1.5 KiB"; below 1 KiB "12 B".
std::string human_bytes(std::uint64_t bytes);

/// 75.2 s → "1m15s"; below a minute "12.3s"; from an hour "2h05m".
std::string human_duration(double seconds);

}  // namespace g5ksync::base
