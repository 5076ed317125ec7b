#!/usr/bin/env bash
# grid_test: the grid does what the tests on top of it take for granted, seen with plain ssh.
. "${0%/*}/lib.sh"
need_root
grid_up --sites "nancy lyon" --nodes 1 --rate 40 --rtt 60

seconds() { awk '/^real/ { print $2 }' "$err"; }
at_laptop() { on_laptop bash -c "TIMEFORMAT='real %R'; time $1"; }
between() { awk -v x="$1" -v low="$2" -v high="$3" 'BEGIN { exit !(x >= low && x <= high) }' || fail "$1 is not in $2 … $3"; }

promise "a node is reached through the gateway and shares its site's home"
at_laptop "ssh -o BatchMode=yes node-1.lyon.g5k 'hostname; echo from the node > note'"
expect_exit 0
expect_out '^node-1.lyon$'
expect_file "$("$grid" home "$top/grid" lyon)/jdoe/note" 'from the node'
expect_absent "$("$grid" home "$top/grid" nancy)/jdoe/note"

promise "hosts have no key for each other"
at_laptop "ssh -o BatchMode=yes nancy.g5k 'ssh -o BatchMode=yes -o StrictHostKeyChecking=no lyon true'"
expect_exit 255
expect_err 'Permission denied'

promise "the link has the rate and the delay asked for"
at_laptop "head -c 10000000 /dev/urandom | ssh -o BatchMode=yes nancy.g5k 'cat > /dev/null'"
expect_exit 0
between "$(seconds)" 2.0 15 # 10 MB at 40 Mbit/s take 2 s, and 60 ms a round trip for two handshakes
"$grid" bytes "$top/grid" > "$work/bytes"
between "$(awk '{ print $2 }' "$work/bytes")" 10000000 13000000

promise "a cut link carries nothing, a healed one does again"
link_is cut
at_laptop "ssh -o BatchMode=yes -o ConnectTimeout=2 g5k true"
expect_exit 255
expect_err 'timed out'
link_is heal
at_laptop "ssh -o BatchMode=yes g5k true"
expect_exit 0

promise "a killed host does not answer, and the others do"
"$grid" kill "$top/grid" lyon
at_laptop "ssh -o BatchMode=yes -o ConnectTimeout=2 lyon.g5k true"
expect_exit 255
expect_err 'timed out'
at_laptop "ssh -o BatchMode=yes node-1.lyon.g5k true"
expect_exit 0
