// Bringing single entries of one directory up to date: the steps that comparing and writing share.
#pragma once

#include "app/agent/destination.h"
#include "engine/fs/remove_tree.h"
#include "proto/session/replica_jobs.h"

namespace g5ksync::app {

/// The attributes that `entry` gets at the destination under the run's mask. `is_new`: nothing of that type was there,
/// so that without --perms the mode is the source's less the umask.
fs::Attributes attributes_for(const tree::FileEntry& entry, const proto::Start& start, std::uint32_t umask,
                              bool is_new);

/// Adds a problem to `result`; no space left ends the run.
void report_problem(proto::DiskResult& result, EntryId entry, const base::Error& error);

/// Adds a change to `result`: what `itemized` says of the entry. If it awaits content, the destination holds it until
/// that is in place.
void tell_change(Destination& destination, proto::DiskResult& result, EntryId entry, std::string itemized,
                 bool awaits_content = false);

/// Works in one open directory. Every change of a name marks the directory as touched. When the directory itself
/// refuses (its owner may not write into it) it is made writable until the end, and the step is tried again.
class EntryWriter {
 public:
  /// `id` must be in `destination`'s table. Fails where the directory is lost.
  static base::Result<EntryWriter> in(Destination& destination, EntryId id);

  fs::Directory& directory() { return *directory_; }
  EntryId id() const { return id_; }

  base::Result<void> make_directory(const std::string& name, bool replace);
  base::Result<void> make_symlink(const tree::FileEntry& entry, const fs::Attributes& attributes,
                                  bool replace_directory);
  base::Result<void> make_node(const tree::FileEntry& entry, const fs::Attributes& attributes, bool replace_directory);
  base::Result<void> make_link(const std::string& name, const fs::Directory& holder, const std::string& existing,
                               bool replace_directory);
  /// For a file that is to be called `name`.
  base::Result<std::unique_ptr<fs::TempFile>> create_temp(const std::string& name);
  /// The whole of a small (or empty) file.
  base::Result<void> write_file(base::ByteView bytes, const fs::Attributes& attributes, const std::string& name);
  /// fs::remove_tree() of `name`; once more where the directory had to be made writable for it.
  void remove(const std::string& name, const fs::TreeRemoval& how);
  /// Renames a written file onto `name`, in place of whatever is there but a directory that Deletions keeps.
  base::Result<void> commit(fs::TempFile& file, const fs::Attributes& attributes, const std::string& name);

 private:
  EntryWriter(Destination& destination, EntryId id, std::shared_ptr<fs::Directory> directory)
      : destination_(&destination), id_(id), directory_(std::move(directory)) {}
  template <class Step>
  auto with_access(Step step) -> decltype(step());
  base::Result<void> clear_way(const std::string& name);
  base::Result<void> put(const std::string& temp, const std::string& name, bool replace_directory);

  Destination* destination_;
  EntryId id_;
  std::shared_ptr<fs::Directory> directory_;
};

}  // namespace g5ksync::app
