// The replica's session: files that are new, while the destination has files of their sizes under other names.
//
// They are asked for like those that have a basis, sums first (replica_delta.cc); the disk then looks for content that
// has the sum. What it does not find goes the way that it would have gone. Bundles do not wait for members that are
// sought: those that must come after all are asked for together, when nothing of their bundle is sought any more.
#include "proto/session/replica_session.h"

namespace g5ksync::proto {

/// The disk learns what is there before anything is compared; where listings are asked for, that is their beginning.
void ReplicaSession::know_what_is_there() {
  const bool of_this_run = root_contents_ || !start_->root_names.empty();  // else it would be a look at a whole home
  if (of_this_run)
    jobs_.push_back(DigestJob{{start_->mask, time_unit_, false, false}});
  else
    allow_comparing(tree::kRoot);
}

void ReplicaSession::seek(Wanted& wanted, const std::optional<Place>& place) {
  wanted.place = place;
  if (place) ++bundles_[place->bundle].sought;
  want_delta(wanted);
}

void ReplicaSession::fetch_after_all(Wanted& wanted) {
  if (!wanted.place || revised_.contains(wanted.file.id)) return move_in_ranges(wanted);
  join_bundle(wanted, *wanted.place);  // before it is offered
  leave_delta(wanted);
  wanted.stage = Stage::bundled;
  wanted.begun = false;
}

/// The file is in its bundle again, or needs it no more.
void ReplicaSession::end_search(Wanted& wanted) {
  const auto place = std::exchange(wanted.place, std::nullopt);
  if (!place || --bundles_.at(place->bundle).sought > 0) return;
  offer_bundle(place->bundle);
}

}  // namespace g5ksync::proto
