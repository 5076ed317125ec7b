#!/usr/bin/env bash
# sandbox_test: the sandbox does what the tests on top of it take for granted, seen with plain ssh.
. "${0%/*}/lib.sh"
sandbox_up nancy lyon
on() { run ssh -F "$ssh_config" "$@"; }

promise "each site has its own home, reached through the gateway"
on nancy.g5k 'pwd; echo "$HOME"'
expect_exit 0
[ "$(sort -u "$out")" = "$(home nancy)" ] || fail "not in the home of nancy"
sshd_log g5k | grep -q 'Accepted publickey' || fail "the gateway saw no login"

promise "a command's exit code, outputs and input pass"
run sh -c "echo ping | ssh -F '$ssh_config' lyon.g5k 'cat; echo pong >&2; exit 3'"
expect_exit 3
expect_out '^ping$'
expect_err '^pong$'

promise "bash reads the site's ~/.bashrc once, as it does for ssh"
echo 'echo from bashrc' > "$(home lyon)/.bashrc"
on lyon.g5k true
[ "$(<"$out")" = 'from bashrc' ] || fail ".bashrc was not read, or more than once"
rm "$(home lyon)/.bashrc"

promise "a site's login shell may be csh or fish, and its rc files noisy"
set_host lyon shell="$(command -v tcsh)" noise='*** welcome ***'
on lyon.g5k 'echo $shell:q'
expect_out 'tcsh'
expect_out 'welcome'
expect_err 'welcome'
set_host lyon shell="$(command -v fish)" noise=
on lyon.g5k 'echo $FISH_VERSION'
expect_out '^[0-9]'
set_host lyon shell=

promise "a peer can be anything"
set_host lyon command='echo garbage; exit 9'
on lyon.g5k true
expect_exit 9
expect_out '^garbage$'
set_host lyon command=

promise "a session gets the PATH, home and server settings asked for"
mkdir "$work/front"
printf '#!/bin/sh\necho mips\n' > "$work/front/uname"
chmod 755 "$work/front/uname"
set_host lyon path="$work/front" home="$work/no home" sshd='MaxSessions 0'
on lyon.g5k true
expect_exit 255
set_host lyon sshd=
on lyon.g5k uname
expect_out '^mips$'
expect_err 'Could not chdir to home directory'
set_host lyon path= home=

promise "a stopped host refuses, a started one is back, a frozen one hangs"
stop_host nancy
on nancy.g5k true
expect_exit 255
start_host nancy
on nancy.g5k true
expect_exit 0
"$sandbox" freeze "$box" nancy
on -o ConnectTimeout=2 -o ServerAliveInterval=1 -o ServerAliveCountMax=1 nancy.g5k true
expect_exit 255
"$sandbox" thaw "$box" nancy
on nancy.g5k true
expect_exit 0

promise "only the keys in the accepted list get in"
ssh_config=$(with_key id_ecdsa); on nancy.g5k true; expect_exit 0
ssh_config=$(with_key id_rsa); on nancy.g5k true; expect_exit 0
ssh_config=$(with_key stranger); on nancy.g5k true; expect_exit 255
expect_err 'Permission denied'
ssh_config=$box/ssh_config

promise "a new host key is refused"
"$sandbox" newkey "$box" nancy
on nancy.g5k true
expect_exit 255
expect_err 'HOST IDENTIFICATION HAS CHANGED'

promise "a sandbox ends when its owner does, and leaves nothing"
sleep 300 & owner=$!
"$sandbox" up "$work/second" --owner $owner --sites lille
run ssh -F "$work/second/ssh_config" lille.g5k 'setsid sleep 300 > /dev/null 2>&1 < /dev/null &'
expect_exit 0
pids=$("$sandbox" pids "$work/second" lille)
[ "$(wc -w <<< "$pids")" -ge 2 ] || fail "expected a server and its command"
kill $owner
gone() { [ ! -e "$work/second" ] && ! ls -d $(sed 's|^|/proc/|' <<< "$pids"); }
eventually 10 gone || fail "still there: $(ls -d "$work/second" $(sed 's|^|/proc/|' <<< "$pids") 2>&1)"
expect_nothing_left
