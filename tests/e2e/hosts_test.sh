#!/usr/bin/env bash
# hosts_test: one bad host does not hurt the others, and everybody learns why it is bad.
. "${0%/*}/lib.sh"
sandbox_up
make_tree "$work/src"
others=(rennes lyon grenoble)
fresh() { local site; for site in $(all_sites); do rm -rf "$(home "$site")/src"; done; }

promise "with one site down, the others get the tree, and the exit code says that hosts differ"
stop_host nancy
push "$work/src" --sites all
expect_exit 41
expect_on_sites "$work/src" src "${others[@]}"
expect_failed nancy 'ssh -F .* nancy.g5k true'
expect_out '^ok: rennes,lyon,grenoble$'

promise "with all sites down, the exit code is ssh's"
for site in "${others[@]}"; do stop_host "$site"; done
push "$work/src" --sites all
expect_exit 255
expect_no_line '^ok:'
for site in $(all_sites); do start_host "$site"; done

promise "a site that hangs is given up after --timeout, and the others do not wait for it"
fresh
"$sandbox" freeze "$box" nancy
begin_push "$work/src" --sites all --timeout 4
eventually 30 test -e "$(home grenoble)/src/random" || fail "the others got nothing while one hangs"
finish 30
"$sandbox" thaw "$box" nancy
expect_exit 41
expect_on_sites "$work/src" src "${others[@]}"
expect_failed nancy 'timed out|silent|no answer'
expect_nothing_left

promise "a changed host key is refused, with the command to look at it"
"$sandbox" newkey "$box" lyon
push "$work/src" --sites all
expect_exit 41
expect_failed lyon 'key'
expect_failed lyon 'ssh -F .* lyon.g5k'

promise "a host with an unknown key is refused"
cp "$box/known_hosts" "$work/known_hosts"
grep -v '^rennes' "$work/known_hosts" > "$box/known_hosts"
push "$work/src" --sites rennes
expect_exit 255
expect_failed rennes 'key'
cp "$work/known_hosts" "$box/known_hosts"

promise "a refused client key is told from a broken connection"
ssh_config=$(with_key stranger)
push "$work/src" --sites nancy
expect_exit 255
expect_failed nancy 'keys? |auth|denied'
ssh_config=$box/ssh_config

promise "with the gateway down nothing hangs, and the gateway is named"
stop_host g5k
push "$work/src" --sites all
expect_exit 255
expect_line 'g5k'
start_host g5k
push "$work/src" --sites nancy
expect_exit 0

promise "an unknown site is a usage error that lists those there are"
push "$work/src" --sites nany
expect_exit 1
expect_err 'nany'
expect_err 'nancy'

promise "an unknown host is ssh's affair"
push "$work/src" --hosts no-such-host.invalid,nancy.g5k --timeout 10
expect_exit 41
expect_failed no-such-host.invalid 'no-such-host'

promise "a run that names no target is a usage error"
push "$work/src"
expect_exit 1
expect_err 'sites'

promise "sites lists what the configuration names, and --check tells who can be used"
sites
expect_exit 0
for site in $(all_sites); do expect_out "$site.*$site.g5k"; done
expect_no_line toulouse
stop_host grenoble
sites --check
[ "$code" != 0 ] || fail "sites --check hides that a site is down"
expect_line 'grenoble.*refused|grenoble.*connect'
start_host grenoble
expect_nothing_left
