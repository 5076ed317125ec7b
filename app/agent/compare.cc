// CompareJob: one directory's listing against the disk.
#include <unistd.h>

#include <cerrno>

#include "app/agent/disk.h"
#include "app/agent/entry_writer.h"
#include "engine/tree/quick_check.h"

namespace g5ksync::app {
namespace {

using fs::FileType;

tree::ContentCheck content_check(const proto::Start& start) {
  if (start.has(proto::run_flag::checksum)) return tree::ContentCheck::sum;
  if (start.has(proto::run_flag::size_only)) return tree::ContentCheck::size_only;
  return start.has(proto::run_flag::ignore_times) ? tree::ContentCheck::always : tree::ContentCheck::quick;
}

/// Compares and mends the entries of one listing part.
class Comparison {
 public:
  Comparison(Destination& destination, const proto::CompareJob& job, proto::DiskResult& result,
             proto::CompareDone& done)
      : destination_(destination),
        start_(destination.start()),
        part_(*job.part),
        scanned_(job.scanned),
        result_(result),
        done_(done),
        check_(content_check(start_)),
        passing_{start_.has(proto::run_flag::update), start_.has(proto::run_flag::existing),
                 start_.has(proto::run_flag::ignore_existing)},
        dry_run_(start_.has(proto::run_flag::dry_run)),
        unit_(std::max(start_.time_unit, destination.time_unit())) {}

  void run(const std::atomic<bool>& cancelled) {
    own_.uid = ::geteuid();
    own_.gid = ::getegid();
    new_ = destination_.is_new(part_.directory);
    const std::vector<std::uint32_t> others = pass_unchanged();
    if (others.empty() && !looks_around()) return;
    if (auto opened = EntryWriter::in(destination_, part_.directory))
      writer_.emplace(std::move(*opened));
    else if (!(dry_run_ && new_))
      return lose_everything(opened.error());
    if (writer_ && !new_) look_around();
    for (const std::uint32_t i : others) {
      if (cancelled || result_.fatal) return;
      one(i);
    }
  }

 private:
  EntryId id_of(std::uint32_t index) const { return part_.first_entry + index; }

  /// Whether what the scan saw is all that this run would look at.
  bool trusts_scan() const {
    const bool quick = check_ == tree::ContentCheck::quick && !start_.has(proto::run_flag::hard_links);
    if (!quick || scanned_.directory == nullptr) return false;
    const tree::DigestRules& rules = scanned_.tree->rules();
    return rules.time_unit == unit_ && (!start_.mask.owner || rules.owner) && (!start_.mask.group || rules.group);
  }

  /// Deals with the entries that the scan has found to be there as they are to be. Gives all others.
  std::vector<std::uint32_t> pass_unchanged() {
    std::vector<std::uint32_t> others;
    std::optional<tree::OwnDigest> sums;
    if (trusts_scan()) sums.emplace(scanned_.tree->rules());
    for (std::uint32_t i = 0; i < part_.entries.size(); ++i) {
      const proto::ListingEntry& item = part_.entries[i];
      if (sums) sums->add(item.entry, item.owner_name, item.group_name);
      if (sums && scanned_.directory->saw(sums->last_entry()))
        unchanged(i);
      else
        others.push_back(i);
    }
    return others;
  }

  void unchanged(std::uint32_t index) {
    proto::ListingEntry& item = part_.entries[index];
    ++result_.counted.entries_compared;
    if (item.entry.stat.type == FileType::regular) ++result_.counted.files_skipped;
    if (item.entry.stat.type != FileType::directory) return;
    (void)destination_.accounts().map(item, start_.mask, own_);  // the names that it has there are those of the source
    add_directory(index, item.entry, {});
  }

  void lose_everything(const base::Error& why) {
    const bool told = why.sys_errno == 0;  // a lost directory was reported when it was lost
    if (!told) report_problem(result_, part_.directory, why);
    for (std::uint32_t i = 0; i < part_.entries.size(); ++i)
      if (part_.entries[i].entry.stat.type == FileType::directory) lose(i);
  }

  void lose(std::uint32_t index) {
    Destination::Subdirectory subdirectory;
    subdirectory.name = part_.entries[index].entry.name;
    subdirectory.lost = true;
    destination_.add(id_of(index), part_.directory, std::move(subdirectory));
  }

  bool looks_for_leftovers() const {
    const bool may_be = scanned_.directory == nullptr || scanned_.directory->may_have_temporary;
    return part_.first && !dry_run_ && may_be;
  }
  bool looks_around() const { return looks_for_leftovers() || destination_.deletions().wanted(); }

  /// What else is there: leftovers of dead runs, and what is to be deleted.
  void look_around() {
    const bool leftovers = looks_for_leftovers();
    if (!looks_around()) return;
    auto names = writer_->directory().names();
    if (!names && destination_.deletions().wanted() && part_.first)
      report_problem(result_, part_.directory, names.error());
    if (!names) return;
    if (leftovers && destination_.leftovers().clear(part_.directory, writer_->directory(), *names) > 0)
      destination_.touch(part_.directory);
    destination_.deletions().compare(part_, std::move(*names));
  }

  /// Where a directory stands in the place of something else, it must be one that may go. A dry run tells what goes.
  base::Result<void> check_way(const tree::FileEntry& entry, const std::optional<fs::Stat>& there) {
    const bool in_the_way =
        there && there->type == FileType::directory && entry.stat.type != FileType::directory && writer_;
    if (!in_the_way) return {};
    return destination_.deletions().check_way(writer_->directory(), part_.directory, destination_.path(part_.directory),
                                              entry.name);
  }

  bool preserved(fs::FileType type) const {
    const bool device = type == FileType::char_device || type == FileType::block_device;
    return tree::covered(type, start_.mask) &&
           (!device || destination_.accounts().sets_owner());  // root, as with rsync
  }

  void one(std::uint32_t index) {
    const tree::FileEntry& entry = part_.entries[index].entry;
    ++result_.counted.entries_compared;
    destination_.stepped();
    if (!preserved(entry.stat.type) || part_.entries[index].link_leader != 0) return;  // names of one file come last
    std::optional<fs::Stat> there;
    std::string target;
    if (!new_ && writer_) {
      auto found = writer_->directory().stat(entry.name);
      if (found)
        there = *found;
      else if (found.error().sys_errno != ENOENT)
        return fail(index, std::move(found).error());
      if (there && there->type == FileType::symlink && entry.stat.type == FileType::symlink)
        if (auto read = writer_->directory().read_link(entry.name)) target = *read;
    }
    if (tree::passed_over(entry, there, passing_)) return pass_over(index, entry);
    result_.counted.unsettable += destination_.accounts().map(part_.entries[index], start_.mask, there.value_or(own_));
    if (auto way = check_way(entry, there); !way) return fail(index, std::move(way).error());
    tree::Difference difference = tree::compare(entry, there, target, start_.mask, unit_, check_);
    if (start_.has(proto::run_flag::hard_links)) separate(index, there, difference);
    const bool mended = mend(index, entry, difference, there);
    if (mended && difference.missing) ++result_.counted.missing;
    if (mended && difference.any() && !difference.undecided && start_.has(proto::run_flag::itemize))
      tell(index, entry, difference);
  }

  /// A file whose content is still to come is told of when it is in place.
  void tell(std::uint32_t index, const tree::FileEntry& entry, const tree::Difference& difference) {
    const bool awaits_content = !done_.wanted.empty() && done_.wanted.back() == index && !dry_run_;
    tell_change(destination_, result_, id_of(index), tree::itemize(entry, difference) + entry.link_target,
                awaits_content);
  }

  /// A file that shares its inode with another one of this run, and should not, gets one of its own.
  void separate(std::uint32_t index, const std::optional<fs::Stat>& there, tree::Difference& difference) {
    constexpr std::uint64_t kIsGroup = std::uint64_t{1} << 63;
    const proto::ListingEntry& item = part_.entries[index];
    const std::uint64_t owner = item.link_group != 0 ? item.link_group | kIsGroup : id_of(index);
    const bool both_files = there && there->type == FileType::regular && item.entry.stat.type == FileType::regular;
    if (both_files && there->nlink > 1 && !destination_.claim(*there, owner))
      difference.content = true, difference.undecided = false;
    if (dry_run_ && item.link_group != 0 && difference.needs_content()) destination_.note_rewritten(id_of(index));
  }

  void pass_over(std::uint32_t index, const tree::FileEntry& entry) {
    if (entry.stat.type == FileType::directory) lose(index);
    if (entry.stat.type == FileType::regular) ++result_.counted.files_skipped;
  }

  void fail(std::uint32_t index, base::Error error) {
    report_problem(result_, id_of(index), error);
    if (part_.entries[index].entry.stat.type == FileType::directory) lose(index);
  }

  /// False: it could not be done, and that is reported.
  bool mend(std::uint32_t index, const tree::FileEntry& entry, const tree::Difference& difference,
            const std::optional<fs::Stat>& there) {
    base::Result<void> done;
    switch (entry.stat.type) {
      case FileType::directory:
        done = directory(index, entry, difference);
        break;
      case FileType::regular:
        done = file(index, entry, difference, there);
        break;
      default:
        done = other(entry, difference, there);
        break;
    }
    if (!done) fail(index, std::move(done).error());
    return done.has_value();
  }

  base::Result<void> directory(std::uint32_t index, const tree::FileEntry& entry, const tree::Difference& difference) {
    const bool make = difference.missing || difference.type;
    if (make) ++result_.counted.directories_made;
    if (make && !dry_run_) G5K_TRY(writer_->make_directory(entry.name, difference.type));
    if (!make && difference.any()) ++result_.counted.attributes_set;
    add_directory(index, entry, difference);
    return {};
  }

  void add_directory(std::uint32_t index, const tree::FileEntry& entry, const tree::Difference& difference) {
    const bool make = difference.missing || difference.type;
    Destination::Subdirectory subdirectory;
    subdirectory.name = entry.name;
    subdirectory.attributes = attributes_for(entry, start_, destination_.umask(), make);
    subdirectory.made = make && !dry_run_;
    subdirectory.absent = make && dry_run_;
    subdirectory.mend = difference.any();
    destination_.add(id_of(index), part_.directory, std::move(subdirectory));
  }

  base::Result<void> file(std::uint32_t index, const tree::FileEntry& entry, const tree::Difference& difference,
                          const std::optional<fs::Stat>& there) {
    if (!difference.needs_content() && !difference.undecided) {
      ++result_.counted.files_skipped;
      return attributes(entry, difference);
    }
    const bool undecided = difference.undecided;
    if (entry.stat.size > 0 && (undecided || !dry_run_)) {
      done_.wanted.push_back(index);
      done_.undecided.push_back(undecided);
      std::uint64_t basis = there && there->type == FileType::regular ? there->size : 0;
      done_.elsewhere.push_back(!undecided && destination_.elsewhere().expect(entry.stat.size, basis));
      for (const auto& part : destination_.leftovers().of(part_.directory, entry.name, entry.stat.size))
        basis += part.size;
      done_.bases.push_back(basis);
      return {};
    }
    ++result_.counted.files_wanted;
    result_.counted.bytes_wanted += entry.stat.size;
    if (dry_run_) return {};
    G5K_TRY(writer_->write_file({}, attributes_for(entry, start_, destination_.umask(), true), entry.name));
    ++result_.counted.files_written;
    return {};
  }

  base::Result<void> other(const tree::FileEntry& entry, const tree::Difference& difference,
                           const std::optional<fs::Stat>& there) {
    if (!difference.needs_content()) return attributes(entry, difference);
    const bool link = entry.stat.type == FileType::symlink;
    ++(link ? result_.counted.links_made : result_.counted.nodes_made);
    if (dry_run_) return {};
    const fs::Attributes attributes = attributes_for(entry, start_, destination_.umask(), true);
    const bool replace_directory = there && there->type == FileType::directory;
    return link ? writer_->make_symlink(entry, attributes, replace_directory)
                : writer_->make_node(entry, attributes, replace_directory);
  }

  base::Result<void> attributes(const tree::FileEntry& entry, const tree::Difference& difference) {
    if (!difference.any()) return {};
    ++result_.counted.attributes_set;
    if (dry_run_) return {};
    return writer_->directory().set_attributes(entry.name, entry.stat.type,
                                               attributes_for(entry, start_, destination_.umask(), false));
  }

  Destination& destination_;
  const proto::Start& start_;
  proto::ListingPart& part_;
  const proto::Scanned& scanned_;
  proto::DiskResult& result_;
  proto::CompareDone& done_;
  const tree::ContentCheck check_;
  const tree::PassOver passing_;
  const bool dry_run_;
  const std::uint64_t unit_;
  bool new_ = false;
  fs::Stat own_;  // what a new file has: the agent's user and group
  std::optional<EntryWriter> writer_;
};

}  // namespace

void Disk::run(const proto::CompareJob& job, proto::DiskResult& result) {
  proto::CompareDone done{job.part, {}, {}, {}, {}};
  Comparison(destination_, job, result, done).run(cancelled_);
  result.done = std::move(done);
}

}  // namespace g5ksync::app
