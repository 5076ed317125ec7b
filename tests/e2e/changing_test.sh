#!/usr/bin/env bash
# changing_test: files that vanish, grow, shrink or are rewritten after they were listed and before they are read.
. "${0%/*}/lib.sh"
sandbox_up nancy
site=$(home nancy)
# The host begins late: what is listed here is not read before.
cat > "$top/late" <<'LATE'
#!/bin/sh
sleep 1.5
exec "$@"
LATE
chmod +x "$top/late"
plant() {
  rm -rf "$work/src"
  mkdir -p "$work/src/dir"
  local name
  for name in small large; do
    random_file "$work/src/$name" "$([ $name = small ] && echo 5000 || echo 3000000)"
    for what in gone grown shrunk rewritten emptied linked; do cp "$work/src/$name" "$work/src/$what-$name"; done
  done
  echo in > "$work/src/dir/in"
}
late_push() { # COMMAND: run when all is listed and nothing read
  set_host nancy meter="$top/late"
  begin_push "$work/src" --sites nancy "${@:2}"
  sleep 0.7
  "$1"
  finish 60
  set_host nancy meter=
}
plant
push "$work/src" --sites nancy # the agent is there from now on
rm -rf "$site/src"

promise "a file that has vanished is named, exit code 24; all else arrives"
vanish() { rm "$work/src/gone-small" "$work/src/gone-large"; }
late_push vanish
expect_exit 24
expect_err 'gone-small'
expect_err 'gone-large'
expect_same_tree "$work/src" "$site/src" --omit-dir-times

promise "what grows, shrinks, is rewritten or emptied arrives as it is when it is read"
plant
rm -rf "$site/src"
alter() {
  local name
  for name in small large; do
    echo "and more" >> "$work/src/grown-$name"
    truncate -s 3000 "$work/src/shrunk-$name"
    printf 'rewritten' | dd of="$work/src/rewritten-$name" bs=1 seek=100 conv=notrunc status=none
    : > "$work/src/emptied-$name"
  done
}
late_push alter
expect_exit 0
expect_same_tree "$work/src" "$site/src"

promise "what is something else by then is named, and the next push makes it right"
plant
rm -rf "$site/src"
turn() {
  rm "$work/src/linked-small" "$work/src/linked-large"
  ln -s small "$work/src/linked-small"
  mkdir "$work/src/linked-large"
  rm -r "$work/src/dir"
  echo file > "$work/src/dir"
}
late_push turn
expect_exit 23
expect_err 'linked-small'
expect_err 'linked-large'
push "$work/src" --sites nancy --delete
expect_exit 0
expect_same_tree "$work/src" "$site/src"

promise "with --delete, what vanished meanwhile is no reason to keep or to lose anything else"
plant
echo extra > "$site/src/extra"
late_push vanish --delete
expect_exit 24
expect_absent "$site/src/extra"
cmp -s "$work/src/large" "$site/src/large" || fail "large is not there"
push "$work/src" --sites nancy --delete
expect_exit 0
expect_same_tree "$work/src" "$site/src"

promise "files that are written to all the time are reported or right, and right when they have come to rest"
plant
rm -rf "$site/src"
begin_push "$work/src" --sites nancy
for i in $(seq 1 60); do
  echo "$i" >> "$work/src/grown-large"
  head -c $((i * 1000)) /dev/urandom > "$work/src/rewritten-large"
  sleep 0.01
done
finish 60
case $code in 0|23) ;; *) fail "exit $code" ;; esac
push "$work/src" --sites nancy
expect_exit 0
expect_same_tree "$work/src" "$site/src"
expect_nothing_left
