#!/usr/bin/env bash
# startups_test: servers that take few logins at a time get more of them than that.
. "${0%/*}/lib.sh"
sandbox_up s1 s2 s3 s4 s5 s6 s7 s8 s9 s10 s11 s12
make_tree "$work/src"

promise "twelve sites are served behind a gateway with MaxStartups 2:50:4"
set_host g5k sshd='MaxStartups 2:50:4'
push "$work/src" --sites all
expect_exit 0
# shellcheck disable=SC2046
expect_on_sites "$work/src" src $(all_sites)

promise "and behind one with MaxSessions 1"
set_host g5k sshd='MaxSessions 1'
push "$work/src" --to again --sites all
expect_exit 0
# shellcheck disable=SC2046
expect_on_sites "$work/src" again/src $(all_sites)
expect_nothing_left
