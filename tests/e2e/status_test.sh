#!/usr/bin/env bash
# status_test: status and verify say what differs on which host, and change nothing. The last parts need root.
. "${0%/*}/lib.sh"
sandbox_up nancy rennes lyon
status() { client status "$@"; run "${client[@]}"; }
verify() { client verify "$@"; run "${client[@]}"; }
site=$(home nancy)
for host in nancy rennes lyon; do mkdir "$(home "$host")/.cache"; done # for the agent

# All there is to know of what the hosts have, but for when it was last read.
everything() {
  local host
  for host in nancy rennes lyon; do
    find "$(home "$host")" -path '*/.cache' -prune -o -printf '%p %y %i %n %m %u %g %s %T@ %C@ %l\n'
  done | sort
}
# Runs status (or what is named) with -i on nancy, and holds that: nothing was changed; the counts of nancy's line are
# those of the lines with changes; the exit code says whether there are any.
compare() { # SUBCOMMAND ARGUMENT…
  local before made there
  before=$(everything)
  "$1" -i --sites nancy "${@:2}"
  [ "$(everything)" = "$before" ] || fail "something was changed: $(diff <(echo "$before") <(everything) || true)"
  made=$(grep -cE '^[<ch.][fdLDS]' "$out" || true)
  there=$(grep -cE '^\*only there ' "$out" || true)
  missing=$(counted missing) different=$(counted different) only_there=$(counted 'only there')
  [ "$made" = $((missing + different)) ] || fail "$made lines, but $missing missing and $different different"
  [ "$there" = "$only_there" ] || fail "$there lines, but $only_there only there"
  if grep -q '^nancy: same$' "$out"; then expect_exit 0; else expect_exit 43; fi
}
counted() { sed -nE "s/^nancy: (.*, )?([0-9,]+) $1(,.*)?\$/\\2/p" "$out" | tr -d , | grep . || echo 0; }
expect_counts() { # MISSING DIFFERENT ONLY-THERE
  [ "$missing $different $only_there" = "$1 $2 $3" ] || fail "counted: $missing $different $only_there"
}

make_tree "$work/src"
mkfifo "$work/src/fifo"
entries=$(find "$work/src" | wc -l)

promise "where nothing is, all is missing, and nothing is made"
compare status "$work/src"
expect_counts "$entries" 0 0
compare status "$work/src" --to not/yet
expect_counts "$entries" 0 0
compare status "$work/src/" --to not/yet
expect_counts "$entries" 0 0
compare verify "$work/src/" --to not/yet
expect_counts "$entries" 0 0
expect_absent "$site/not"

promise "after a push every host has the same"
push "$work/src" --sites all
status "$work/src" --sites all
expect_exit 0
expect_out "^$entries entries compared with 3 hosts; sent .*, received .* in "
expect_out '^nancy,rennes,lyon: same$'
[ "$(wc -l < "$out")" = 2 ] && [ ! -s "$err" ] || fail "more than two lines"
verify "$work/src" --sites all
expect_exit 0
expect_out '^[0-9]+ files, .* compared by content with 3 hosts; '
expect_out '^nancy,rennes,lyon: same$'
compare status "$work/src"
expect_no_line '^[<ch.*]'

promise "what is missing, what is different and what is only there is told by host, with its own exit code"
rm -r "$site/src/deep" "$site/src/empty"
mkdir "$site/src/more"; echo 1 > "$site/src/more/one"; echo 2 > "$site/src/more/two"
chmod 600 "$site/src/numbers"
echo longer >> "$site/src/small"
touch -d '2020-01-01' "$site/src/many/f3"
compare status "$work/src"
gone=$(find "$work/src/deep" "$work/src/empty" | wc -l)
expect_out '^<f\+{9} src/empty$'
expect_out '^<f\.s\S* src/small$'
expect_out '^\.f\.\.\.p\S* src/numbers$'
expect_out '^\*only there src/more/$'
expect_out '^\*only there src/more/one$'
expect_no_line '^\*deleting|done:|sent to'
lines=$(grep -cE '^\.d' "$out" || true) # directories whose times were changed with them
expect_counts "$gone" $((3 + lines)) 3
status "$work/src" --sites all
expect_exit 43
expect_out "^nancy: $gone missing, $((3 + lines)) different, 3 only there\$"
expect_out '^rennes,lyon: same$'
compare status "$work/src" --no-times --no-perms
expect_no_line '^\.d'

promise "a link, a folder and a file in each other's places are different, and what is in the folder is only there"
push "$work/src" --sites nancy --delete
rm "$site/src/link" "$site/src/many/f1"; echo file > "$site/src/link"
mkdir "$site/src/many/f1"; echo inside > "$site/src/many/f1/inside"
rmdir "$site/src/empty dir"; ln -s many "$site/src/empty dir"
rm "$site/src/dangling"; ln -s elsewhere "$site/src/dangling"
for folder in . many; do touch -r "$work/src/$folder" "$site/src/$folder"; done
compare status "$work/src"
expect_counts 0 4 1
expect_out '^cLc\S* src/dangling -> /nowhere/at/all$'
expect_out '^\*only there src/many/f1/inside$'

promise "after push --delete the three agree, and so does rsync"
push "$work/src" --sites all --delete
expect_exit 0
status "$work/src" --sites all
expect_exit 0
expect_out '^nancy,rennes,lyon: same$'
expect_on_sites "$work/src" src nancy rennes lyon

promise "verify finds a byte that was flipped where size and time are the same; status does not"
printf X | dd of="$site/src/random" bs=1 seek=700000 conv=notrunc status=none
touch -r "$work/src/random" "$site/src/random"
compare status "$work/src"
expect_counts 0 0 0
compare verify "$work/src"
expect_counts 0 1 0
expect_out '^<fc\.\.\.\.\.\.\.\. src/random$'
expect_err '^nancy: src/random: content differs though size and time are equal$'
status -c "$work/src" --sites all
expect_exit 43
expect_out '^rennes,lyon: same$'
expect_out '^nancy: 1 different$'
expect_no_line '^nancy <fc'
expect_err '^nancy: src/random: content differs though size and time are equal$'
verify -q "$work/src" --sites all
expect_exit 43
[ ! -s "$out" ] || fail "-q prints"
touch -d '2020-01-01' "$site/src/many/f2"
touch -r "$work/src/many" "$site/src/many"
compare verify "$work/src"
expect_counts 0 2 0
expect_out '^\.f\.\.t\S* src/many/f2$'
push "$work/src" --sites nancy -c

promise "what the patterns leave out counts neither here nor there"
echo object > "$site/src/many/a.o"; echo object > "$work/src/b.o"
touch -r "$work/src/many" "$site/src/many"; touch -r "$site/src" "$work/src"
compare status "$work/src" --exclude '*.o'
expect_counts 0 0 0
compare status "$work/src"
expect_counts 1 0 1
rm "$site/src/many/a.o" "$work/src/b.o"
touch -r "$work/src/many" "$site/src/many"; touch -r "$site/src" "$work/src"

promise "with SRC/ the root's own mode counts"
push "$work/src/" --sites nancy --to root
compare status "$work/src/" --to root
expect_counts 0 0 0
chmod 750 "$site/root"
compare status "$work/src/" --to root
expect_counts 0 1 0
expect_out '^\.d\.\.\.p\S* \./$'
push "$work/src/" --sites nancy --to root
compare status "$work/src/" --to root
expect_counts 0 0 0

promise "an empty source is compared as it is"
mkdir "$work/nothing"
compare status "$work/nothing/" --to root
expect_counts 0 1 $((entries - 1))
mkdir -p "$site/inner/nothing"; echo 1 > "$site/inner/nothing/one"
touch -r "$work/nothing" "$site/inner/nothing"
compare status "$work/nothing" --to inner
expect_counts 0 0 1

promise "hard links: names that are not one file there are different"
ln "$work/src/numbers" "$work/src/numbers too"
push "$work/src" --sites nancy --to linked -H
compare status "$work/src" --to linked -H
expect_counts 0 0 0
cp --preserve=all "$site/linked/src/numbers" "$work/copy"
rm "$site/linked/src/numbers too"; cp --preserve=all "$work/copy" "$site/linked/src/numbers too"
touch -r "$work/src" "$site/linked/src"
compare status "$work/src" --to linked -H
expect_counts 0 1 0
compare status "$work/src" --to linked
expect_counts 0 0 0
rm "$work/src/numbers too"

promise "temporary files of other runs are no difference, and stay"
echo half > "$site/src/many/.g5ksync.0123456789abcdef.1"
touch -d '20 minutes ago' "$site/src/many/.g5ksync.0123456789abcdef.1"
touch -r "$work/src/many" "$site/src/many"; touch -r "$site/src" "$work/src"
push "$work/src" --sites rennes,lyon
compare status "$work/src"
expect_counts 0 0 0
rm "$site/src/many/.g5ksync.0123456789abcdef.1"
touch -r "$work/src/many" "$site/src/many"

promise "what cannot be read here is told, and names only there are not looked for"
echo extra > "$site/src/many/extra"
chmod 000 "$work/src/deep"
client_prefix=("${bound_by_modes[@]}")
status "$work/src" --sites rennes,lyon --no-perms
expect_exit 23
expect_out '^rennes,lyon: no other difference$'
expect_err '^src/deep: '
expect_err '^not all could be read here: what is only there was not looked for$'
status "$work/src" --sites nancy --no-perms
expect_exit 23
expect_no_line '[0-9] only there$'
client_prefix=()
chmod 755 "$work/src/deep"

promise "what cannot be read there is told, and keeps its mode"
mkdir -p "$work/here/src/many" "$work/here/src/closed"
cp -a "$work/src/small" "$work/here/src/"
chmod 511 "$work/here/src"; chmod 311 "$work/here/src/many"; chmod 000 "$work/here/src/closed"
before=$(find "$work/here" -printf '%p %m %C@\n')
client_prefix=("${bound_by_modes[@]}")
status -i "$work/src" --hosts here --transport local --to "$work/here"
client_prefix=()
expect_exit 23
expect_err '^here: src: cannot look into closed: open directory: Permission denied$'
expect_err '^here: src/many: .*Permission denied$'
expect_out '^\.d\S* src/many/$'
expect_no_line '^\*only there'
[ "$(find "$work/here" -printf '%p %m %C@\n')" = "$before" ] || fail "something was changed"
chmod -R u+rwx "$work/here"

promise "options that change how things are written are refused by their names"
for option in -n --delete --delete-excluded --max-delete=3 --force -S --detect-moves; do
  status "$work/src" --sites nancy "$option"
  expect_exit 1
  case $option in -n) option=--dry-run;; -S) option=--sparse;; esac
  expect_err "^g5ksync: ${option%=*} is for push: status changes nothing\$"
done

promise "a host that is down is told apart, and the others are compared; its code comes first"
stop_host lyon
status "$work/src" --sites all
expect_exit 41
expect_out "^$entries entries compared with 2 hosts; "
expect_out '^nancy: .*1 only there$'
expect_out '^rennes: same$'
expect_failed lyon .
expect_no_line '^lyon: '
status "$work/src" --sites lyon
expect_exit 255
expect_out '^nothing was compared$'
expect_nothing_left

need_root
promise "on a disk of whole seconds a push is followed by the same"
truncate -s 32M "$work/image"
mke2fs -q -t ext3 -I 128 -F "$work/image" > /dev/null 2>&1 || skip "needs mke2fs"
mkdir "$site/coarse"
mount -o loop "$work/image" "$site/coarse" 2> /dev/null || skip "may not mount a file as a disk"
touch -d '2020-01-01 00:00:00.123456789' "$site/coarse/probe"
[ "$(stat -c %.9Y "$site/coarse/probe")" = 1577836800.000000000 ] || skip "this disk keeps more than seconds"
rm "$site/coarse/probe"
push "$work/src" --sites nancy --to coarse
compare status "$work/src" --to coarse
expect_counts 0 0 0
compare verify "$work/src" --to coarse
expect_counts 0 0 0
touch -d '1999-12-31 23:59:59.1' "$site/coarse/src/numbers"
compare status "$work/src" --to coarse
expect_counts 0 1 0

promise "times of whole seconds on a finer disk are compared to the last digit"
push "$work/src" --sites nancy --to fine
touch -d '1999-12-31 23:59:58' "$site/fine/src/numbers" # where the source has a fraction
compare status "$work/src" --to fine
expect_counts 0 1 0
