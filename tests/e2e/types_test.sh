#!/usr/bin/env bash
# types_test: an entry in the place of one of another type, in all pairs, judged by rsync; with -n foretold.
. "${0%/*}/lib.sh"
sandbox_up nancy
site=$(home nancy)
types=(file empty large dir full link fifo socket)
[ "$(id -u)" != 0 ] || types+=(char block)

make_one() { # TYPE PATH TIME
  case $1 in
    file) echo "a file" > "$2" ;;
    empty) : > "$2" ;;
    large) head -c 400000 /dev/zero | tr '\0' x > "$2" ;;
    dir) mkdir "$2" ;;
    full) mkdir -p "$2/in/side"; echo full > "$2/in/side/f"; ln -s nowhere "$2/in/link" ;;
    link) ln -s "$work/outside" "$2" ;;
    fifo) mkfifo "$2" ;;
    socket) perl -MSocket -e 'chdir $ARGV[0]; socket(S, PF_UNIX, SOCK_STREAM, 0); bind(S, sockaddr_un($ARGV[1]))' \
      "${2%/*}" "${2##*/}" ;;
    char) mknod "$2" c 1 3 ;;
    block) mknod "$2" b 7 200 ;;
  esac
  find "$2" -exec touch -h -d "$3" {} +
}
need_command perl
mkdir "$work/outside" "$work/src" "$work/there"
echo outside > "$work/outside/precious"
for here in "${types[@]}"; do
  for there in "${types[@]}"; do
    make_one "$here" "$work/src/$there-to-$here" '2020-01-01'
    make_one "$there" "$work/there/$there-to-$here" '2021-01-01'
  done
done
find "$work/src" "$work/there" -depth -type d -exec touch -d '2019-01-01' {} +

restore() { rm -rf "$site/src" "$work/referee"; cp -a "$work/there" "$site/src"; mkdir "$work/referee"; cp -a "$work/there" "$work/referee/src"; }
# Both from the same state with the same options: the same end, and the same lines of -i; deletions are one set.
same_as_rsync() { # EXIT OPTION…
  local expected=$1
  shift
  restore
  plain_rsync -rlptD -i "$@" "$work/src" "$work/referee/"
  expect_exit "$expected"
  grep -E '^([<.>ch][fdLDS]|\*del)' "$out" | sed 's/^>f/<f/' | sort > "$work/of_rsync"
  push "$work/src" --sites nancy -D -n -i "$@"
  expect_exit "$expected"
  grep -E '^([<.>ch][fdLDS]|\*del)' "$out" | sort > "$work/foretold"
  push "$work/src" --sites nancy -D -i "$@"
  expect_exit "$expected"
  grep -E '^([<.>ch][fdLDS]|\*del)' "$out" | sort > "$work/ours"
  diff "$work/foretold" "$work/ours" > "$work/difference" || fail "with $*, not as foretold: $(<"$work/difference")"
  diff "$work/of_rsync" "$work/ours" > "$work/difference" || fail "with $*, not as rsync says: $(<"$work/difference")"
  expect_same_tree "$work/referee/src" "$site/src" --omit-dir-times
  expect_file "$work/outside/precious" outside
  [ "$(ls "$work/outside")" = precious ] || fail "something was written through a link"
}

promise "every type takes the place of every other, but for directories with something in them"
same_as_rsync 23
expect_err 'src/full-to-file: a directory with something in it is in the way'
expect_file "$site/src/full-to-link/in/side/f" full
expect_file "$site/src/file-to-full/in/side/f" full

promise "with --delete and with --force those go too"
same_as_rsync 0 --delete
expect_same_tree "$work/src" "$site/src"
same_as_rsync 0 --force
push "$work/src" --sites nancy -D --delete
expect_out 'no file needed writing'

promise "so it is where modes bind"
restore
if [ ${#bound_by_modes[@]} -gt 0 ]; then set_host nancy meter="${bound_by_modes[*]}"; fi
find "$site/src" -type d -exec chmod 500 {} +
push "$work/src" --sites nancy -D --delete
set_host nancy meter=
expect_exit 0
expect_same_tree "$work/src" "$site/src"
expect_nothing_left
