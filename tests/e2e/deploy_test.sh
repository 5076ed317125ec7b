#!/usr/bin/env bash
# deploy_test: the agent gets to a host whatever happened there before.
. "${0%/*}/lib.sh"
sandbox_up nancy lyon
mkdir "$work/src"
echo small > "$work/src/file"
cache=$(home nancy)/.cache/g5ksync
agent() { find "$cache" -maxdepth 1 -type f -name 'agent-*' ! -name '*.*'; }
expect_one_agent() { # and nothing else beside it
  [ "$(agent | wc -l)" = 1 ] || fail "not one agent: $(ls "$cache")"
  [ "$(ls -A "$cache" | wc -l)" = 1 ] || fail "left beside the agent: $(ls -A "$cache")"
}
# A host that takes 4 s to store an agent, and one on which no agent comes out as it was sent.
mkdir "$work/slow" "$work/broken"
printf '#!/bin/sh\nsleep 4\nexec %s "$@"\n' "$(command -v gzip)" > "$work/slow/gzip"
printf '#!/bin/sh\ncat > /dev/null\necho 0\n' > "$work/broken/sha256sum"
chmod 755 "$work/slow/gzip" "$work/broken/sha256sum"

promise "the agent is sent once; then it is there"
push "$work/src" --sites all
expect_exit 0
expect_one_agent
path=$(agent)
before=$(stat -c '%i %Y' "$path")
push "$work/src" --sites all
expect_exit 0
[ "$(stat -c '%i %Y' "$path")" = "$before" ] || fail "the agent was sent again"

promise "a damaged, a cut and a replaced agent are noticed and sent anew"
for damage in 'printf X | dd of=$path bs=1 seek=5000 conv=notrunc status=none' 'truncate -s 100000 "$path"' \
  'rm "$path"; ln -s /bin/false "$path"' 'chmod 600 "$path"'; do
  eval "$damage"
  push "$work/src" --sites all
  expect_exit 0
  expect_one_agent
  cmp -s "$path" "$(home lyon)/${path#"$(home nancy)"/}" || fail "not the agent: $damage"
  [ ! -L "$path" ] || fail "still a link"
done

# The places behind nancy's home get a name of this test's own from this `id`.
tag=e2e-$$-$RANDOM
mkdir "$work/elsewhere"
printf '#!/bin/sh\necho %s\n' $tag > "$work/elsewhere/id"
chmod 755 "$work/elsewhere/id"
places=("/var/tmp/g5ksync-$tag" "/tmp/g5ksync-$tag")
trap 'rm -rf "${places[@]}"; clean_up' EXIT
# An upload that stands still in the middle until its input ends.
stalling=$work/stalling
mkdir "$stalling"
cp "$work/elsewhere/id" "$stalling/id"
cat > "$stalling/head" <<'SH'
#!/bin/sh
if [ "$2" -lt 100000 ]; then exec /usr/bin/head "$@"; fi
/usr/bin/head -c 50000
exec cat > /dev/null
SH
chmod 755 "$stalling/head"
begin_stalled_push() {
  set_host nancy path="$stalling"
  begin_push "$work/src" --sites nancy
  eventually 20 temp_of_upload || fail "no upload began"
  set_host nancy path=
}
temp_of_upload() { [ -s "$path.lock/holder" ] && [ -n "$(find "$cache" -maxdepth 1 -type f -name 'agent-*.*')" ]; }

promise "an upload whose client is killed ends with it, leaves nothing, and tries nowhere else"
rm "$path"
begin_stalled_push
kill -KILL -- "-$begun"
finish 5
eventually 5 no_processes_left || fail "processes are left: $(list_left)"
[ -z "$(ls -A "$cache")" ] || fail "left: $(ls -A "$cache")"
for place in "${places[@]}"; do expect_absent "$place"; done

promise "a shell killed in the middle of an upload keeps nobody waiting, and its temp file goes"
begin_stalled_push
holder=$(cut -d' ' -f2 "$path.lock/holder")
kill -KILL "$holder"
kill -KILL -- "-$begun"
finish 5
eventually 5 no_processes_left || fail "processes are left: $(list_left)"
temp_of_upload || fail "a killed shell should leave its lock and its temp file"
begin_push "$work/src" --sites nancy
finish 8
expect_exit 0
expect_one_agent

promise "the lock of another machine is waited for, but not for ever"
rm "$path"
mkdir "$path.lock"
echo "another-node 1 0123" > "$path.lock/holder"
mkdir "$work/quick"
printf '#!/bin/sh\necho >> "%s"\nexec /bin/sleep 0.01\n' "$work/waits" > "$work/quick/sleep"
chmod 755 "$work/quick/sleep"
set_host nancy path="$work/quick"
push "$work/src" --sites nancy
set_host nancy path=
expect_exit 0
[ "$(wc -l < "$work/waits")" = 100 ] || fail "it waited $(wc -l < "$work/waits") times"
expect_one_agent

promise "the lock of a dead run on the same host holds up nobody"
rm "$path"
mkdir "$path.lock"
(exec true) & dead=$!
wait $dead
echo "$(uname -n) $dead" > "$path.lock/holder"
begin_push "$work/src" --sites all
finish 8
expect_exit 0
expect_one_agent

promise "a run that is killed while it sends the agent is in nobody's way"
rm "$path"
set_host nancy path="$work/slow"
begin_push "$work/src" --to first --sites nancy
eventually 10 test -e "$path.lock" || fail "no agent was sent"
kill -KILL -- "-$begun"
finish 5
set_host nancy path=
begin_push "$work/src" --to second --sites nancy
finish 12
expect_exit 0
expect_one_agent
expect_absent "$(home nancy)/first"

promise "whoever comes while an agent is being stored waits for it, and sends none"
rm "$path"
set_host nancy path="$work/slow"
client push "$work/src" --to one --sites nancy
"${client[@]}" > "$work/other" 2>&1 &
other=$!
eventually 10 test -e "$path.lock" || fail "no agent was sent"
push "$work/src" --to two --sites nancy --stats
expect_exit 0
expect_out 'of them 0 B agent'
wait $other || fail "the first push failed: $(<"$work/other")"
set_host nancy path=
expect_one_agent

promise "where it can be stored nowhere, the host says where it was tried and what to do"
rm "$path"
set_host nancy path="$work/broken"
push "$work/src" --to three --sites all
expect_exit 41
expect_failed nancy "no place for the agent: .*\.cache/g5ksync .*/var/tmp/g5ksync-.*make room"
push "$work/src" --to three --sites nancy
expect_exit 5
expect_absent "$(home nancy)/three"
[ -z "$(ls -A "$cache")" ] || fail "left: $(ls -A "$cache")"
expect_nothing_left

[ "$(id -u)" = 0 ] || exit 0
promise "a home without room for the agent sends it to the next place"
rm -rf "$cache"
disk "$(home nancy)" size=1m
set_host nancy path="$work/elsewhere"
push "$work/src" --sites nancy
set_host nancy path=
expect_exit 0
expect_file "$(home nancy)/src/file" small
[ -z "$(ls -A "$cache")" ] || fail "left: $(ls -A "$cache")"
[ "$(ls "${places[0]}")" = "${path##*/}" ] || fail "the agent is not in ${places[0]}"
expect_nothing_left
