#!/usr/bin/env bash
# links_test: a push over a link as slow and as far as from home, which may break in the middle.
. "${0%/*}/lib.sh"
need_root
sites=(nancy rennes lyon grenoble)
grid_up --sites "${sites[*]}" --nodes 1 --rate 100 --rtt 40
place() { echo "$("$grid" home "$top/grid" "$1")/jdoe"; }
laptop=$(place laptop)
make_tree "$laptop/src"
chown -R 64990:64990 "$laptop/src"
push_there() { on_laptop /mnt/bin/g5ksync push "$@"; }
begin_push_there() { begin "$grid" exec "$top/grid" laptop /mnt/bin/g5ksync push "$@"; }
expect_there() { # PATH SITE…
  local path=$1 site
  shift
  for site in "$@"; do expect_same_tree "$laptop/src" "$(place "$site")/$path"; done
}
agents() { # of this grid; /proc has entries that cannot be read
  find /proc/[0-9]*/exe -maxdepth 0 -printf '%p %l\n' 2> /dev/null | grep -F "/jdoe/.cache/g5ksync/agent-" || true
}
no_agents() { [ -z "$(agents)" ]; }
temp_files_there() { for site in "${sites[@]}"; do find "$(place "$site")/src" -name '.g5ksync.*'; done; }
no_temp_files_there() { [ -z "$(temp_files_there)" ]; }
temp_file_at() { [ -n "$(find "$(place "$1")/${2:-src}" -name '.g5ksync.*' -type f -size +0 -print -quit 2> /dev/null)" ]; }

promise "a push over 100 Mbit/s and 40 ms reaches all sites, and a second one has nothing to do"
push_there src --sites nancy,rennes,lyon,grenoble
expect_exit 0
expect_out '^ok: nancy,rennes,lyon,grenoble$'
expect_there src "${sites[@]}"
push_there src --sites nancy,rennes,lyon,grenoble
expect_exit 0
expect_out 'no file needed writing'

promise "nodes are reached as their site is, and their local disks take a copy"
push_there src --to /tmp --hosts node-1.nancy,node-1.lyon
expect_exit 0
for site in nancy lyon; do
  run "$grid" exec "$top/grid" "node-1.$site" sha256sum /tmp/src/numbers
  expect_out "^$(sha256sum < "$laptop/src/numbers" | cut -d' ' -f1) "
done

promise "when the link breaks in the middle, the run ends within its --timeout and says so"
random_file "$laptop/src/large" 10000000
chown 64990:64990 "$laptop/src/large"
begin_push_there src --sites nancy,rennes,lyon,grenoble --timeout 4
eventually 20 temp_file_at nancy || fail "no transfer began"
link_is cut
finish 12
expect_exit 30
expect_err '^failed: nancy,rennes,lyon,grenoble: nothing was heard for 4 s'

promise "the agents end by themselves within 20 s, and no half file stands under its name"
eventually 20 no_agents || fail "left: $(agents)"
for site in "${sites[@]}"; do expect_absent "$(place "$site")/src/large"; done
small() { find "$(place "$1")/src" -name '.g5ksync.*' -size -1024k ! -name '*.lease'; } # large parts are of use
for site in "${sites[@]}"; do [ -z "$(small "$site")" ] || fail "small temp files are left: $(small "$site")"; done

promise "with the link back, the next push completes all"
link_is heal
push_there src --sites nancy,rennes,lyon,grenoble
expect_exit 0
expect_there src "${sites[@]}"
no_temp_files_there || fail "temp files are left: $(temp_files_there)"

promise "a link that loses packets makes it slow, not wrong"
link_is 'loss 1'
echo changed >> "$laptop/src/numbers"
push_there src --sites nancy,lyon
expect_exit 0
link_is 'loss 0'
expect_there src nancy lyon

promise "a site that drops off the network in the middle costs the others nothing"
random_file "$laptop/src/large" 6000000
chown 64990:64990 "$laptop/src/large"
fresh_push() { # TO
  begin_push_there src --to "$1" --sites nancy,rennes,lyon,grenoble --timeout 4
  eventually 20 temp_file_at nancy "$1/src" || fail "no transfer began"
}
slowest_of_others() { sed -nE 's/^(rennes|lyon|grenoble): done: .* in ([0-9.]+)s$/\2/p' "$out" | sort -n | tail -n 1; }
fresh_push whole
finish 40
expect_exit 0
alone=$(slowest_of_others)
fresh_push less
"$grid" kill "$top/grid" nancy
finish 40
expect_exit 41
expect_err '^failed: nancy: nothing was heard for 4 s.*ssh nancy.g5k true'
expect_there less/src rennes lyon grenoble
awk -v with="$(slowest_of_others)" -v alone="$alone" 'BEGIN { exit !(with > 0 && with < 1.3 * alone + 1) }' ||
  fail "the others took $(slowest_of_others) s, and $alone s when all was well"
