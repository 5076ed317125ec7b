#!/usr/bin/env bash
# owners_test: owners and groups go by name, as far as the hosts' users may set them.
. "${0%/*}/lib.sh"
need_root
need_command setpriv
for name in daemon bin nobody; do getent passwd "$name" > /dev/null || skip "needs a user $name"; done
for name in daemon bin sys nogroup; do getent group "$name" > /dev/null || skip "needs a group $name"; done
sandbox_up nancy lyon
site=$(home nancy)

mkdir -p "$work/src/dir"
for file in of-root of-daemon of-bin of-nobody of-number setid dir/in; do echo "$file" > "$work/src/$file"; done
ln -s of-root "$work/src/link"
chown daemon:daemon "$work/src/of-daemon" "$work/src/setid"
chown bin:sys "$work/src/of-bin" "$work/src/dir"
chown -h bin:sys "$work/src/link"
chown nobody:nogroup "$work/src/of-nobody"
chown 54321:54322 "$work/src/of-number" "$work/src/dir/in"
chmod 6755 "$work/src/setid"
owner_of() { stat -c %u:%g "$1"; }
expect_owner() { [ "$(owner_of "$1")" = "$2" ] || fail "$1 belongs to $(owner_of "$1"), not $2"; }

promise "-og keeps owners and groups, and setid bits with them; without, files are the user's own"
push "$work/src" --sites nancy,lyon -og
expect_exit 0
expect_on_sites "$work/src" src nancy lyon
[ "$(stat -c %a "$site/src/setid")" = 6755 ] || fail "setid bits are lost"
push "$work/src" --sites nancy,lyon -og
expect_out 'no file needed writing'
expect_no_line 'may not be set'
push "$work/src" --to plain --sites nancy
expect_owner "$site/plain/src/of-daemon" "$(id -u):$(id -g)"
chown sys "$site/src/of-daemon"
chgrp sys "$site/src/setid"
push "$work/src" --sites nancy -og -i
expect_out '^\.f\.\.\.\.o\.\.\.\. src/of-daemon$'
expect_out '^\.f\.\.\..*g\.\.\. src/setid$'
expect_same_tree "$work/src" "$site/src"
chgrp 1234 "$work/src"
push "$work/src/" --to src --sites nancy -og
expect_exit 0
expect_same_tree "$work/src" "$site/src"

promise "names count, not numbers, but for root, for those without a name, and with --numeric-ids"
mkdir "$work/bin"
cat > "$work/bin/getent" <<'GETENT'
#!/bin/sh
case "$1 $3" in
  'passwd daemon') echo 'daemon:x:7001:7002:a daemon:/:/bin/false';;
  'passwd root') echo 'root:x:7666:7666::/:/bin/false';;
  'group sys') echo 'sys:x:7003:daemon,bin';;
  *) exit 2;;
esac
GETENT
chmod +x "$work/bin/getent"
set_host nancy path="$work/bin:/usr/bin:/bin"
rm -rf "$site/src"
push "$work/src" --sites nancy -og
expect_exit 0
expect_owner "$site/src/of-daemon" "7001:$(stat -c %g "$work/src/of-daemon")"
expect_owner "$site/src/of-bin" "$(stat -c %u "$work/src/of-bin"):7003"
expect_owner "$site/src/of-root" "0:0"
expect_owner "$site/src/of-number" 54321:54322
push "$work/src" --sites nancy -og
expect_out 'no file needed writing'
push "$work/src" --sites nancy -og --numeric-ids
expect_exit 0
expect_same_tree "$work/src" "$site/src"
set_host nancy path=

promise "who is not root keeps what he may, and no file is a problem: as rsync does"
chown -R nobody:nogroup "$site"
mkdir "$work/theirs"
chown nobody:nogroup "$work/theirs"
chmod 755 "$top" "$work"
as_nobody='setpriv --reuid=nobody --regid=nogroup --groups=sys'
set_host nancy meter="$as_nobody"
rm -rf "$site/src"
push "$work/src" --sites nancy -og -i
expect_exit 0
expect_out '[0-9]+ owners and groups may not be set there'
$as_nobody rsync -rlptog "$work/src" "$work/theirs/" || fail "rsync as nobody failed"
expect_same_tree "$work/theirs/src" "$site/src"
expect_owner "$site/src/of-bin" "$(id -u nobody):$(getent group sys | cut -d: -f3)"
push "$work/src" --sites nancy -og -i
expect_exit 0
expect_out 'no file needed writing'
expect_no_line '^\.[fd]'
chgrp nogroup "$site/src/of-bin"
push "$work/src" --sites nancy -og -i
expect_exit 0
expect_out '^\.f\.\.\.\.\.g\.\.\. src/of-bin$'
expect_nothing_left
