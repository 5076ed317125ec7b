#!/usr/bin/env bash
# filters_test: what is sent and what a dry run says, judged by rsync with the same options.
. "${0%/*}/lib.sh"
sandbox_up nancy
mkdir -p "$work/src/"{build/out,doc/build,src/deep/er,.git/objects,tmp}
for file in a.c a.o b.c build/x build/out/y doc/build/z doc/index.html src/a.o src/keep.o src/deep/er/a.o src/deep/note~ \
  .git/config .git/objects/ab tmp/t 'odd [name].c' 'star*.c'; do
  echo "$file" > "$work/src/$file"
done
printf '# a comment\n; another\n\n*.bak\n/tmp/\n' > "$work/rules"
echo old > "$work/src/old.bak"

# Pushes and rsyncs with the same rules to two places and compares them.
same_as_rsync() { # OPTION…
  rm -rf "$(home nancy)/src" "$work/referee"
  plain_rsync -a "$@" "$work/src" "$work/referee/"
  expect_exit 0
  push "$@" "$work/src" --sites nancy
  expect_exit 0
  expect_same_tree "$work/referee/src" "$(home nancy)/src"
}

promise "the same patterns leave out the same files as with rsync"
same_as_rsync --exclude '*.o'
expect_absent "$(home nancy)/src/a.o"
same_as_rsync --exclude build/
same_as_rsync --exclude /src/build
same_as_rsync --exclude '/src/*.c' --exclude '**/er'
same_as_rsync --exclude 'odd \[name\].c' --exclude 'star\**'
same_as_rsync --exclude '[.]git' --exclude '*~'

promise "the first rule that matches decides"
same_as_rsync --include 'keep.o' --exclude '*.o'
[ -e "$(home nancy)/src/src/keep.o" ] || fail "keep.o was left out"
same_as_rsync --exclude '*.o' --include 'keep.o'
expect_absent "$(home nancy)/src/src/keep.o"
same_as_rsync --include '*/' --include '*.c' --exclude '*'

promise "rules are read from a file, in their place among the others"
same_as_rsync --exclude-from "$work/rules"
same_as_rsync --include old.bak --exclude-from "$work/rules" --exclude '*.html'
[ -e "$(home nancy)/src/old.bak" ] || fail "old.bak was left out"

promise "a dry run changes nothing, not even a time, and says what the run then does"
echo more >> "$work/src/b.c"
mkdir "$work/src/new"
echo n > "$work/src/new/file"
ln -s a.c "$work/src/link"
chmod 600 "$work/src/a.c"
state() { (cd "$(home nancy)" && find src -printf '%p %i %C@ %T@ %m\n' | sort); }
state > "$work/before"
push -n -i "$work/src" --sites nancy
expect_exit 0
grep -E '^[<.>ch][fdLDS]' "$out" | sort > "$work/foretold"
state | cmp -s - "$work/before" || fail "a dry run changed: $(state | diff "$work/before" - | head -n 3)"
plain_rsync -n -i -rlpt --specials "$work/src" nancy.g5k:
sort "$out" > "$work/of_rsync"
push -i "$work/src" --sites nancy
expect_exit 0
grep -E '^[<.>ch][fdLDS]' "$out" | sort > "$work/done"
diff "$work/foretold" "$work/done" > "$work/difference" || fail "not as foretold: $(<"$work/difference")"
diff "$work/of_rsync" "$work/done" > "$work/difference" || fail "not as rsync says: $(<"$work/difference")"
expect_same_tree "$work/src" "$(home nancy)/src"
expect_nothing_left
