// Names that the project itself puts into a destination, and telling other runs' leftovers from live ones.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace g5ksync::fs {

/// Every temporary name starts with this; the scan and deletes pass such names over.
inline constexpr std::string_view kTempPrefix = ".g5ksync.";

/// ".g5ksync.<run id>.<number>": unique within a run, at most 64 bytes long.
std::string temp_name(std::string_view run_id, std::uint64_t number);
/// The same for a file that is to be renamed onto `target`: the number's upper half is a sum of that name, so that who
/// finds it left over can tell what it is a part of.
std::string temp_name_for(std::string_view run_id, std::uint32_t number, std::string_view target);
/// Whether a temp name was made for `target`; a few others look the same.
bool is_temp_of(std::string_view name, std::string_view target);
/// ".g5ksync.<run id>.lease": made in the destination before the run's first temp file and removed after its last.
std::string lease_name(std::string_view run_id);

/// The run id inside a temp or lease name; empty for any other name. A run id is 16 lower-case hex digits.
std::string_view run_id_of(std::string_view name);

}  // namespace g5ksync::fs
