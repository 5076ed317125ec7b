#!/usr/bin/env bash
# shells_test: login shells, rc files and accounts of all kinds.
. "${0%/*}/lib.sh"
need_command tcsh
need_command fish
sandbox_up
make_tree "$work/src"

promise "csh, fish and a plain sh as login shells make no difference"
set_host nancy shell="$(command -v tcsh)"
set_host rennes shell="$(command -v fish)"
set_host lyon shell=/bin/sh
push "$work/src" --sites all
expect_exit 0
expect_on_sites "$work/src" src nancy rennes lyon grenoble

promise "rc files that print do not break the conversation, whatever they print"
echo 'echo rc file of csh' > "$(home nancy)/.cshrc"
mkdir -p "$(home rennes)/.config/fish"
echo 'echo rc file of fish' > "$(home rennes)/.config/fish/config.fish"
printf 'printf "no newline at the end"\nprintf "and \\\\0 bytes \\\\377" >&2\n' > "$(home grenoble)/.bashrc"
set_host lyon noise="$(for i in $(seq 1 200); do echo "line $i of a long banner: G5KSYNC ready"; done)"
echo changed >> "$work/src/numbers"
push "$work/src" --sites all
expect_exit 0
expect_on_sites "$work/src" src nancy rennes lyon grenoble

promise "an account without a home directory is told so, and the others are served"
set_host nancy home="$top/missing/home"
push "$work/src" --sites all
expect_exit 41
expect_failed nancy 'home'
expect_absent "$top/missing"
set_host nancy home=

promise "a host of another kind is told so"
mkdir "$work/front"
printf '#!/bin/sh\ncase $1 in -s) echo Linux;; *) echo riscv64;; esac\n' > "$work/front/uname"
chmod 755 "$work/front/uname"
set_host rennes path="$work/front"
push "$work/src" --sites all
expect_exit 41
expect_failed rennes 'riscv64'
set_host rennes path=

promise "one session per connection is enough"
for site in g5k nancy rennes lyon grenoble; do set_host "$site" sshd='MaxSessions 1'; done
echo again >> "$work/src/numbers"
push "$work/src" --sites all
expect_exit 0
expect_on_sites "$work/src" src nancy rennes lyon grenoble
for site in g5k nancy rennes lyon grenoble; do set_host "$site" sshd=; done

promise "two runs at once to the same sites do not clash"
for site in $(all_sites); do rm -rf "$(home "$site")/.cache" "$(home "$site")/src"; done
client push "$work/src" --sites all
begin "${client[@]}"
first=$begun
push "$work/src" --to second --sites all
expect_exit 0
begun=$first
finish 60
expect_exit 0
expect_on_sites "$work/src" src nancy rennes lyon grenoble
expect_on_sites "$work/src" second/src nancy rennes lyon grenoble
expect_nothing_left
