#include "app/agent/entry_writer.h"

#include <cerrno>

#include "engine/tree/quick_check.h"

namespace g5ksync::app {

fs::Attributes attributes_for(const tree::FileEntry& entry, const proto::Start& start, std::uint32_t umask,
                              bool is_new) {
  fs::Attributes attributes;
  attributes.set_mode = start.mask.mode || is_new;
  attributes.mode = start.mask.mode ? entry.stat.mode : entry.stat.mode & 0777 & ~umask;
  attributes.set_mtime = start.mask.mtime;
  attributes.mtime = entry.stat.mtime;
  attributes.set_uid = start.mask.owner && entry.stat.uid != tree::kLeaveId;
  attributes.uid = entry.stat.uid;
  attributes.set_gid = start.mask.group && entry.stat.gid != tree::kLeaveId;
  attributes.gid = entry.stat.gid;
  return attributes;
}

void report_problem(proto::DiskResult& result, EntryId entry, const base::Error& error) {
  ++result.counted.problems;
  result.reports.push_back(
      {proto::ReportKind::problem, entry, error.kind, static_cast<std::uint32_t>(error.sys_errno), error.context});
  if (error.kind == base::ErrorKind::no_space && !result.fatal) result.fatal = error;
}

void tell_change(Destination& destination, proto::DiskResult& result, EntryId entry, std::string itemized,
                 bool awaits_content) {
  proto::Report change{proto::ReportKind::change, entry, base::ErrorKind::io, 0, std::move(itemized)};
  if (awaits_content)
    destination.hold(std::move(change));
  else
    result.reports.push_back(std::move(change));
}

base::Result<EntryWriter> EntryWriter::in(Destination& destination, EntryId id) {
  G5K_ASSIGN(auto directory, destination.directory(id));
  return EntryWriter(destination, id, std::move(directory));
}

template <class Step>
auto EntryWriter::with_access(Step step) -> decltype(step()) {
  auto done = step();
  if (!done && done.error().sys_errno == EACCES && destination_->make_writable(id_)) done = step();
  if (done) destination_->touch(id_);
  destination_->stepped();
  return done;
}

base::Result<void> EntryWriter::make_directory(const std::string& name, bool replace) {
  return with_access([&]() -> base::Result<void> {
    if (replace) G5K_TRY(directory_->remove_file(name));
    return directory_->make_directory(name, 0700);
  });
}

base::Result<void> EntryWriter::clear_way(const std::string& name) {
  return destination_->deletions().clear_way(*directory_, id_, destination_->path(id_), name);
}

void EntryWriter::remove(const std::string& name, const fs::TreeRemoval& how) {
  fs::TreeRemoval telling = how;
  telling.gone = [&](const std::string& path, fs::FileType type) {
    if (!how.only_tell && path == name) destination_->touch(id_);  // not where what is protected in it stays
    how.gone(path, type);
  };
  base::Error refused;
  fs::TreeRemoval first = telling;
  first.failed = [&](const std::string& path, base::Error error) {
    if (error.sys_errno == EACCES && path == name)
      refused = std::move(error);  // by the directory itself
    else
      how.failed(path, std::move(error));
  };
  (void)fs::remove_tree(*directory_, name, first);
  if (refused.sys_errno == 0) return;
  if (!how.only_tell && destination_->make_writable(id_))
    (void)fs::remove_tree(*directory_, name, telling);
  else
    how.failed(name, std::move(refused));
}

base::Result<void> EntryWriter::put(const std::string& temp, const std::string& name, bool replace_directory) {
  if (replace_directory) G5K_TRY(clear_way(name));
  auto renamed = directory_->rename(temp, name);
  if (!renamed) (void)directory_->remove_file(temp);
  return renamed;
}

base::Result<void> EntryWriter::make_symlink(const tree::FileEntry& entry, const fs::Attributes& attributes,
                                             bool replace_directory) {
  return with_access([&]() -> base::Result<void> {
    const std::string temp = destination_->new_temp_name();
    G5K_TRY(directory_->make_symlink(temp, entry.link_target));
    fs::Attributes own = attributes;
    own.set_mode = false;  // a link has none
    (void)directory_->set_attributes(temp, fs::FileType::symlink, own);
    return put(temp, entry.name, replace_directory);
  });
}

base::Result<void> EntryWriter::make_node(const tree::FileEntry& entry, const fs::Attributes& attributes,
                                          bool replace_directory) {
  return with_access([&]() -> base::Result<void> {
    const std::string temp = destination_->new_temp_name();
    G5K_TRY(directory_->make_node(temp, entry.stat.type, 0600, entry.stat.rdev));
    auto set = directory_->set_attributes(temp, entry.stat.type, attributes);
    if (!set) {
      (void)directory_->remove_file(temp);
      return set;
    }
    return put(temp, entry.name, replace_directory);
  });
}

base::Result<void> EntryWriter::make_link(const std::string& name, const fs::Directory& holder,
                                          const std::string& existing, bool replace_directory) {
  return with_access([&]() -> base::Result<void> {
    const std::string temp = destination_->new_temp_name();
    G5K_TRY(directory_->make_link(temp, holder, existing));
    return put(temp, name, replace_directory);
  });
}

base::Result<std::unique_ptr<fs::TempFile>> EntryWriter::create_temp(const std::string& name) {
  auto file = with_access([&] { return directory_->create_temp(destination_->new_temp_name(name)); });
  if (file && destination_->start().has(proto::run_flag::sparse)) (*file)->make_sparse();
  return file;
}

base::Result<void> EntryWriter::write_file(base::ByteView bytes, const fs::Attributes& attributes,
                                           const std::string& name) {
  G5K_ASSIGN(auto file, create_temp(name));
  if (!bytes.empty()) G5K_TRY(file->write_at(0, bytes));
  return commit(*file, attributes, name);
}

base::Result<void> EntryWriter::commit(fs::TempFile& file, const fs::Attributes& attributes, const std::string& name) {
  fs::Attributes all = attributes;
  if (!destination_->start().mask.mode) {  // without --perms a file that is replaced hands its mode on
    const auto replaced = directory_->stat(name);
    if (replaced && replaced->type == fs::FileType::regular) all.mode = replaced->mode;
  }
  if (destination_->elsewhere().expecting()) destination_->elsewhere().hold(*directory_, destination_->path(id_), name);
  return with_access([&]() -> base::Result<void> {
    auto committed = file.commit(all, name);
    if (committed || committed.error().sys_errno != EISDIR) return committed;
    G5K_TRY(clear_way(name));
    return file.commit(all, name);
  });
}

}  // namespace g5ksync::app
