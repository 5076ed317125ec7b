#!/usr/bin/env bash
# digests_test: folders that are as they should be cost next to nothing, also where the place cannot hold all that the
# source has. The last part needs root.
. "${0%/*}/lib.sh"
sandbox_up nancy
site=$(home nancy)

# Random names, so that a listing of all would be dear.
plant() { # DIR FOLDERS FILES
  local folder i
  for folder in $(seq "$2"); do
    mkdir -p "$1/folder$folder"
    for i in $(seq "$3"); do echo "$folder $i" > "$1/folder$folder/$i.$(head -c 20 /dev/urandom | md5sum | cut -c -32)"; done
  done
}
# Bytes that the last push sent and received, without the agent.
wire_bytes() {
  sed -nE 's/.*; sent ([0-9.,]+) ([KMG]?i?B|bytes?), received ([0-9.,]+) ([KMG]?i?B|bytes?) in .*/\1 \2 \3 \4/p' "$out" |
    awk 'function bytes(number, unit) { gsub(",", "", number)
           return number * (unit == "KiB" ? 1024 : unit == "MiB" ? 1048576 : 1) }
         { print int(bytes($1, $2) + bytes($3, $4)) }'
}
expect_wire_below() { # BYTES
  local bytes; bytes=$(wire_bytes)
  [ -n "$bytes" ] || fail "no figures"
  [ "$bytes" -lt "$1" ] || fail "$bytes bytes went over the wire"
}

plant "$work/src" 30 30
push "$work/src" --sites nancy
expect_exit 0

promise "an unchanged tree costs no listing: at most 4 KiB, where its names alone are more than 30"
push "$work/src" --sites nancy
expect_exit 0
expect_out 'no file needed writing'
expect_wire_below 4096

promise "names that only the destination has cost the listings on the way to them, with and without --delete"
echo extra > "$site/src/folder7/extra"
mkdir "$site/src/folder8/more"; echo extra > "$site/src/folder8/more/extra"
for _ in first second; do # the first one sets back the times of the two folders
  push "$work/src" --sites nancy
  expect_exit 0
  expect_wire_below 8192
done
push "$work/src" --sites nancy --delete -i
expect_exit 0
expect_out '^\*deleting   src/folder7/extra$'
expect_out '^\*deleting   src/folder8/more/$'
expect_wire_below 12000
expect_same_tree "$work/src" "$site/src"
push "$work/src" --sites nancy --delete
expect_wire_below 4096

promise "what a dead run left is cleared away where the run looks, and makes no folder differ for ever"
leftover=.g5ksync.0123456789abcdef.1
for options in '' --delete; do
  echo half > "$site/src/folder3/$leftover"
  touch -d '20 minutes ago' "$site/src/folder3/$leftover"
  # shellcheck disable=SC2086
  push "$work/src" --sites nancy $options
  expect_exit 0
  expect_out 'no file needed writing'
  expect_absent "$site/src/folder3/$leftover"
  # shellcheck disable=SC2086
  push "$work/src" --sites nancy $options
  expect_exit 0
  expect_wire_below 4096
done

need_root

promise "a file system that keeps whole seconds only is told by a probe, and its tree is not sent twice"
truncate -s 32M "$work/image"
mke2fs -q -t ext3 -I 128 -F "$work/image" > /dev/null 2>&1 || skip "needs mke2fs"
mkdir "$site/coarse"
mount -o loop "$work/image" "$site/coarse" 2> /dev/null || skip "may not mount a file as a disk"
touch -d '2020-01-01 00:00:00.123456789' "$site/coarse/probe"
[ "$(stat -c %.9Y "$site/coarse/probe")" = 1577836800.000000000 ] || skip "this disk keeps more than seconds"
push "$work/src" --to coarse --sites nancy
expect_exit 0
before=$(find "$site/coarse/src" -printf '%p %i %C@\n' | sort)
push "$work/src" --to coarse --sites nancy -i
expect_exit 0
expect_out 'no file needed writing'
expect_no_line '^[.<c][fd]'
expect_wire_below 4096
[ "$(find "$site/coarse/src" -printf '%p %i %C@\n' | sort)" = "$before" ] || fail "entries were touched"

promise "a change of one second or more is seen there"
file=$(find "$work/src/folder5" -type f | head -n 1)
touch -d '2011-11-11 11:11:11.5' "$file"
push "$work/src" --to coarse --sites nancy -i
expect_out "^[.<]f\.\.t\.*\.\. src/folder5/${file##*/}$"
push "$work/src" --to coarse --sites nancy
expect_wire_below 4096

need_command setpriv
promise "owners that an account may not set do not make folders differ, and each is counted once"
for name in daemon nobody; do getent passwd "$name" > /dev/null || skip "needs a user $name"; done
mkdir "$site/owned"
chown -R nobody:nogroup "$site"
chmod 755 "$top" "$work"
chown -R daemon:daemon "$work/src/folder1"
set_host nancy meter='setpriv --reuid=nobody --regid=nogroup --clear-groups'
entries=$(find "$work/src" | wc -l)
expect_unsettable() { # COUNT
  local told
  told=$(sed -nE 's/^([0-9,]+) owners and groups may not.*/\1/p' "$out" | tr -d ,)
  [ "$told" = "$1" ] || fail "$told owners and groups are told of, not $1"
}
push "$work/src" --to owned --sites nancy -o
expect_exit 0
expect_unsettable "$entries"
push "$work/src" --to owned --sites nancy -o -i
expect_exit 0
expect_out 'no file needed writing'
expect_no_line '^[.<c][fd]'
expect_wire_below 4096

promise "groups count by what each is, so those that may not be set cost listings, but nothing is written for them"
push "$work/src" --to owned --sites nancy -og -i
expect_exit 0
expect_out 'no file needed writing'
expect_no_line '^[.<c][fd]'
expect_unsettable $((2 * entries))
