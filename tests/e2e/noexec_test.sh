#!/usr/bin/env bash
# noexec_test: a home from which no program may run. Needs root, for the mount.
. "${0%/*}/lib.sh"
need_root
sandbox_up nancy lyon
make_tree "$work/src"
disk "$(home nancy)" noexec

# The agent then goes to one of these, which belong to the machine; what this test brought there goes again.
fresh=()
places=("/var/tmp/g5ksync-$(id -u)" "/tmp/g5ksync-$(id -u)")
for place in "${places[@]}"; do
  if [ ! -e "$place" ]; then fresh+=("$place"); fi
done
remove_fresh() { if [ ${#fresh[@]} -gt 0 ]; then rm -rf "${fresh[@]}"; fi; }
trap 'remove_fresh; clean_up' EXIT

promise "with a noexec home the agent runs from elsewhere"
push "$work/src" --sites all
expect_exit 0
expect_on_sites "$work/src" src nancy lyon
expect_nothing_left
