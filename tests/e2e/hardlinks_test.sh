#!/usr/bin/env bash
# hardlinks_test: -H, -S, fifos, sockets and devices, judged by rsync with the same options.
. "${0%/*}/lib.sh"
sandbox_up nancy
site=$(home nancy)
inode() { stat -c %i "$1"; }
one_file() { [ "$(inode "$1")" = "$(inode "$2")" ] || fail "$1 and $2 are not one file"; }
two_files() { [ "$(inode "$1")" != "$(inode "$2")" ] || fail "$1 and $2 are one file"; }

mkdir -p "$work/src/a/b" "$work/src/z"
echo one > "$work/src/m1"
random_file "$work/src/large1" 600000
: > "$work/src/empty1"
ln -s m1 "$work/src/sym1"
for i in 2 3; do
  ln "$work/src/m1" "$work/src/a/b/m$i"; ln "$work/src/large1" "$work/src/z/large$i"
  ln "$work/src/empty1" "$work/src/a/empty$i"; ln "$work/src/sym1" "$work/src/a/sym$i"
done
echo alone > "$work/src/alone"
echo alone too > "$work/src/alone2"
ln "$work/src/alone" "$work/outside" # its other name is not sent
touch -d '2020-02-02' "$work/src/m1" "$work/src/large1" "$work/src/alone" "$work/src/alone2"

# Foretells, runs, and compares with rsync's lines and tree, both from the state in $site/src.
same_as_rsync() { # OPTION…
  rm -rf "$work/referee"
  mkdir "$work/referee"
  if [ -d "$site/src" ]; then cp -a "$site/src" "$work/referee/src"; fi
  plain_rsync -rlptH --specials -i "$@" "$work/src" "$work/referee/"
  expect_exit 0
  push "$work/src" --sites nancy -H -n -i "$@"
  expect_exit 0
  grep -E '^[<.>ch*][fdLDSe]' "$out" | sort > "$work/foretold" || true
  push "$work/src" --sites nancy -H -i "$@"
  expect_exit 0
  grep -E '^[<.>ch*][fdLDSe]' "$out" | sort > "$work/ours" || true
  diff "$work/foretold" "$work/ours" > "$work/difference" || fail "not as foretold: $(<"$work/difference")"
  expect_same_tree "$work/referee/src" "$site/src"
  expect_same_tree "$work/src" "$site/src"
}

promise "-H keeps the names of one file together; without it they become files"
push "$work/src" --to plain --sites nancy
expect_exit 0
two_files "$site/plain/src/m1" "$site/plain/src/a/b/m2"
same_as_rsync
one_file "$site/src/m1" "$site/src/a/b/m3"
one_file "$site/src/large1" "$site/src/z/large3"
one_file "$site/src/empty1" "$site/src/a/empty2"
one_file "$site/src/sym1" "$site/src/a/sym2"
expect_out '^hf\+\+\+\+\+\+\+\+\+ src/m1 => src/a/b/m[23]$|^hf\+\+\+\+\+\+\+\+\+ src/a/b/m[23] => src/m1$'
(cd "$site/src" && find . -printf '%p %i %C@\n' | sort) > "$work/before"
push "$work/src" --sites nancy -H -i
expect_exit 0
expect_out 'no file needed writing'
(cd "$site/src" && find . -printf '%p %i %C@\n' | sort) | cmp -s - "$work/before" || fail "a second run changed something"

promise "names that are files of their own there become one again, whichever of them is up to date"
for file in m1 a/b/m2 z/large3; do
  cp -a "$site/src/$file" "$site/copy" && rm "$site/src/$file" && mv "$site/copy" "$site/src/$file"
done
same_as_rsync
rm "$site/src/m1"
same_as_rsync
rm "$site/src/a/b/m3" "$site/src/z/large2"
same_as_rsync
echo other > "$site/copy" && mv "$site/copy" "$site/src/a/b/m2"
same_as_rsync

promise "an edit arrives under all names"
echo two >> "$work/src/m1"
echo more >> "$work/src/large1"
same_as_rsync
one_file "$site/src/m1" "$site/src/a/b/m2"

promise "names of one file there that are not here are separated"
rm "$site/src/alone2" && ln "$site/src/alone" "$site/src/alone2"
echo alone > "$work/src/alone2"
touch -r "$work/src/alone" "$work/src/alone2"
push "$work/src" --sites nancy -H
expect_exit 0
two_files "$site/src/alone" "$site/src/alone2"
rm "$work/src/a/b/m3" && cp -a "$work/src/m1" "$work/src/a/b/m3"
push "$work/src" --sites nancy -H
expect_exit 0
two_files "$site/src/m1" "$site/src/a/b/m3"
expect_same_tree "$work/src" "$site/src"
push "$work/src" --sites nancy -H
expect_out 'no file needed writing'

promise "links work with --delete, over what is in the way, and where modes forbid writing"
rm "$site/src/a/b/m2"; mkdir "$site/src/a/b/m2"; echo x > "$site/src/a/b/m2/x"
rm "$work/src/z/large3"
chmod 555 "$site/src/a/b" "$work/src/a/b"
if [ ${#bound_by_modes[@]} -gt 0 ]; then set_host nancy meter="${bound_by_modes[*]}"; fi
push "$work/src" --sites nancy -H --delete
set_host nancy meter=
expect_exit 0
expect_same_tree "$work/src" "$site/src"
chmod 755 "$work/src/a/b"
push "$work/src" --sites nancy -H
push "$work/src" --to 'not yet/there' --sites nancy -H -n -i
expect_exit 0
expect_out '^hf\+\+\+\+\+\+\+\+\+ src/m1 => |^hf\+\+\+\+\+\+\+\+\+ src/.* => src/'

promise "-S writes zeros as holes; the content is the same"
mkdir "$work/holes"
truncate -s 20M "$work/holes/all"
random_file "$work/holes/mixed" 5000
truncate -s 9000001 "$work/holes/mixed"
echo end >> "$work/holes/mixed"
head -c 200000 /dev/zero > "$work/holes/small"
head -c 3000 /dev/zero > "$work/holes/tiny"
blocks() { du -sk "$1" | cut -f1; }
push "$work/holes" --sites nancy
expect_exit 0
[ "$(blocks "$site/holes")" -gt 28000 ] || fail "without -S there are holes"
rm -r "$site/holes"
push "$work/holes" --sites nancy -S
expect_exit 0
expect_same_tree "$work/holes" "$site/holes"
[ "$(blocks "$site/holes")" -lt 300 ] || fail "with -S it has $(blocks "$site/holes") KiB"

promise "fifos and sockets arrive; devices with --devices or -D where one is root, and else are passed over"
mkdir "$work/nodes"
mkfifo -m 640 "$work/nodes/fifo"
perl -MSocket -e 'socket(S, PF_UNIX, SOCK_STREAM, 0); chdir $ARGV[0]; bind(S, sockaddr_un("socket"))' "$work/nodes" 2> /dev/null ||
  mkfifo "$work/nodes/socket"
if [ "$(id -u)" = 0 ]; then
  mknod -m 620 "$work/nodes/char" c 1 3
  mknod "$work/nodes/block" b 7 200
fi
push "$work/nodes" --sites nancy
expect_exit 0
expect_absent "$site/nodes/char"
push "$work/nodes" --sites nancy -D
expect_exit 0
expect_same_tree "$work/nodes" "$site/nodes"
push "$work/nodes" --sites nancy -D
expect_out '^nancy: up to date'
push "$work/nodes" --to bare --sites nancy --no-specials
expect_exit 0
expect_absent "$site/bare/nodes/fifo"
if [ "$(id -u)" = 0 ]; then
  rm "$work/nodes/char" && mknod -m 620 "$work/nodes/char" c 1 5
  push "$work/nodes" --sites nancy -D
  expect_exit 0
  expect_same_tree "$work/nodes" "$site/nodes"
  set_host nancy meter='setpriv --bounding-set=-mknod'
  push "$work/nodes" --to bare --sites nancy -D
  set_host nancy meter=
  expect_exit 23
  expect_err 'nodes/char: .*[Oo]peration not permitted'
fi
expect_nothing_left
