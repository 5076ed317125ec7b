#!/usr/bin/env bash
# delete_test: what goes with --delete, judged by rsync with the same options, and what never goes.
. "${0%/*}/lib.sh"
sandbox_up nancy lyon
site=$(home nancy)

plant_source() { # DIR
  mkdir -p "$1/sub/deep" "$1/empty-here"
  echo a > "$1/a"; echo b > "$1/sub/b"; echo c > "$1/sub/deep/c"
  echo k > "$1/kept.o"
  ln -s a "$1/link"
}
# The same and more: files, links, a fifo, trees, read-only directories, protected names, hostile links.
plant_there() { # DIR
  plant_source "$1"
  mkdir -p "$1/extra/in/side" "$1/sub/extra" "$1/empty-here/x" "$1/mixed/sub" "$1/closed/inner"
  echo 1 > "$1/extra/1"; echo 2 > "$1/extra/in/2"; echo 3 > "$1/extra/in/side/3"
  echo 4 > "$1/sub/4"; echo 5 > "$1/sub/extra/5"; echo 6 > "$1/empty-here/x/6"
  echo o > "$1/mine.o"; echo o > "$1/mixed/sub/mine.o"; echo x > "$1/mixed/sub/x"
  echo odd > "$1/sub/$(printf 'o\x01dd\xff')"
  ln -s "$work/outside" "$1/extra/way-out"
  ln -s "$work/outside" "$1/way-out"
  mkfifo "$1/extra/fifo"
  echo closed > "$1/closed/inner/f"
  find "$1" -exec touch -h -d '2020-01-01' {} + # two of them are alike
  chmod 500 "$1/closed/inner" "$1/closed"
  touch -h -d '2020-01-01' "$1/link"
}
mkdir "$work/outside"
echo outside > "$work/outside/precious"
plant_source "$work/src"
touch -h -d '2020-01-01' "$work/src/link"
plain_user() { if [ ${#bound_by_modes[@]} -gt 0 ]; then set_host nancy meter="${bound_by_modes[*]}"; fi; }

compare=()
clear_there() { chmod -R u+rwX "$site/src" "$work/referee" 2> /dev/null || true; rm -rf "$site/src" "$work/referee"; }
# One run of each with the same options from the same state: the same lines foretold, told, and the same trees.
same_as_rsync() { # OPTION…
  clear_there
  mkdir "$work/referee"
  plant_there "$work/referee/src"
  plant_there "$site/src"
  plain_rsync -rlpt --specials -i --delete "$@" "$work/src" "$work/referee/"
  expect_exit 0
  sed -n 's/^\*deleting   //p' "$out" | sort > "$work/of_rsync"
  push "$work/src" --sites nancy -n -i --delete "$@"
  expect_exit 0
  sed -n 's/^\*deleting   //p' "$out" | sort > "$work/foretold"
  diff "$work/of_rsync" "$work/foretold" > "$work/difference" || fail "with $*, foretold: $(<"$work/difference")"
  push "$work/src" --sites nancy -i --delete "$@"
  expect_exit 0
  sed -n 's/^\*deleting   //p' "$out" | sort > "$work/ours"
  diff "$work/of_rsync" "$work/ours" > "$work/difference" || fail "with $*, not as rsync says: $(<"$work/difference")"
  chmod u+rwx "$site/src/closed" "$work/referee/src/closed" 2> /dev/null || true
  expect_same_tree "$work/referee/src" "$site/src" "${compare[@]}"
  expect_file "$work/outside/precious" outside
}

promise "--delete removes what is not here, as rsync does, and says it with -i"
# rsync escapes names in another way
rm_odd() { rm -f "$1/sub/"o*dd*; }
eval "$(declare -f plant_there | sed '1s/plant_there/plant_all/')"
plant_there() { plant_all "$1"; rm_odd "$1"; }
same_as_rsync
expect_out '^nancy: done: .*[0-9]+ deleted in'
same_as_rsync --delete-excluded
same_as_rsync --existing --ignore-existing

promise "what the rules leave out is kept there, with the directories above, unless --delete-excluded is given"
compare=(--omit-dir-times) # what stays has lost something just now
[ "$(id -u)" = 0 ] || compare+=(--no-perms) # rsync leaves directories writable that it wanted to delete and kept
same_as_rsync --exclude '*.o'
expect_file "$site/src/mixed/sub/mine.o" o
expect_absent "$site/src/mixed/sub/x"
same_as_rsync --exclude '*.o' --delete-excluded
expect_absent "$site/src/mixed"
expect_absent "$site/src/kept.o"
same_as_rsync --exclude /src/extra --exclude 'empty-here/*'
same_as_rsync --include '*/' --include '*.o' --exclude '*'

promise "odd names are deleted too, and escaped"
clear_there
plant_all "$site/src"
push "$work/src" --sites nancy -i --del
expect_exit 0
expect_no_control_bytes
expect_same_tree "$work/src" "$site/src"

promise "one's own directories are made writable for it, also where modes bind"
clear_there
plant_all "$site/src"
mkdir "$site/src/sub/locked"; echo l > "$site/src/sub/locked/l"; chmod 555 "$site/src/sub/locked" "$site/src/sub"
chmod 000 "$site/src/closed/inner" "$site/src/closed" # rsync gives up on these
plain_user
push "$work/src" --sites nancy --delete
set_host nancy meter=
expect_exit 0
expect_same_tree "$work/src" "$site/src"

promise "with SRC/ the destination itself is cleared, with SRC only what came by that name"
clear_there
mkdir -p "$site/place/other"; echo stays > "$site/place/other/f"
push "$work/src" --to place --sites nancy --delete
expect_exit 0
expect_file "$site/place/other/f" stays
push "$work/src/" --to place --sites nancy --delete-after
expect_exit 0
expect_absent "$site/place/other"
expect_same_tree "$work/src" "$site/place"

promise "more deletions than --max-delete allows: none, exit code 25, in words"
clear_there
plant_all "$site/src"
count=$(push "$work/src" --sites nancy -n -i --delete && grep -c '^\*deleting' "$out")
push "$work/src" --sites nancy --delete --max-delete=$((count - 1))
expect_exit 25
expect_err "nothing was deleted: $count deletions would be more than --max-delete=$((count - 1)) allows"
expect_err "^partly: nancy \\($count deletions held back\\)"
expect_file "$site/src/extra/in/side/3" 3
push "$work/src" --sites nancy --delete --max-delete=0
expect_exit 25
push "$work/src" --sites nancy --delete --max-delete="$count" --stats
expect_exit 0
expect_same_tree "$work/src" "$site/src"
push "$work/src" --sites nancy --delete --max-delete=0
expect_exit 0

promise "a source that could not be read as a whole deletes nothing anywhere"
clear_there
plant_all "$site/src"
mkdir "$work/src/shut"
echo s > "$work/src/shut/s"
chmod 000 "$work/src/shut"
client_prefix=("${bound_by_modes[@]}")
push "$work/src" --sites nancy --delete
client_prefix=()
expect_exit 23
expect_err 'nothing was deleted, since not all of the source could be read'
expect_file "$site/src/extra/1" 1
chmod 700 "$work/src/shut"; rm -rf "$work/src/shut"
push "$work/src" "$work/missing" --sites nancy --delete
expect_exit 23
expect_err 'nothing was deleted, since'
expect_file "$site/src/extra/1" 1

promise "an empty source deletes nothing, and says so where there is something"
mkdir -p "$work/nothing/src"
push "$work/nothing/src" --sites nancy,lyon --delete
expect_exit 41
expect_err 'nancy: src: nothing was deleted in it, since the source is empty: [0-9]+ entries stay'
expect_file "$site/src/extra/1" 1
push "$work/nothing/src/" --to src --sites nancy --delete
expect_exit 25
expect_file "$site/src/extra/1" 1
push "$work/missing" --sites nancy --delete
expect_exit 23
expect_file "$site/src/extra/1" 1
push "$work/nothing/src/" "$work/outside/" --to src --sites nancy --delete
expect_file "$site/src/extra/1" 1

promise "a directory with something in it makes way with --delete or --force, and else does not"
ways() {
  clear_there
  mkdir -p "$site/src/a/full" "$site/src/link" "$site/src/kept.o"
  echo x > "$site/src/a/full/x"; echo y > "$site/src/link/y"
  echo file > "$site/src/sub"
  cp -a "$site/src" "$work/referee"
}
ways
push "$work/src" --sites nancy
expect_exit 23
expect_err 'src/a: a directory with something in it is in the way'
expect_file "$site/src/a/full/x" x
expect_file "$site/src/kept.o" k
push "$work/src" --sites nancy --delete --max-delete=100
expect_exit 23
expect_file "$site/src/a/full/x" x
for option in --delete --force; do
  ways
  plain_rsync -rlpt --specials -i "$option" "$work/src/" "$work/referee/"
  expect_exit 0
  sed -n 's/^\*deleting   /src\//p' "$out" | sort > "$work/of_rsync"
  push "$work/src" --sites nancy -n -i "$option"
  expect_exit 0
  sed -n 's/^\*deleting   //p' "$out" | sort > "$work/foretold"
  push "$work/src" --sites nancy -i "$option"
  expect_exit 0
  sed -n 's/^\*deleting   //p' "$out" | sort > "$work/ours"
  diff "$work/of_rsync" "$work/ours" > "$work/difference" || fail "not as rsync says: $(<"$work/difference")"
  diff "$work/foretold" "$work/ours" > "$work/difference" || fail "not as foretold: $(<"$work/difference")"
  expect_same_tree "$work/src" "$site/src"
done
ways
echo o > "$site/src/a/full/protected.o"
push "$work/src" --sites nancy --delete --exclude '*.o'
expect_exit 23
expect_file "$site/src/a/full/protected.o" o

promise "temporary files of other runs are not extra files"
clear_there
push "$work/src" --sites nancy
touch "$site/src/.g5ksync.0123456789abcdef.7" "$site/.g5ksync.0123456789abcdef.lease"
push "$work/src" --sites nancy --delete
expect_exit 0
[ -e "$site/src/.g5ksync.0123456789abcdef.7" ] || fail "another run's file was deleted"
rm -f "$site/src/".g5ksync* "$site/".g5ksync*

promise "what is extra goes in a directory that is equal but for links, also where links are not sent"
push "$work/src" --sites nancy --delete
expect_exit 0
ln -s nowhere "$site/src/extra-link"
touch -r "$work/src" "$site/src"
push "$work/src" --sites nancy --no-links --delete
expect_exit 0
expect_absent "$site/src/extra-link"

promise "more rules than fit into a message are refused"
for i in $(seq 1 5000); do echo "a-rule-that-is-long-$i"; done > "$work/rules"
push "$work/src" --sites nancy --delete --exclude-from "$work/rules"
expect_exit 1
expect_err 'filter rules may have 48 KiB'
push "$work/src" --sites nancy --delete-excluded --exclude-from "$work/rules"
expect_exit 0

if [ "$(id -u)" = 0 ]; then
  promise "what is mounted in an extra directory stays, and is named; bind mounts too"
  mkdir -p "$site/src/extra/disk" "$site/src/extra/bound"
  disk "$site/src/extra/disk" size=1m
  echo mounted > "$site/src/extra/disk/m"
  mount --bind "$work/outside" "$site/src/extra/bound" 2> /dev/null || skip "may not bind"
  echo plain > "$site/src/extra/plain"
  push "$work/src" --sites nancy --delete
  expect_exit 23
  expect_err 'extra/disk.*mounted'
  expect_err 'extra/bound.*mounted'
  expect_file "$site/src/extra/disk/m" mounted
  expect_file "$work/outside/precious" outside
  expect_absent "$site/src/extra/plain"
  umount "$site/src/extra/bound" "$site/src/extra/disk"
fi
expect_nothing_left
