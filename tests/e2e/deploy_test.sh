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
