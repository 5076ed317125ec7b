// The real rsync, as a judge.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace g5ksync::test {

/// Whether there is one; says so, visibly, when there is not.
bool have_rsync();

/// The lines that `rsync` prints with these arguments. Throws if it fails.
std::vector<std::string> run_rsync(const std::vector<std::string>& arguments);

/// G5KSYNC_TEST_SEED, or a new one; the caller puts it in its messages.
std::uint32_t test_seed();

/// `usual`, or G5KSYNC_TEST_ROUNDS.
std::uint32_t rounds(std::uint32_t usual);

}  // namespace g5ksync::test
