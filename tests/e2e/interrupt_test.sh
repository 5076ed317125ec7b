#!/usr/bin/env bash
# interrupt_test: a run that is ended early leaves no process and no half file, and the next one repairs the rest.
. "${0%/*}/lib.sh"
sandbox_up nancy lyon
mkdir "$work/src"
for i in 1 2 3; do random_file "$work/src/big$i" 60000000; done
echo small > "$work/src/small"

# A push that cannot come to its end: nancy stands still in the middle of the transfer.
push_halfway() {
  begin_push "$work/src" --sites all
  eventually 30 has_temp_file nancy || fail "no transfer began in 30 s"
  "$sandbox" freeze "$box" nancy
  kill -0 "$begun" || fail "the run was over before it could be interrupted; larger files are needed"
}
has_temp_file() { [ -n "$(find "$(home "$1")/src" -name ".g5ksync.*" -type f -size +0 -print -quit 2> /dev/null)" ]; }
# A file that stands under its own name is whole, at every moment.
expect_whole_files() {
  local site file
  for site in nancy lyon; do
    for file in "$(home "$site")"/src/*; do
      [ ! -f "$file" ] || cmp -s "$file" "$work/src/${file##*/}" || fail "$file is no whole copy"
    done
  done
}

promise "Ctrl-C ends a run within seconds, even with a host that does not answer"
push_halfway
interrupt
finish 10
expect_exit 20
"$sandbox" thaw "$box" nancy
expect_whole_files
eventually 15 no_processes_left || fail "processes are left: $(list_left)"

promise "after Ctrl-C only large parts of files stay behind, and who left them"
few_temp_files() { [ -z "$(find "$(home nancy)" "$(home lyon)" -name '.g5ksync.*' ! -name '*.lease' -size -1024k)" ]; }
eventually 5 few_temp_files || fail "small temp files are left: $(temp_files | head -n 5)"

promise "the next push completes the trees"
push "$work/src" --sites all
expect_exit 0
expect_on_sites "$work/src" src nancy lyon
expect_nothing_left

promise "kill -9 of the client ends the agents within 15 s"
for site in nancy lyon; do rm -rf "$(home "$site")/src"; done
push_halfway
kill -KILL -- "-$begun"
finish 5
"$sandbox" thaw "$box" nancy
eventually 15 no_processes_left || fail "processes are left: $(list_left)"
expect_whole_files

promise "the next push clears up what a killed one left more than ten minutes ago"
for site in nancy lyon; do find "$(home "$site")" -name '.g5ksync.*' -exec touch -d '20 minutes ago' {} +; done
push "$work/src" --sites all
expect_exit 0
expect_on_sites "$work/src" src nancy lyon
expect_nothing_left

promise "a site that dies in the middle fails alone"
for site in nancy lyon; do rm -rf "$(home "$site")/src"; done
push_halfway
stop_host nancy
finish 60
expect_exit 41
expect_failed nancy '.'
expect_same_tree "$work/src" "$(home lyon)/src"
start_host nancy

promise "a site that stands still in the middle is given up after --timeout, alone"
for site in nancy lyon; do rm -rf "$(home "$site")/src"; done
begin_push "$work/src" --sites all --timeout 4
eventually 30 has_temp_file nancy || fail "no transfer began in 30 s"
"$sandbox" freeze "$box" nancy
finish 20
expect_exit 41
expect_failed nancy 'nothing was heard for 4 s'
expect_same_tree "$work/src" "$(home lyon)/src"
rm -rf "$(home nancy)/src"
"$sandbox" thaw "$box" nancy
expect_whole_files
eventually 20 no_processes_left || fail "processes are left: $(list_left)"

promise "the same for one site is exit code 30"
push "$work/src" --sites nancy --timeout 4
expect_exit 0
rm -rf "$(home nancy)/src"
begin_push "$work/src" --sites nancy --timeout 4
eventually 30 has_temp_file nancy || fail "no transfer began in 30 s"
"$sandbox" freeze "$box" nancy
finish 20
"$sandbox" thaw "$box" nancy
expect_exit 30
expect_whole_files
