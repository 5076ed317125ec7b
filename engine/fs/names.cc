#include "engine/fs/names.h"

#include <algorithm>
#include <charconv>

namespace g5ksync::fs {
namespace {

constexpr std::size_t kRunIdLength = 16;
constexpr std::string_view kLeaseSuffix = "lease";

bool is_run_id(std::string_view text) {
  return text.size() == kRunIdLength &&
         std::all_of(text.begin(), text.end(), [](char c) { return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f'); });
}

/// What temp_name() writes: decimal, no leading zero, at most 20 digits (2^64 - 1 has 20).
bool is_number(std::string_view text) {
  if (text.empty() || text.size() > 20 || (text.size() > 1 && text.front() == '0')) return false;
  return std::all_of(text.begin(), text.end(), [](char c) { return c >= '0' && c <= '9'; });
}

/// FNV-1a (G. Fowler, L. C. Noll, K.-P. Vo); never 0.
std::uint32_t sum_of_name(std::string_view name) {
  std::uint32_t sum = 2166136261u;
  for (const char c : name) sum = (sum ^ static_cast<unsigned char>(c)) * 16777619u;
  return sum | 1;
}

std::string prefixed(std::string_view run_id, std::string_view suffix) {
  std::string name(kTempPrefix);
  name += run_id;
  name += '.';
  name += suffix;
  return name;
}

}  // namespace

std::string temp_name(std::string_view run_id, std::uint64_t number) {
  return prefixed(run_id, std::to_string(number));
}

std::string temp_name_for(std::string_view run_id, std::uint32_t number, std::string_view target) {
  return temp_name(run_id, std::uint64_t{sum_of_name(target)} << 32 | number);
}

bool is_temp_of(std::string_view name, std::string_view target) {
  if (run_id_of(name).empty() || name.ends_with(kLeaseSuffix)) return false;
  const std::string_view digits = name.substr(kTempPrefix.size() + kRunIdLength + 1);
  std::uint64_t number = 0;
  const auto read = std::from_chars(digits.data(), digits.data() + digits.size(), number);
  return read.ec == std::errc() && number >> 32 == sum_of_name(target);
}

std::string lease_name(std::string_view run_id) { return prefixed(run_id, kLeaseSuffix); }

std::string_view run_id_of(std::string_view name) {
  if (!name.starts_with(kTempPrefix)) return {};
  const std::string_view rest = name.substr(kTempPrefix.size());
  if (rest.size() <= kRunIdLength + 1 || rest[kRunIdLength] != '.') return {};
  const std::string_view run_id = rest.substr(0, kRunIdLength);
  const std::string_view suffix = rest.substr(kRunIdLength + 1);
  return is_run_id(run_id) && (suffix == kLeaseSuffix || is_number(suffix)) ? run_id : std::string_view{};
}

}  // namespace g5ksync::fs
