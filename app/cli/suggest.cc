#include "app/cli/suggest.h"

#include <algorithm>
#include <vector>

namespace g5ksync::app {
namespace {

constexpr std::size_t kLongestWord = 64;  // longer words are no slip of the fingers, and the table stays small

/// Optimal string alignment distance (Damerau–Levenshtein with each letter edited once).
std::size_t edits(std::string_view a, std::string_view b) {
  std::vector<std::size_t> before_last(b.size() + 1), last(b.size() + 1), row(b.size() + 1);
  for (std::size_t j = 0; j <= b.size(); ++j) last[j] = j;
  for (std::size_t i = 1; i <= a.size(); ++i) {
    row[0] = i;
    for (std::size_t j = 1; j <= b.size(); ++j) {
      const std::size_t replaced = last[j - 1] + (a[i - 1] == b[j - 1] ? 0 : 1);
      row[j] = std::min({replaced, last[j] + 1, row[j - 1] + 1});
      const bool swapped = i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1];
      if (swapped) row[j] = std::min(row[j], before_last[j - 2] + 1);
    }
    before_last.swap(last);
    last.swap(row);
  }
  return last[b.size()];
}

}  // namespace

std::string nearest(std::string_view typed, std::span<const std::string> known) {
  if (typed.empty() || typed.size() > kLongestWord) return {};
  const std::size_t letters = typed.size() - std::min(typed.find_first_not_of('-'), typed.size());
  std::size_t least = std::max<std::size_t>(1, letters / 3) + 1;
  std::string best;
  for (const std::string& word : known) {
    if (word.size() > kLongestWord) continue;
    const std::size_t count = edits(typed, word);
    if (count >= least || count >= word.size()) continue;
    least = count;
    best = word;
  }
  return best;
}

std::string did_you_mean(std::string_view typed, std::span<const std::string> known) {
  const std::string word = nearest(typed, known);
  return word.empty() ? std::string() : "; did you mean " + word + "?";
}

}  // namespace g5ksync::app
