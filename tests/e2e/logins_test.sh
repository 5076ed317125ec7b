#!/usr/bin/env bash
# logins_test: keys, agents and host keys, with a person at a terminal and without one.
. "${0%/*}/lib.sh"
need_command script
sandbox_up
make_tree "$work/src"

# The sandbox's ssh_config asks nobody; a copy that asks, as ssh does unless told otherwise.
asking() { # CONFIG: prints the copy's path
  sed "/BatchMode/d; /StrictHostKeyChecking/d; s|-F \"[^\"]*\"|-F \"$1.asking\"|" "$1" > "$1.asking"
  echo "$1.asking"
}
# A push at a terminal. Each 'REGEX=ANSWER' waits for the question and types the answer; the screen is in $out.
push_at_terminal() { # REGEX=ANSWER… -- ARGUMENT…
  local answers=() typing
  while [ "$1" != -- ]; do answers+=("$1"); shift; done
  shift
  client push "$@"
  ran="at a terminal: ${client[*]}" code=0
  : > "$out"; : > "$err"
  rm -f "$work/keys"
  mkfifo "$work/keys"
  env "$mark" bash -c "$(declare -f type_answers)"'; type_answers "$@"' _ "$out" "${answers[@]}" > "$work/keys" &
  typing=$!
  env "$mark" SHELL=/bin/bash timeout --kill-after=5 60 \
    script -qefc "$(printf '%q ' "${client[@]}")" "$out" < "$work/keys" > /dev/null 2>&1 || code=$?
  kill $typing 2> /dev/null || true
  wait $typing 2> /dev/null || true
}
type_answers() { # SCREEN REGEX=ANSWER…
  local screen=$1 pair
  shift
  for pair in "$@"; do
    for _ in $(seq 1 300); do
      if grep -qE -- "${pair%%=*}" "$screen"; then break; fi
      sleep 0.05
    done
    printf '%s\n' "${pair#*=}"
  done
  exec sleep 60 # the keyboard stays
}
expect_asked() { # TIMES REGEX
  local times
  times=$({ grep -oE -- "$2" "$out" || true; } | wc -l)
  [ "$times" = "$1" ] || fail "asked $times times, not $1: $2"
}
locked="Passphrase for key $box/keys/id_locked: "
known=$box/known_hosts
nothing_there() { for site in $(all_sites); do expect_absent "$(home "$site")/src"; done; }

promise "a key's passphrase is asked for on a terminal, once for gateway and sites, and again if it does not fit"
ssh_config=$(asking "$(with_key id_locked)")
push_at_terminal "$locked=wrong" "That does not fit.*=$(<"$box/keys/passphrase")" -- "$work/src" --sites all
expect_exit 0
expect_asked 2 "$locked"
expect_no_line 'open sesame'
expect_on_sites "$work/src" src nancy rennes lyon grenoble

promise "nobody is asked without a terminal, nor with --batch; the key is named, with what to do"
for site in $(all_sites); do rm -rf "$(home "$site")/src"; done
push "$work/src" --sites all
expect_exit 255
expect_err 'id_locked.*ssh-agent'
expect_no_line 'Passphrase for'
push_at_terminal -- "$work/src" --sites all --batch
expect_exit 255
expect_asked 0 'Passphrase for'
nothing_there

promise "a key that ssh-agent holds opens gateway and sites"
agent=$box/agent
eval "$(env "$mark" ssh-agent -a "$agent")" > /dev/null
printf '#!/bin/sh\necho "open sesame"\n' > "$work/askpass"
chmod 700 "$work/askpass"
SSH_AUTH_SOCK=$agent SSH_ASKPASS=$work/askpass SSH_ASKPASS_REQUIRE=force ssh-add -q "$box/keys/id_locked" < /dev/null 2> /dev/null
sed "s|IdentityAgent none|IdentityAgent \"$agent\"|" "$(with_key id_locked)" > "$box/ssh_config.agent"
sed -i "s|-F \"[^\"]*\"|-F \"$box/ssh_config.agent\"|" "$box/ssh_config.agent"
ssh_config=$box/ssh_config.agent
push "$work/src" --sites all
kill "$SSH_AGENT_PID"
expect_exit 0
expect_on_sites "$work/src" src nancy rennes lyon grenoble

promise "ECDSA keys log in"
ssh_config=$(with_key id_ecdsa)
push "$work/src" --sites all
expect_exit 0

promise "a key that the hosts refuse is named, on every host"
ssh_config=$(with_key stranger)
push "$work/src" --to elsewhere --sites all
expect_exit 255
expect_err 'refuses .*keys/stranger'
for site in $(all_sites); do expect_absent "$(home "$site")/elsewhere"; done

promise "an unknown host key is refused where nobody can be asked"
ssh_config=$(asking "$box/ssh_config")
cp "$known" "$known.whole"
sed -i '/^lyon/d' "$known"
push "$work/src" --sites all
expect_exit 41
expect_failed lyon "not known: .*SHA256:.*$known has no line for lyon.g5k"
expect_out '^ok: nancy,rennes,grenoble$'
! grep -q '^lyon' "$known" || fail "the key was remembered"

promise "at a terminal, no refuses it and yes remembers it, as ssh does"
push_at_terminal 'Trust it and go on\?=perhaps' 'Please type yes or no: =no' -- "$work/src" --sites all
expect_exit 41
! grep -q '^lyon' "$known" || fail "the key was remembered"
push_at_terminal 'Trust it and go on\?=yes' -- "$work/src" --sites all
expect_exit 0
expect_asked 1 'The key of lyon.g5k is not known yet'
expect_asked 0 'The key of nancy'
run ssh -F "$box/ssh_config" -o StrictHostKeyChecking=yes lyon.g5k true
expect_exit 0
push "$work/src" --sites all
expect_exit 0

promise "an unknown gateway is asked about once for all sites"
sed -i '/^g5k/d' "$known"
push_at_terminal 'Trust it and go on\?=yes' -- "$work/src" --sites all
expect_exit 0
expect_asked 1 'Trust it and go on\?'
[ "$(grep -c '^g5k ' "$known")" = 1 ] || fail "the gateway's key was added more than once"

promise "hashed known_hosts are understood"
cp "$known.whole" "$known"
ssh-keygen -q -H -f "$known" > /dev/null 2>&1
! grep -q 'g5k' "$known" || fail "ssh-keygen did not hash"
push "$work/src" --sites all
expect_exit 0
cp "$known.whole" "$known"

promise "a changed host key is refused without asking, at a terminal too; the others go on"
echo changed >> "$work/src/numbers"
"$sandbox" newkey "$box" nancy
push_at_terminal -- "$work/src" --sites all
expect_exit 41
expect_asked 0 'Trust it'
expect_line "failed: nancy: the host's key has changed"
expect_line "ssh-keygen -f $known -R"
expect_on_sites "$work/src" src rennes lyon grenoble
push "$work/src" --sites nancy
expect_exit 255
expect_nothing_left
