#!/usr/bin/env bash
# rekey_test: servers that renew their keys every 16 MiB do not disturb a large transfer.
. "${0%/*}/lib.sh"
sandbox_up nancy lyon
set_host g5k sshd='RekeyLimit 16M'
set_host nancy sshd='RekeyLimit 16M'
mkdir "$work/src"
random_file "$work/src/large" 200000000

promise "200 MB arrive through many key exchanges, at the gateway and at the site"
push "$work/src" --sites all
expect_exit 0
expect_on_sites "$work/src" src nancy lyon
expect_nothing_left
