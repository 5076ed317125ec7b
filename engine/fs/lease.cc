#include "engine/fs/lease.h"

#include <array>
#include <cerrno>
#include <optional>

#include "engine/fs/names.h"

namespace g5ksync::fs {
namespace {

struct FoundLease {
  std::optional<ProcessIdentity> owner;  // nothing where the line is cut short
  FileTime mtime;
};

base::Result<FoundLease> read_lease(const Directory& directory, std::string_view run_id) {
  G5K_ASSIGN(const base::Fd file, directory.open_file(lease_name(run_id)));
  G5K_ASSIGN(const Stat stat, stat_of(file));
  std::array<char, 1024> text;
  G5K_ASSIGN(const std::size_t size, read_at(file, 0, std::as_writable_bytes(std::span(text))));
  return FoundLease{ProcessIdentity::parse({text.data(), size}), stat.mtime};
}

}  // namespace

base::Result<Lease> Lease::create(Directory& directory, std::string_view run_id) {
  G5K_ASSIGN(auto file, directory.create_temp(lease_name(run_id)));
  G5K_TRY(file->write_at(0, base::view_of(ProcessIdentity::of_this_process().line())));
  return Lease(directory, std::move(file));
}

base::Result<void> Lease::renew() {
  Attributes attributes;
  attributes.set_mtime = attributes.mtime_now = true;
  return directory_->set_attributes(file_->temp_name(), FileType::regular, attributes);
}

void Lease::leave() {
  Attributes attributes;
  attributes.set_mtime = true;  // 1970
  (void)directory_->set_attributes(file_->temp_name(), FileType::regular, attributes);
  file_->keep();
  file_.reset();
}

LeaseState lease_state(const Directory& directory, std::string_view run_id, FileTime now, const ProcessIdentity& self) {
  const auto found = read_lease(directory, run_id);
  if (!found) return found.error().sys_errno == ENOENT ? LeaseState::dead : LeaseState::unknown;
  if (found->owner && self.same_machine(*found->owner)) {
    const Running running = is_running(*found->owner);
    if (running != Running::unknown) return running == Running::yes ? LeaseState::live : LeaseState::dead;
  }
  if (now.seconds - found->mtime.seconds >= kLeaseSeconds) return LeaseState::dead;
  return found->owner ? LeaseState::live : LeaseState::unknown;
}

base::Result<FileTime> server_now(Directory& directory, std::string_view probe_name) {
  G5K_ASSIGN(const auto probe, directory.create_temp(probe_name));
  G5K_ASSIGN(const Stat stat, directory.stat(probe->temp_name()));
  return stat.mtime;
}

}  // namespace g5ksync::fs
