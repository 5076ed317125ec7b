#!/usr/bin/env bash
# names_test: file names are bytes, of any kind and length.
. "${0%/*}/lib.sh"
sandbox_up nancy lyon

promise "names with newlines, escape codes, invalid UTF-8, blanks and dashes arrive, and never reach the terminal raw"
mkdir "$work/odd"
(cd "$work/odd"
  long=$(printf 'x%.0s' $(seq 1 255))
  for name in $'new\nline' $'escape\e[31mred' $'\377\376 no utf-8' ' leading' 'trailing ' '-dash' '--' "quote'\"" '*' '?' '[x]' \
    '\back' '\\' '$HOME' '`id`' ';' '~' '#x' '...' $'\r' $'tab\t' $'bell\a' 'naïve' "$long" 'G5KSYNC-READY'; do
    printf '%s' "$name" > "./$name"
    mkdir "./$name.d" 2> /dev/null && printf '%s' "$name" > "./$name.d/$name" || true
    ln -s -- "$name" "./${name:0:250}.l"
  done)
push -v -i "$work/odd" --sites all
expect_exit 0
expect_on_sites "$work/odd" odd nancy lyon
expect_no_control_bytes
[ "$(wc -l < "$out")" -gt 50 ] || fail "-i shows fewer lines than there are entries"

promise "a directory with ten thousand entries arrives"
mkdir "$work/wide"
(cd "$work/wide" && seq -f 'entry-%g' 1 10000 | xargs touch)
push "$work/wide" --sites nancy
expect_exit 0
expect_same_tree "$work/wide" "$(home nancy)/wide"

# rsync, the referee, stops at 4096 bytes; find does not.
listing() { (cd "$1" && find . -printf '%d %y %m %s %T@ %f\n' | sort); }
promise "a path of more than 4096 bytes arrives"
mkdir "$work/deep"
(cd "$work/deep"
  part=$(printf 'p%.0s' $(seq 1 200))
  for i in $(seq 1 25); do mkdir "$part$i"; cd "./$part$i" 2> /dev/null || cd -P "$part$i"; done
  echo bottom > bottom)
push "$work/deep" --sites nancy
expect_exit 0
listing "$work/deep" > "$work/here"
listing "$(home nancy)/deep" | cmp -s - "$work/here" || fail "the deep tree differs"
[ "$(tail -n 1 "$work/here" | cut -d' ' -f1)" != '' ] && grep -q '^26 f ' "$work/here" || fail "the tree is not as deep as it should be"
expect_nothing_left
