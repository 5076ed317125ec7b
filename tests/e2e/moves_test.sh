#!/usr/bin/env bash
# moves_test: what is at the destination under another name is copied there, and what arrives is what was sent.
. "${0%/*}/lib.sh"
sandbox_up nancy rennes
mkdir -p "$work/src/old/sub"
for i in $(seq 2000); do random_file "$work/src/old/sub/f$i" $((1100 + i * 24)); done
random_file "$work/src/big1" 9000000
random_file "$work/src/big2" 9000000
push "$work/src" --sites nancy,rennes
expect_exit 0

expect_sent_above() {
  [ "$(sent_to "$1")" -gt "$2" ] || fail "only $(sent_to "$1") bytes were sent to $1"
}

promise "a folder that was renamed costs sums, not its content"
mv "$work/src/old" "$work/src/new"
push "$work/src" --sites nancy,rennes --delete --stats
expect_exit 0
expect_out '\(4,000 copied there\)'
expect_out '^copied: +4,000 files'
expect_on_sites "$work/src" src nancy rennes
expect_sent_below nancy 200000

promise "so it does with -H, where all listings come"
mv "$work/src/new" "$work/src/newer"
push "$work/src" --sites nancy,rennes --delete -H --stats
expect_exit 0
expect_on_sites "$work/src" src nancy rennes
expect_sent_below nancy 300000

promise "files that change places, and duplicates, are copied there"
mv "$work/src/big1" "$work/src/big"
mv "$work/src/big2" "$work/src/big1"
mv "$work/src/big" "$work/src/big2"
cp "$work/src/big1" "$work/src/newer/again"
push "$work/src" --sites nancy,rennes --stats
expect_exit 0
expect_out '\(6 copied there\)'
expect_on_sites "$work/src" src nancy rennes
expect_sent_below nancy 30000
[ "$(stat -c %h "$(home nancy)/src/newer/again")" = 1 ] || fail "a copy shares its inode"

promise "files that move down a row, as logs do, are copied there"
for i in 1 2 3; do random_file "$work/src/log.$i" 3000000; done
push "$work/src" --sites nancy
expect_exit 0
for i in 3 2 1; do mv "$work/src/log.$i" "$work/src/log.$((i + 1))"; done
echo fresh > "$work/src/log.1"
push "$work/src" --sites nancy --stats
expect_exit 0
expect_out '\(3 copied there\)'
expect_same_tree "$work/src" "$(home nancy)/src"
expect_sent_below nancy 30000

promise "other content of the same size is sent"
for i in $(seq 100); do random_file "$work/src/other$i" $((1100 + i * 24)); done
random_file "$work/src/bigger" 9000000
push "$work/src" --sites nancy --stats
expect_exit 0
expect_no_line 'copied there'
expect_same_tree "$work/src" "$(home nancy)/src"

promise "--no-detect-moves sends all of it"
mv "$work/src/newer" "$work/src/newest"
push "$work/src" --sites nancy --delete --no-detect-moves --stats
expect_exit 0
expect_no_line 'copied there'
expect_sent_above nancy 40000000
expect_same_tree "$work/src" "$(home nancy)/src"

promise "what the filter rules keep there serves too, and stays"
mkdir "$work/src/kept"
mv "$work/src/bigger" "$work/src/kept/bigger"
push "$work/src" --sites nancy --delete --exclude /src/bigger --stats
expect_exit 0
[ -f "$(home nancy)/src/bigger" ] || fail "an excluded file was deleted"
cmp "$work/src/kept/bigger" "$(home nancy)/src/kept/bigger" || fail "wrong content"
rm "$(home nancy)/src/bigger"

promise "a dry run copies nothing"
mv "$work/src/newest" "$work/src/last"
push "$work/src" --sites nancy --delete -n
expect_exit 0
expect_absent "$(home nancy)/src/last"
expect_nothing_left
