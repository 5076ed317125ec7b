#!/usr/bin/env bash
# options_test: what rsync's options on files and modes do here, judged by rsync with the same options.
. "${0%/*}/lib.sh"
sandbox_up nancy
site=$(home nancy)

# A tree, and another state of it to begin with: older, newer, other and missing entries.
plant_source() { # DIR
  mkdir -p "$1/sub/deep" "$1/fresh/inner"
  local name
  for name in same older newer touched shorter only-here modes sub/same sub/only-here fresh/inner/f; do
    echo "content of $name" > "$1/$name"
    touch -d '2020-01-01 12:00:00' "$1/$name"
  done
  : > "$1/empty"
  chmod 751 "$1/modes"
  chmod 640 "$1/same"
  ln -s same "$1/link"
  ln -s same "$1/sub/link-only-here"
  mkfifo "$1/fifo"
  touch -h -d '2020-01-01 12:00:00' "$1/link" "$1/sub/link-only-here" "$1/empty" "$1/fifo"
  touch -d '2021-01-01' "$1/sub" "$1/sub/deep" "$1/fresh/inner" "$1/fresh" "$1"
}
plant_there() { # DIR
  mkdir -p "$1/sub"
  local name
  for name in same older newer touched modes sub/same; do
    echo "content of $name" > "$1/$name"
    touch -d '2020-01-01 12:00:00' "$1/$name"
  done
  echo 'other   of older' > "$1/older"
  touch -d '2019-01-01' "$1/older"
  echo 'other   of newer' > "$1/newer"
  touch -d '2022-01-01' "$1/newer"
  touch -d '2018-01-01' "$1/touched"
  echo short > "$1/shorter"
  echo full > "$1/empty"
  chmod 640 "$1/empty"
  ln -s elsewhere "$1/link"
  touch -h -d '2019-01-01' "$1/link" "$1/shorter" "$1/empty"
  chmod 600 "$1/modes"
}
plant_source "$work/src"

# Both begin with the same state; then one run of each with the same options must say and make the same.
same_as_rsync() { # OPTION…
  rm -rf "$site/src" "$work/referee"
  mkdir "$work/referee"
  plant_there "$site/src"
  plant_there "$work/referee/src"
  touch -d '2017-01-01' "$site/src" "$site/src/sub" "$work/referee/src" "$work/referee/src/sub"
  plain_rsync -rlpt --specials -i "$@" "$work/src" "$work/referee/"
  expect_exit 0
  sed 's/^>f/<f/' "$out" | sort > "$work/of_rsync"
  push "$work/src" --sites nancy -i "$@"
  expect_exit 0
  grep -E '^[<.>ch][fdLDS]' "$out" | sort > "$work/ours" || true
  diff "$work/of_rsync" "$work/ours" > "$work/difference" || fail "with $*, not as rsync says: $(<"$work/difference")"
  local compare=()
  case " $* " in *' --no-t'*) compare=(--no-times) ;; esac
  expect_same_tree "$work/referee/src" "$site/src" "${compare[@]}"
}

promise "which files are written is decided as by rsync"
same_as_rsync
same_as_rsync -I
same_as_rsync --size-only
same_as_rsync --size-only --ignore-times
same_as_rsync -u
same_as_rsync --update --size-only
same_as_rsync --existing
same_as_rsync --ignore-non-existing -u
same_as_rsync --ignore-existing
same_as_rsync --existing --ignore-existing
same_as_rsync --no-times
same_as_rsync --no-times --size-only

promise "without --perms what is new gets the mode that it has here, less the umask; what is there keeps its own"
same_as_rsync --no-perms
[ "$(stat -c %a "$site/src/modes")" = 600 ] || fail "a mode was changed"
same_as_rsync --no-p --no-t
[ "$(stat -c %a "$site/src/fresh")" != 0 ] || fail "a new directory has no mode"

promise "--chmod changes modes on the way, and leaves them here"
ls -lR "$work/src" > "$work/before"
same_as_rsync --chmod=Dg+s,ug+w,Fo-w,+X
same_as_rsync --chmod=D2775 --chmod F640
same_as_rsync --chmod=u=rwX,go=
same_as_rsync --chmod=go= --no-perms
same_as_rsync --chmod=a-w
[ "$(stat -c %a "$site/src/modes")" = 551 ] || fail "modes has another mode"
chmod -R u+w "$site/src" "$work/referee/src"
ls -lR "$work/src" | cmp -s - "$work/before" || fail "the source was changed"
push "$work/src" --sites nancy --chmod=D2775 --chmod F640
push "$work/src" --sites nancy --chmod=D2775,F640
expect_exit 0
expect_out 'no file needed writing'

promise "a change of modes that makes no sense is refused before anything happens"
push "$work/src" --sites nancy --chmod=u+y
expect_exit 1
expect_err -- '--chmod: not a change of modes: "u\+y"'

if [ "$(id -u)" = 0 ]; then
  promise "-x keeps mount points, and nothing of what is mounted there"
  mkdir -p "$work/src/sub/mounted"
  disk "$work/src/sub/mounted" size=1m
  echo beyond > "$work/src/sub/mounted/beyond"
  touch -d '2021-02-02' "$work/src/sub/mounted"
  same_as_rsync -x
  [ -d "$site/src/sub/mounted" ] || fail "the mount point is missing"
  expect_absent "$site/src/sub/mounted/beyond"
  same_as_rsync
  expect_file "$site/src/sub/mounted/beyond" beyond
fi
expect_nothing_left
