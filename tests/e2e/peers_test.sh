#!/usr/bin/env bash
# peers_test: a peer may send anything or nothing; the run ends, says what was wrong, and the others are served.
. "${0%/*}/lib.sh"
sandbox_up nancy lyon
make_tree "$work/src"
# What stands in for the shell on nancy:
garbled() { # NAME COMMAND REGEX
  promise "a peer that $1 fails alone"
  rm -rf "$(home lyon)/src"
  set_host nancy command="$2"
  limit=60 push "$work/src" --sites all --timeout 5
  expect_exit 41
  expect_failed nancy "$3"
  expect_same_tree "$work/src" "$(home lyon)/src"
  expect_no_control_bytes
  set_host nancy command=
  expect_nothing_left 15
}
ready="echo G5KSYNC-READY;"
garbled 'hangs up at once' 'exit 0' 'without running a command|ended'
garbled 'fails with words' 'echo "quota exceeded" >&2; exit 7' 'quota exceeded'
garbled 'says nothing' 'cat > /dev/null' 'nothing was heard for 5 s'
garbled 'prints without end' 'yes garbage' 'print|garbage|shell'
garbled 'sends random bytes' 'head -c 3000000 /dev/urandom; cat > /dev/null' '.'
garbled 'answers and hangs up' "$ready exit 3" 'ended|exit'
garbled 'answers and sends random bytes' "$ready head -c 3000000 /dev/urandom; cat > /dev/null" '.'
garbled 'sends escape codes' 'printf "\033[2J\033]0;title\007\n" >&2; exit 1' '.'
# An agent that starts well and then turns: the real one's output, cut or followed by noise.
real="$ready"'IFS= read -r n; s=$(head -c "$n"); eval "$s"'
garbled 'cuts the conversation in the middle' "{ $real; } | head -c 300" '.'
garbled 'turns to noise in the middle' "{ { $real; } | head -c 300; cat /dev/urandom; } | head -c 5000000" '.'
