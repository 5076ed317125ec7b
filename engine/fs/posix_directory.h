// The posix Directory: an O_PATH descriptor, so that a directory without read permission can still be written to.
#pragma once

#include <memory>

#include "engine/fs/directory.h"
#include "engine/fs/means.h"

namespace g5ksync::fs {

class PosixDirectory final : public Directory {
 public:
  PosixDirectory(base::Fd fd, const Means& means)
      : fd_(std::make_shared<const base::Fd>(std::move(fd))), means_(means) {}

  base::Result<std::vector<std::string>> names() const override;
  base::Result<Stat> stat(std::string_view name) const override;
  base::Result<Stat> stat_self() const override;
  base::Result<std::unique_ptr<Directory>> open_directory(std::string_view path) const override;
  base::Result<base::Fd> open_file(std::string_view path) const override;
  base::Result<bool> is_mount_point(std::string_view name) const override;
  base::Result<std::string> read_link(std::string_view name) const override;

  base::Result<void> make_directory(std::string_view name, std::uint32_t mode) override;
  base::Result<void> make_symlink(std::string_view name, std::string_view target) override;
  base::Result<void> make_node(std::string_view name, FileType type, std::uint32_t mode, std::uint64_t rdev) override;
  base::Result<void> make_link(std::string_view name, const Directory& holder, std::string_view existing) override;
  base::Result<std::unique_ptr<TempFile>> create_temp(std::string_view temp_name) override;
  base::Result<void> rename(std::string_view from, std::string_view to) override;
  base::Result<void> remove_file(std::string_view name) override;
  base::Result<void> remove_directory(std::string_view name) override;
  base::Result<void> set_attributes(std::string_view name, FileType type, const Attributes& attributes) override;
  base::Result<void> set_own_attributes(const Attributes& attributes) override;
  int descriptor() const override { return fd(); }

 private:
  int fd() const { return fd_->get(); }

  std::shared_ptr<const base::Fd> fd_;  // shared with the temp files made here
  Means means_;
};

}  // namespace g5ksync::fs
