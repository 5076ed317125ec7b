// A terminal for tests: understands what the display writes (newline, return, cursor up, erase line, erase below) and
// keeps what a person would see.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace g5ksync::app {

class Terminal {
 public:
  explicit Terminal(std::size_t width) : width_(width) {}

  void feed(std::string_view text) {
    for (std::size_t i = 0; i < text.size(); ++i) {
      if (text[i] == '\n') {
        move_to(row_ + 1, 0);
      } else if (text[i] == '\r') {
        column_ = 0;
      } else if (text[i] == '\033') {
        i = escape(text, i + 2);
      } else {
        put(text[i]);
      }
    }
  }

  /// All rows, without the blanks at their ends.
  std::string screen() const {
    std::string text;
    for (std::string row : rows_) {
      row.erase(row.find_last_not_of(' ') + 1);
      text += row + "\n";
    }
    while (text.ends_with("\n\n")) text.pop_back();
    return text == "\n" ? "" : text;
  }
  std::size_t row() const { return row_; }
  std::size_t column() const { return column_; }

 private:
  void move_to(std::size_t row, std::size_t column) {
    row_ = row;
    column_ = column;
    if (rows_.size() <= row_) rows_.resize(row_ + 1);
  }

  void put(char c) {
    if (column_ == width_) move_to(row_ + 1, 0);
    std::string& row = rows_[row_];
    if (row.size() <= column_) row.resize(column_ + 1, ' ');
    row[column_++] = c;
  }

  /// From the parameter on; gives the index of the last character.
  std::size_t escape(std::string_view text, std::size_t at) {
    std::size_t number = 0;
    for (; text[at] >= '0' && text[at] <= '9'; ++at) number = number * 10 + static_cast<std::size_t>(text[at] - '0');
    if (text[at] == 'A') row_ = number > row_ ? 0 : row_ - number;
    if (text[at] == 'K' || text[at] == 'J') rows_[row_].resize(std::min(rows_[row_].size(), column_));
    if (text[at] == 'J') rows_.resize(row_ + 1);
    return at;
  }

  std::size_t width_, row_ = 0, column_ = 0;
  std::vector<std::string> rows_{""};
};

}  // namespace g5ksync::app
