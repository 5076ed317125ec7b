// Files of -c: one of the right size is there, and its content has been compared.
#pragma once

#include "app/agent/destination.h"
#include "engine/tree/quick_check.h"
#include "proto/session/replica_jobs.h"

namespace g5ksync::app {

/// What is told, counted and mended of one such file. On the job's thread.
class CheckedFile {
 public:
  CheckedFile(Destination& destination, const proto::WantedFile& file, proto::DiskResult& result)
      : destination_(destination), file_(file), result_(result) {}

  /// The content is the same: only attributes that differ are set.
  proto::FileOutcome same();
  /// It is not, or could not be read. In a dry run that is all that is done about it.
  void other();

 private:
  tree::Difference difference(bool same_content) const;
  void tell(const tree::Difference& difference, bool awaits_content);

  Destination& destination_;
  const proto::WantedFile& file_;
  proto::DiskResult& result_;
};

}  // namespace g5ksync::app
