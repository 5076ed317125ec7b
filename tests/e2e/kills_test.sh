#!/usr/bin/env bash
# kills_test: whatever is killed in the middle of a push, files stay whole, processes end, and the next push repairs.
. "${0%/*}/lib.sh"
sites=(nancy lyon)
sandbox_up "${sites[@]}"
mkdir "$work/old" "$work/src"
for i in 1 2 3; do
  random_file "$work/old/big$i" 3000000
  random_file "$work/src/big$i" 25000000
done
for i in $(seq 1 30); do
  echo "old $i" > "$work/old/f$i"
  echo "and new $i" > "$work/src/f$i"
done

# Each site has the old tree; a push of the new one stands still in the middle, on both.
push_halfway() {
  local site
  for site in "${sites[@]}"; do
    rm -rf "$(home "$site")/src"
    cp -a "$work/old" "$(home "$site")/src"
  done
  begin_push "$work/src" --sites all
  eventually 30 both_transfer || fail "no transfer began in 30 s"
  "$sandbox" freeze "$box" g5k
  kill -0 "$begun" || fail "the run was over before anything could be killed; larger files are needed"
}
both_transfer() { transfers nancy && transfers lyon; }
transfers() { [ -n "$(find "$(home "$1")/src" -name '.g5ksync.*' -size +100k -print -quit)" ]; }
thaw() { "$sandbox" thaw "$box" g5k; }
agents() { # SITE…
  local site pid
  for site in "$@"; do
    for pid in $("$sandbox" pids "$box" "$site"); do
      case $(readlink "/proc/$pid/exe") in */agent-*) echo "$pid";; esac
    done
  done
}
no_agents() { [ -z "$(agents "${sites[@]}")" ]; }
expect_agents_end() { eventually 20 no_agents || fail "agents are left: $(agents "${sites[@]}")"; }
expect_old_or_new() {
  local site file
  for site in "${sites[@]}"; do
    for file in "$work/src"/*; do
      file=${file##*/}
      cmp -s "$(home "$site")/src/$file" "$work/old/$file" || cmp -s "$(home "$site")/src/$file" "$work/src/$file" ||
        fail "$file on $site is neither the old nor the new one"
    done
  done
}
expect_repaired() {
  push "$work/src" --sites all
  expect_exit 0
  expect_on_sites "$work/src" src "${sites[@]}"
  expect_nothing_left
}

promise "kill -9 of the client: agents end, files are the old or the new ones, the next push completes"
push_halfway
kill -KILL -- "-$begun"
finish 5
thaw
expect_agents_end
expect_old_or_new
expect_repaired

promise "kill -9 of one agent fails its host alone; the next push clears what it left, at once"
push_halfway
kill -KILL "$(agents nancy)"
thaw
finish 30
expect_exit 41
expect_failed nancy 'agent ended in the middle of the run.*ssh .*nancy.g5k true'
expect_same_tree "$work/src" "$(home lyon)/src"
expect_old_or_new
[ -n "$(temp_files)" ] || fail "a killed agent should leave its temp files"
expect_repaired

promise "kill -9 of the gateway's servers in the middle: the lost hosts say so, and the next push completes"
push_halfway
stop_host g5k
finish 40
expect_exit 12
expect_failed nancy 'the gateway g5k: connection lost.*ssh .*nancy.g5k true'
expect_failed lyon 'the gateway g5k: connection lost'
expect_agents_end
expect_old_or_new
start_host g5k
expect_repaired

for signal in TERM HUP; do
  promise "SIG$signal ends the run as Ctrl-C does"
  push_halfway
  kill -$signal "$begun"
  finish 10
  expect_exit 20
  thaw
  expect_agents_end
  expect_old_or_new
done
expect_repaired
