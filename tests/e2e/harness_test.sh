#!/usr/bin/env bash
# harness_test: the harness itself, with rsync in the place of g5ksync. A referee that sees no difference and a
# check that finds no leftover would make every other test worthless.
. "${0%/*}/lib.sh"
sandbox_up nancy rennes

# Runs an expectation that must break, in a subshell that leaves this test alone.
refuses() { if (trap - EXIT ERR; "$@") > /dev/null 2>&1; then fail "accepted: $*"; fi; }
copy_of_tree() { rm -rf "$work/copy"; cp -a "$work/src" "$work/copy"; }

promise "rsync through the gateway makes a tree that the referee accepts"
make_tree "$work/src"
plain_rsync -a "$work/src" nancy.g5k:
expect_exit 0
expect_same_tree "$work/src" "$(home nancy)/src"

promise "the referee sees a changed byte, mode, time, link, and a missing and an extra entry"
for change in 'printf x | dd of=numbers bs=1 seek=1000 conv=notrunc status=none; touch -r ../src/numbers numbers' \
  'chmod 600 numbers' 'touch -d 2001-01-01 deep' 'touch -d 1999-12-31 numbers' 'ln -sfn empty link; touch -h -r ../src/link link' \
  'rm many/f7; touch -r ../src/many many' 'touch many/f99; touch -r ../src/many many'; do
  copy_of_tree
  expect_same_tree "$work/src" "$work/copy"
  (cd "$work/copy" && eval "$change")
  refuses expect_same_tree "$work/src" "$work/copy"
done

promise "run keeps exit code and outputs apart"
run sh -c 'echo to out; echo to err >&2; exit 7'
expect_exit 7
expect_out '^to out$'
expect_err '^to err$'
refuses expect_exit 0
refuses expect_out 'to err'
refuses expect_no_line 'to out'
refuses expect_silence

promise "control bytes in an output are seen"
run printf 'tab\tand newline\n'
expect_no_control_bytes
run printf 'esc \033[31m'
refuses expect_no_control_bytes

promise "a temp file in a home is seen"
expect_nothing_left
mkdir -p "$(home rennes)/a"
: > "$(home rennes)/a/.g5ksync.1234.x"
refuses expect_nothing_left 0
rm "$(home rennes)/a/.g5ksync.1234.x"
expect_nothing_left

promise "a process left on a site or on this side is seen"
run ssh -F "$ssh_config" rennes.g5k 'setsid sleep 300 > /dev/null 2>&1 < /dev/null &'
expect_exit 0
refuses expect_nothing_left 1
stop_host rennes
start_host rennes
expect_nothing_left
begin sleep 300
refuses expect_nothing_left 1

promise "an interrupt reaches a command that was begun"
interrupt
finish 5
expect_exit 130
expect_nothing_left

promise "a command without end is ended"
begin sleep 300
refuses finish 1
