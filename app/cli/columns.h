// How wide text is on a terminal, and making it fit.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace g5ksync::app {

/// Columns that `text` (valid UTF-8 without control bytes, as base::printable gives it) takes: 2 for East Asian wide
/// characters and emoji, 0 for combining marks. Unicode's East Asian Width (UAX #11), by blocks.
std::size_t columns_of(std::string_view text);

/// `text` cut to at most `columns`, with an ellipsis ("…", or "..." for plain ASCII) where something was cut.
std::string cut_to(std::string_view text, std::size_t columns, bool utf8);

/// `text` with blanks behind it (or before it) up to `columns`.
std::string pad_right(std::string_view text, std::size_t columns);
std::string pad_left(std::string_view text, std::size_t columns);

/// `text` for a terminal that knows no UTF-8: every other byte than ASCII becomes '?', one a character.
std::string plain_ascii(std::string_view text);

/// 1234567 → "1,234,567".
std::string grouped(std::uint64_t number);
/// "1 file", "1,234 files"; `more` where the plural is another word.
std::string counted(std::uint64_t count, const std::string& one, const std::string& more = {});

enum class Align { left, right };

/// Rows of cells as lines with aligned columns, two blanks between them; no blanks at the ends of lines. Rows may be
/// shorter than others; `align` beyond its end is right.
std::string table(const std::vector<std::vector<std::string>>& rows, const std::vector<Align>& align);

}  // namespace g5ksync::app
