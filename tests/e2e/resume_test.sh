#!/usr/bin/env bash
# resume_test: what an interrupted push has brought of large files is not sent again.
. "${0%/*}/lib.sh"
sandbox_up nancy
mkdir "$work/src"
size=90000000
for i in 1 2 3; do random_file "$work/src/big$i" $size; done
random_file "$work/src/small" 100000

temp_bytes() { find "$(home nancy)/src" -name '.g5ksync.*' -type f -size +1M -printf '%b\n' | awk '{ n += $1 * 512 } END { print n + 0 }'; }
much_is_there() { [ "$(temp_bytes)" -gt 20000000 ]; }
# A push that stands still when some of all three files has come.
push_halfway() {
  rm -rf "$(home nancy)/src"
  begin_push "$work/src" --sites nancy "$@"
  eventually 30 much_is_there || fail "no transfer began in 30 s"
  "$sandbox" freeze "$box" nancy
  kill -0 "$begun" || fail "the run was over before it could be interrupted; larger files are needed"
}
# Pushes again; what is there is not sent once more. Files that have their names already are there whole.
expect_resumed() {
  local there whole limit
  there=$(temp_bytes)
  [ "$there" -gt 15000000 ] || fail "only $there bytes were kept"
  whole=$(find "$(home nancy)/src" -name 'big*' | wc -l)
  limit=$(((3 - whole) * size - there + ((3 - whole) * size) / 10))
  push "$work/src" --sites nancy --stats
  expect_exit 0
  expect_same_tree "$work/src" "$(home nancy)/src"
  expect_nothing_left
  [ "$(sent_to nancy)" -le "$limit" ] || fail "$(sent_to nancy) bytes were sent; $there of $(((3 - whole) * size)) were there"
}

promise "after Ctrl-C the next push goes on where it was"
push_halfway
interrupt
finish 10
expect_exit 20
"$sandbox" thaw "$box" nancy
eventually 20 no_processes_left || fail "processes are left: $(list_left)"
[ -z "$(find "$(home nancy)/src" -name '.g5ksync.*' -size -1024k ! -name '*.lease')" ] || fail "a small temp file was kept"
expect_resumed

promise "so it does after kill -9 of the agent"
push_halfway
for pid in $("$sandbox" pids "$box" nancy); do
  case $(readlink "/proc/$pid/exe") in */agent-*) kill -KILL "$pid";; esac
done
"$sandbox" thaw "$box" nancy
finish 30
expect_exit 12
eventually 20 no_processes_left || fail "processes are left: $(list_left)"
expect_resumed

promise "so it does after kill -9 of the client, and after a second one in the middle of the next push"
push_halfway
kill -KILL -- "-$begun"
finish 5
"$sandbox" thaw "$box" nancy
eventually 20 no_processes_left || fail "processes are left: $(list_left)"
before=$(temp_bytes)
more_is_there() { [ "$(temp_bytes)" -gt $((before + 20000000)) ]; }
begin_push "$work/src" --sites nancy
eventually 30 more_is_there || fail "the second push brought nothing"
"$sandbox" freeze "$box" nancy
kill -0 "$begun" || fail "the run was over before it could be interrupted; larger files are needed"
interrupt
finish 10
"$sandbox" thaw "$box" nancy
eventually 20 no_processes_left || fail "processes are left: $(list_left)"
expect_resumed

promise "what a live run has brought is left alone by another one"
push_halfway --timeout 60
agent=$(for pid in $("$sandbox" pids "$box" nancy); do
  case $(readlink "/proc/$pid/exe") in */agent-*) echo "$pid";; esac
done)
kill -STOP "$agent"
"$sandbox" thaw "$box" nancy
kill -STOP "$agent"
first=$begun before=$(temp_files | sort)
push "$work/src" --sites nancy
expect_exit 0
[ "$(temp_files | sort)" = "$before" ] || fail "temp files of the live run are gone"
kill -CONT "$agent"
begun=$first
finish 60
expect_exit 0
expect_same_tree "$work/src" "$(home nancy)/src"
expect_nothing_left

promise "what is left of a file that is no longer sent goes too"
push_halfway
interrupt
finish 10
"$sandbox" thaw "$box" nancy
eventually 20 no_processes_left || fail "processes are left: $(list_left)"
[ "$(temp_bytes)" -gt 0 ] || fail "nothing was kept"
rm "$work/src"/big*
push "$work/src" --sites nancy --delete
expect_exit 0
expect_same_tree "$work/src" "$(home nancy)/src"
expect_nothing_left
