// DigestJob: the digests of what is at the destination.
#include "app/agent/digests.h"

#include "engine/exec/inline.h"

namespace g5ksync::app {

std::unique_ptr<tree::Scan> start_digests(Destination& destination, base::Executor& executor,
                                          const proto::DigestJob& job, std::function<void(proto::DiskResult)> done) {
  tree::DigestScanOptions options;
  options.rules = job.rules;
  options.own_run_id = destination.start().run_id;
  options.deletes = destination.start().has(proto::run_flag::delete_extra);
  if (!destination.start().has(proto::run_flag::numeric_ids)) {
    options.user_name = [&destination](std::uint32_t uid) { return destination.accounts().user_name(uid); };
    options.group_name = [&destination](std::uint32_t gid) { return destination.accounts().group_name(gid); };
  }
  const auto root = destination.directory(tree::kRoot);
  options.files =
      destination.start().has(proto::run_flag::detect_moves) && !destination.start().has(proto::run_flag::dry_run);
  const auto give = [&destination, done = std::move(done)](std::shared_ptr<const tree::DigestTree> tree) {
    destination.elsewhere().know(tree);
    proto::DiskResult result;
    result.done = proto::DigestDone{std::move(tree)};
    done(std::move(result));
  };
  if (!root) {
    give(std::make_shared<const tree::DigestTree>(job.rules));
    return nullptr;
  }
  return tree::scan_digests(executor, *root, destination.start().root_names, destination.deletions().rules(),
                            std::move(options), give);
}

proto::DiskResult digests_now(Destination& destination, const proto::DigestJob& job) {
  exec::InlineExecutor executor;
  proto::DiskResult result;
  (void)start_digests(destination, executor, job, [&result](proto::DiskResult got) { result = std::move(got); });
  executor.wait_idle();
  return result;
}

}  // namespace g5ksync::app
