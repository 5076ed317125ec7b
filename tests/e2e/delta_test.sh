#!/usr/bin/env bash
# delta_test: of a file that is there already only what it lacks travels, and what arrives is what was sent.
. "${0%/*}/lib.sh"
sandbox_up nancy rennes
mkdir -p "$work/src/small"
random_file "$work/src/large" 20000000
for i in $(seq 200); do random_file "$work/src/small/f$i" $((700 + i * 40)); done
push "$work/src" --sites nancy,rennes
expect_exit 0

promise "an edit in the middle of a large file, and text put in before it, cost little"
printf 'edited' | dd of="$work/src/large" bs=1 seek=15000000 conv=notrunc status=none
{ head -c 5000000 "$work/src/large"; echo inserted; tail -c +5000001 "$work/src/large"; } > "$work/new"
mv "$work/new" "$work/src/large"
push "$work/src" --sites nancy,rennes --stats
expect_exit 0
expect_on_sites "$work/src" src nancy rennes
expect_sent_below nancy 200000

promise "files that were only touched are not written, and get their times"
inode() { stat -c %i "$(home nancy)/src/small/f$1"; }
before="$(inode 5) $(inode 150)"
find "$work/src/small" -type f -exec touch -d 2011-11-11 {} +
push "$work/src" --sites nancy,rennes --stats
expect_exit 0
expect_out 'no file needed writing'
[ "$(inode 5) $(inode 150)" = "$before" ] || fail "a file was put anew"
expect_on_sites "$work/src" src nancy rennes
expect_sent_below nancy 30000

promise "each host gets what it lacks, whatever it has"
random_file "$(home rennes)/src/large" 3000000
truncate -s 9000000 "$(home nancy)/src/large"
for i in 3 77 199; do echo more >> "$work/src/small/f$i"; done
push "$work/src" --sites nancy,rennes --stats
expect_exit 0
expect_on_sites "$work/src" src nancy rennes
expect_sent_below nancy 13000000
expect_nothing_left

promise "-I looks at the content of everything, and sends nothing where it is right"
push "$work/src" --sites nancy -I --stats
expect_exit 0
expect_sent_below nancy 60000
expect_same_tree "$work/src" "$(home nancy)/src"

promise "a dry run over a file that differs changes nothing"
echo again >> "$work/src/large"
push "$work/src" --sites nancy -n -i
expect_exit 0
expect_out 'src/large$'
if cmp -s "$work/src/large" "$(home nancy)/src/large"; then fail "the dry run wrote"; fi
