// A directory of a test's own, which is the current one while it lives.
#pragma once

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <string>

namespace g5ksync::app {

class TempDirectory {
 public:
  TempDirectory() : before_(std::filesystem::current_path()) {
    std::string name = (std::filesystem::temp_directory_path() / "g5ksync-cli-XXXXXX").string();
    if (!::mkdtemp(name.data())) throw std::runtime_error("mkdtemp");
    path_ = name;
    std::filesystem::current_path(path_);
  }
  TempDirectory(const TempDirectory&) = delete;
  TempDirectory& operator=(const TempDirectory&) = delete;
  ~TempDirectory() {
    std::filesystem::current_path(before_);
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
  }

  const std::filesystem::path& path() const { return path_; }
  void file(const std::string& name) const { std::ofstream(path_ / name) << "x"; }
  void directory(const std::string& name) const { std::filesystem::create_directories(path_ / name); }

 private:
  std::filesystem::path before_, path_;
};

}  // namespace g5ksync::app
