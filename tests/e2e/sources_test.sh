#!/usr/bin/env bash
# sources_test: sources and destinations that are not what one hopes for.
. "${0%/*}/lib.sh"
sandbox_up nancy lyon
make_tree "$work/src"

promise "a missing source is named, nothing else happens"
push "$work/nothing here" --sites all
expect_exit 23
expect_err 'nothing here'

promise "a missing source among others does not keep those back"
push "$work/missing" "$work/src" --sites all
expect_exit 23
expect_err 'missing'
expect_on_sites "$work/src" src nancy lyon

promise "an empty source is an empty directory there, and deletes nothing"
mkdir "$work/empty"
push "$work/empty" --sites nancy
expect_exit 0
expect_same_tree "$work/empty" "$(home nancy)/empty"
push "$work/empty/" --to src --sites nancy --no-times
expect_exit 0
cmp -s "$work/src/random" "$(home nancy)/src/random" || fail "an empty source removed files"

promise "what cannot be read is named, the rest arrives"
mkdir "$work/secret" "$work/secret/closed"
echo open > "$work/secret/open"
echo hidden > "$work/secret/hidden"
echo inside > "$work/secret/closed/inside"
chmod 000 "$work/secret/hidden" "$work/secret/closed"
client_prefix=("${bound_by_modes[@]}")
push "$work/secret" --sites all
client_prefix=()
expect_exit 23
expect_err 'secret/hidden.*[Pp]ermission denied'
expect_err 'secret/closed.*[Pp]ermission denied'
expect_file "$(home nancy)/secret/open" open
expect_absent "$(home nancy)/secret/hidden"

promise "a destination that is a file is said to be one, and stays"
echo precious > "$(home nancy)/occupied"
push "$work/src" --to occupied --sites all
expect_exit 41
expect_failed nancy 'occupied'
expect_file "$(home nancy)/occupied" precious
expect_same_tree "$work/src" "$(home lyon)/occupied/src"

promise "a file in the place of a directory, and the other way round, is dealt with as rsync does"
mkdir -p "$work/kinds/dir" "$(home nancy)/kinds/file/full"
echo f > "$work/kinds/file"
echo d > "$work/kinds/dir/d"
echo in the way > "$(home nancy)/kinds/dir"
echo kept > "$(home nancy)/kinds/file/full/x"
push "$work/kinds" --sites nancy
expect_exit 23
expect_err 'kinds/file'
expect_file "$(home nancy)/kinds/file/full/x" kept
expect_file "$(home nancy)/kinds/dir/d" d

promise "a destination that one may not write is said so"
mkdir -p "$(home nancy)/locked"
chmod 500 "$(home nancy)/locked"
if [ ${#bound_by_modes[@]} -gt 0 ]; then set_host nancy meter="${bound_by_modes[*]}"; fi
push "$work/src" --to locked --sites all
expect_exit 41
expect_line '[Pp]ermission denied'
expect_same_tree "$work/src" "$(home lyon)/locked/src"
set_host nancy meter=
chmod 700 "$(home nancy)/locked"

promise "a read-only directory of one's own is written into, as by rsync, and is read-only again"
mkdir -p "$(home nancy)/partly/src/many"
chmod 555 "$(home nancy)/partly/src/many"
if [ ${#bound_by_modes[@]} -gt 0 ]; then set_host nancy meter="${bound_by_modes[*]}"; fi
push "$work/src" --to partly --sites nancy --no-perms
set_host nancy meter=
expect_exit 0
[ "$(stat -c %a "$(home nancy)/partly/src/many")" = 555 ] || fail "its mode was changed"
expect_same_tree "$work/src" "$(home nancy)/partly/src" --no-perms

if [ "$(id -u)" = 0 ]; then
  promise "in a directory of somebody else's each file is named (all with -v), and the rest arrives"
  rm -rf "$(home nancy)/partly"
  mkdir -p "$(home nancy)/partly/src/many"
  chown nobody "$(home nancy)/partly/src/many"
  set_host nancy meter='setpriv --bounding-set=-dac_override,-dac_read_search,-fowner'
  push -v "$work/src" --to partly --sites nancy
  set_host nancy meter=
  expect_exit 23
  for i in $(seq 1 40); do expect_err "src/many/f$i: .*[Pp]ermission denied"; done
  [ -z "$(ls -A "$(home nancy)/partly/src/many")" ] || fail "something was written there"
  expect_same_tree "$work/src" "$(home nancy)/partly/src" --exclude /many
  expect_no_temp_files
fi

promise "a symlink in the destination is never followed"
mkdir -p "$work/outside" "$(home nancy)/linked"
echo untouched > "$work/outside/numbers"
ln -s "$work/outside" "$(home nancy)/linked/src"
push "$work/src" --to linked --sites nancy
expect_file "$work/outside/numbers" untouched
[ "$(ls "$work/outside")" = numbers ] || fail "files were written through a symlink: $(ls "$work/outside")"
expect_same_tree "$work/src" "$(home nancy)/linked/src"
expect_nothing_left
