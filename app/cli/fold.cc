// The way back from names to a nodeset.
#include <algorithm>
#include <charconv>
#include <cstdint>
#include <unordered_map>
#include <unordered_set>

#include "app/cli/nodeset.h"

namespace g5ksync::app {
namespace {

constexpr std::size_t kMaxDigits = 9;

/// A name seen as `prefix` DIGITS `suffix`, for one of the numbers in it.
struct Split {
  std::string_view prefix, digits, suffix;
  /// Names with the same key differ in the number only. '[' is in no name.
  std::string key() const { return std::string(prefix) + "[" + std::string(suffix); }
};

bool is_digit(char c) { return c >= '0' && c <= '9'; }

std::vector<Split> splits_of(std::string_view name) {
  std::vector<Split> splits;
  for (std::size_t at = 0; at < name.size();) {
    std::size_t end = at;
    while (end < name.size() && is_digit(name[end])) ++end;
    if (end > at && end - at <= kMaxDigits)
      splits.push_back({name.substr(0, at), name.substr(at, end - at), name.substr(end)});
    at = std::max(end, at + 1);
  }
  return splits;
}

struct Number {
  std::uint32_t value;
  std::string text;
};

Number number_of(std::string_view digits) {
  std::uint32_t value = 0;
  std::from_chars(digits.data(), digits.data() + digits.size(), value);
  return {value, std::string(digits)};
}

/// Whether `number`, in a range that starts with `first`, is spelt as expanding that range would spell it.
bool spelt_as_in_range(const Number& first, const Number& number) {
  const std::size_t width = first.text.size() > 1 && first.text.front() == '0' ? first.text.size() : 0;
  const std::string plain = std::to_string(number.value);
  return number.text == (plain.size() < width ? std::string(width - plain.size(), '0') + plain : plain);
}

/// "1-4,7" of numbers in any order.
std::string ranges_of(std::vector<Number> numbers) {
  std::sort(numbers.begin(), numbers.end(), [](const Number& a, const Number& b) {
    return a.value != b.value ? a.value < b.value : a.text.size() < b.text.size();
  });
  std::string text;
  for (std::size_t first = 0; first < numbers.size();) {
    std::size_t last = first;
    while (last + 1 < numbers.size() && numbers[last + 1].value == numbers[last].value + 1 &&
           spelt_as_in_range(numbers[first], numbers[last + 1]))
      ++last;
    if (!text.empty()) text += ',';
    text += numbers[first].text;
    if (last > first) text += (last == first + 1 ? "," : "-") + numbers[last].text;
    first = last + 1;
  }
  return text;
}

struct Group {
  std::string prefix, suffix;
  std::vector<Number> numbers;  // none: `prefix` is a name without numbers
};

std::string text_of(const Group& group) {
  if (group.numbers.empty()) return group.prefix;
  if (group.numbers.size() == 1) return group.prefix + group.numbers.front().text + group.suffix;
  return group.prefix + "[" + ranges_of(group.numbers) + "]" + group.suffix;
}

}  // namespace

std::string fold_nodeset(std::span<const std::string> names) {
  std::vector<std::string_view> unique;
  std::unordered_set<std::string_view> seen;
  std::unordered_map<std::string, std::size_t> gathered;  // by key: how many names it would hold
  for (const std::string& name : names) {
    if (!seen.insert(name).second) continue;
    unique.push_back(name);
    for (const Split& split : splits_of(name)) ++gathered[split.key()];
  }
  std::vector<Group> groups;
  std::unordered_map<std::string, std::size_t> group_of;
  for (const std::string_view name : unique) {
    const std::vector<Split> splits = splits_of(name);
    if (splits.empty()) {
      groups.push_back({std::string(name), "", {}});
      continue;
    }
    const auto most = std::max_element(splits.rbegin(), splits.rend(), [&](const Split& a, const Split& b) {
      return gathered[a.key()] < gathered[b.key()];
    });
    const auto [at, is_new] = group_of.try_emplace(most->key(), groups.size());
    if (is_new) groups.push_back({std::string(most->prefix), std::string(most->suffix), {}});
    groups[at->second].numbers.push_back(number_of(most->digits));
  }
  std::string text;
  for (const Group& group : groups) text += (text.empty() ? "" : ",") + text_of(group);
  return text;
}

}  // namespace g5ksync::app
