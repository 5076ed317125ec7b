#!/usr/bin/env bash
# full_disk_test: one site's disk is full; the others get everything. Needs root, for the small disk.
. "${0%/*}/lib.sh"
need_root
sandbox_up
mkdir "$work/src"
random_file "$work/src/large" 20000000
for i in $(seq 1 50); do echo "file $i" > "$work/src/f$i"; done
disk "$(home nancy)" size=12m

promise "the full site is named with its reason, the others are complete"
push "$work/src" --sites all
expect_exit 41
expect_err 'nancy.*[Nn]o space left'
expect_on_sites "$work/src" src rennes lyon grenoble

promise "nothing half stands there under its own name, and no temp file keeps the disk full"
expect_absent "$(home nancy)/src/large"
expect_nothing_left

promise "with room again the next push completes it"
mount -o remount,size=60m "$(home nancy)"
push "$work/src" --sites all
expect_exit 0
expect_on_sites "$work/src" src nancy rennes lyon grenoble
expect_nothing_left
