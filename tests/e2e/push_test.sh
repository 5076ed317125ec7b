#!/usr/bin/env bash
# push_test: trees arrive, and only what is missing travels.
. "${0%/*}/lib.sh"
sandbox_up
make_tree "$work/src"

promise "a push to all sites makes equal trees, under the source's name"
push "$work/src" --sites all
expect_exit 0
expect_on_sites "$work/src" src nancy rennes lyon grenoble
expect_nothing_left

promise "the last line names the sites that are in order"
expect_out '^ok: nancy,rennes,lyon,grenoble$'

# What a rewrite would change: inode and change time of every file.
fingerprint() { (cd "$(home "$1")/src" && find . -printf '%p %i %C@\n' | sort); }

promise "a second push writes nothing"
fingerprint nancy > "$work/before"
push "$work/src" --sites all
expect_exit 0
expect_out 'no file needed writing'
fingerprint nancy | cmp -s - "$work/before" || fail "entries were touched: $(fingerprint nancy | diff "$work/before" - | head -n 5)"

promise "after an edit only the edited files are written"
echo more >> "$work/src/numbers"
touch -d 2005-05-05 "$work/src/many/f3"
push "$work/src" --sites all -i
expect_exit 0
expect_on_sites "$work/src" src nancy rennes lyon grenoble
fingerprint nancy > "$work/after"
changed=$({ diff "$work/before" "$work/after" || true; } | sed -n 's/^> \.\/\([^ ]*\) .*/\1/p' | sort | tr '\n' ' ')
case $changed in 'many/f3 numbers '|'. many/f3 numbers '|'many many/f3 numbers '|'. many many/f3 numbers ') ;; *) fail "written: $changed";; esac
expect_out 'numbers$'
expect_out 'many/f3$'
expect_no_line 'many/f4$'

promise "an edit that leaves the size as it was is noticed by the time"
random_file "$work/src/large" 8000000
push "$work/src" --sites nancy
expect_exit 0
printf 'edited' | dd of="$work/src/large" bs=1 seek=4000000 conv=notrunc status=none
push "$work/src" --sites nancy --stats
expect_exit 0
expect_same_tree "$work/src" "$(home nancy)/src"

promise "SRC/ gives its contents, --to says where, and several sources arrive side by side"
mkdir "$work/other"
echo other > "$work/other/o"
push "$work/src/" --to a/b --sites nancy,lyon
expect_exit 0
expect_on_sites "$work/src" a/b nancy lyon
push "$work/src" "$work/other" --to 'two dirs' --sites nancy
expect_exit 0
expect_same_tree "$work/src" "$(home nancy)/two dirs/src"
expect_same_tree "$work/other" "$(home nancy)/two dirs/other"

promise "sites can be left out, and hosts named as ssh knows them"
push "$work/other" --sites all,-nancy
expect_exit 0
expect_on_sites "$work/other" other rennes lyon grenoble
expect_absent "$(home nancy)/other"
push "$work/other" --hosts nancy.g5k
expect_exit 0
expect_on_sites "$work/other" other nancy

promise "a single file arrives by its name"
push "$work/src/numbers" --sites nancy
expect_exit 0
cmp -s "$work/src/numbers" "$(home nancy)/numbers" || fail "numbers differs"

promise "excluded entries stay here, those there stay there"
mkdir -p "$work/filtered/keep" "$(home nancy)/filtered"
for f in keep/a.c keep/a.o b.o b.c; do echo "$f" > "$work/filtered/$f"; done
echo theirs > "$(home nancy)/filtered/theirs.o"
push "$work/filtered" --sites nancy --exclude '*.o'
expect_exit 0
expect_absent "$(home nancy)/filtered/b.o"
expect_absent "$(home nancy)/filtered/keep/a.o"
expect_file "$(home nancy)/filtered/theirs.o" theirs
expect_file "$(home nancy)/filtered/keep/a.c" keep/a.c
echo '*.c' > "$work/rules"
push "$work/filtered" --to again --sites nancy --include 'b.c' --exclude-from "$work/rules"
expect_exit 0
expect_file "$(home nancy)/again/filtered/b.c" b.c
expect_absent "$(home nancy)/again/filtered/keep/a.c"

promise "a dry run changes nothing and says what it would do"
echo even more >> "$work/src/numbers"
fingerprint nancy > "$work/before"
push -n -i "$work/src" --sites nancy
expect_exit 0
expect_out 'numbers$'
expect_out 'dry run'
fingerprint nancy | cmp -s - "$work/before" || fail "a dry run touched entries"
push -n "$work/src" --to nowhere/yet --sites nancy
expect_exit 0
expect_absent "$(home nancy)/nowhere"

promise "a quiet run that goes well says nothing"
push -q "$work/src" --sites all
expect_exit 0
expect_silence

promise "permissions that forbid writing do not stop an update"
chmod 500 "$work/src/many"
push "$work/src" --sites nancy
expect_exit 0
chmod 700 "$work/src/many"; echo new > "$work/src/many/new"; chmod 500 "$work/src/many"
push "$work/src" --sites nancy
expect_exit 0
expect_same_tree "$work/src" "$(home nancy)/src"
expect_nothing_left
