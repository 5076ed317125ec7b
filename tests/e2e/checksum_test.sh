#!/usr/bin/env bash
# checksum_test: -c compares by content, judged by rsync -c.
. "${0%/*}/lib.sh"
sandbox_up nancy
site=$(home nancy)

plant() { # DIR
  mkdir -p "$1/sub"
  local name
  for name in same flipped touched touched-flipped mode short sub/flipped; do
    seq 1 2000 > "$1/$name"
    touch -d '2020-01-01 12:00:00' "$1/$name"
  done
  printf x > "$1/tiny"
  : > "$1/empty"
  touch -d '2020-01-01 12:00:00' "$1/tiny" "$1/empty" "$1/sub" "$1"
}
disturb() { # DIR
  local name
  for name in flipped touched-flipped sub/flipped tiny; do
    printf y | dd of="$1/$name" conv=notrunc status=none
    touch -d '2020-01-01 12:00:00' "$1/$name"
  done
  touch -d '2019-01-01' "$1/touched" "$1/touched-flipped" "$1/empty"
  chmod 600 "$1/mode"
  seq 1 1000 > "$1/short"
  touch -d '2020-01-01 12:00:00' "$1/short" "$1/sub" "$1"
}
state() { find "$1" -printf '%P %i %T@ %C@ %m %s\n' | sort; }
plant "$work/src"
echo new > "$work/src/new"

same_as_rsync() { # OPTION…
  rm -rf "$site/src" "$work/referee"
  mkdir "$work/referee"
  for place in "$site/src" "$work/referee/src"; do plant "$place"; disturb "$place"; done
  state "$site/src" > "$work/before"
  plain_rsync -rlpt --specials "$@" "$work/src" "$work/referee/"
  expect_exit 0
  sed 's/^>f/<f/' "$out" | sort > "$work/of_rsync"
  push "$work/src" --sites nancy "$@"
  expect_exit 0
  grep -E '^[<.>ch][fdLDS]' "$out" | sort > "$work/ours" || true
  diff "$work/of_rsync" "$work/ours" > "$work/difference" || fail "with $*, not as rsync says: $(<"$work/difference")"
}

promise "what differs in content alone is found, and what differs in time alone keeps its content"
same_as_rsync -c -i
grep -q '^<fc\.\.\.\.\.\.\.\. src/flipped$' "$out" || fail "flipped is not told"
grep -q '^\.f\.\.t\.\.\.\.\.\. src/touched$' "$out" || fail "touched is not told"
expect_same_tree "$work/src" "$site/src"
expect_same_tree "$work/src" "$work/referee/src"
inode=$(sed -n 's/^touched \([0-9]*\) .*/\1/p' "$work/before")
[ "$(stat -c %i "$site/src/touched")" = "$inode" ] || fail "touched was written anew"

promise "a dry run tells the same and changes nothing"
same_as_rsync -n -c -i
state "$site/src" | cmp -s - "$work/before" || fail "something was changed"

promise "it wins over -I and --size-only, and goes with -u and without times"
same_as_rsync -c -i --size-only
same_as_rsync -c -i -I
same_as_rsync -c -i -u
same_as_rsync -c -i --no-times

promise "where all is the same nothing is written"
push "$work/src" --sites nancy
push "$work/src" --sites nancy -c
state "$site/src" > "$work/before"
push "$work/src" --sites nancy -c -i
expect_exit 0
expect_out 'no file needed writing'
state "$site/src" | cmp -s - "$work/before" || fail "something was changed"

promise "what cannot be read there is replaced"
chmod 000 "$site/src/same"
client_prefix=("${bound_by_modes[@]}")
push "$work/src" --hosts here --transport local --to "$site" -c -i
expect_exit 0
expect_out '^<fc\.\.p\.\.\.\.\. src/same$'
expect_same_tree "$work/src" "$site/src"
expect_nothing_left
