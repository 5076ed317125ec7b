# shellcheck shell=bash
# lib.sh: what the end-to-end tests share. A test is a bash script that sources this file first:
#
#   #!/usr/bin/env bash
#   # push_test: a tree arrives on all sites.
#   . "${0%/*}/lib.sh"
#   sandbox_up nancy lyon                    # real SSH servers on loopback; see tests/sandbox/sandbox
#   make_tree "$work/src"
#   promise "a push to all sites makes equal trees"
#   push "$work/src" --sites all
#   expect_exit 0
#   expect_same_tree "$work/src" "$(home nancy)/src"
#   expect_nothing_left
#
# The first broken expectation prints what was promised, what was run and what came out, and ends the test.
# $work is a folder of the test's own; it, the sandbox and every process started are gone at the end.
# $code, $out and $err hold the exit code of the last command run, and the files with its outputs.
# A test that cannot run here calls `skip REASON` (exit 77, which ctest reports as skipped).
# $work holds a blank, to find those who forget to quote.
set -euo pipefail
e2e=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
sandbox=$e2e/../sandbox/sandbox
grid=$e2e/../grid/grid
bin=${G5KSYNC_BIN_DIR:-$e2e/../../build/release/bin}
export LC_ALL=C.UTF-8
export LSAN_OPTIONS=suppressions=$e2e/lsan.supp:print_suppressions=0 # read by the preset asan only

top=$(mktemp -d "${TMPDIR:-/tmp}/g5ksync-e2e.XXXXXX")
work=$top/w\ k box=$top/box
mkdir "$work"
out=$work/out err=$work/err code=0 ran='' promised=''
: > "$out"; : > "$err"
# What `run` and `begin` start carries this in its environment; what runs on the sites carries the sandbox's mark.
mark=G5KSYNC_E2E=$top

# ---- the end of a test -------------------------------------------------------------------------------------

skip() { echo "skipped: $*"; exit 77; }
fail() {
  { echo "BROKEN: $promised"
    echo "  $*"
    if [ -n "$ran" ]; then
      echo "  ran (exit $code): $ran"
      sed 's/^/  out| /' "$out" | tail -n 40
      sed 's/^/  err| /' "$err" | tail -n 40
    fi; } >&2
  exit 1
}
promise() { promised=$*; echo "- $*"; }
clean_up() {
  local status=$?
  trap - EXIT
  set +e
  kill_marked
  if [ -e "$box/.sandbox" ]; then "$sandbox" down "$box"; fi
  if [ -e "$top/grid/.grid" ]; then "$grid" down "$top/grid"; fi
  unmount_work
  rm -rf "$top" 2> /dev/null || { chmod -R u+rwX "$top"; rm -rf "$top"; }
  exit $status
}
trap clean_up EXIT
trap 'exit 130' INT TERM HUP
# ctest kills a test that takes too long, and then nobody cleans up; this process does.
setsid bash -c '
  tail --pid="$1" -f /dev/null
  grep -lzxF "$2" /proc/[0-9]*/environ 2> /dev/null | cut -d/ -f3 | xargs -r kill -KILL
  for _ in $(seq 1 20); do [ -e "$3/box" ] || [ -e "$3/grid" ] || break; sleep 1; done
  rm -rf "$3"' _ $$ "$mark" "$top" > /dev/null 2>&1 < /dev/null &
trap 'fail "line $LINENO of ${BASH_SOURCE[0]##*/} went wrong: $BASH_COMMAND"' ERR
set -E

# ---- processes of ours -------------------------------------------------------------------------------------

marked() { { grep -lzxF "$mark" /proc/[0-9]*/environ 2> /dev/null || true; } | sed 's|^/proc/||;s|/.*||'; }
kill_marked() {
  local pids
  pids=$(marked)
  # shellcheck disable=SC2086
  [ -z "$pids" ] || kill -KILL $pids 2> /dev/null || true
}

# ---- what the machine must have ----------------------------------------------------------------------------

need_root() { [ "$(id -u)" = 0 ] || skip "needs root"; }
need_command() { command -v "$1" > /dev/null || skip "needs $1"; }

# Mounts a tmpfs on FOLDER: `disk FOLDER size=4m`, `disk FOLDER noexec`. Root only; unmounted at the end.
disk() { # FOLDER OPTIONS
  need_root
  mkdir -p "$1"
  mount -t tmpfs -o "$2" g5ksync-e2e "$1" 2> /dev/null || skip "may not mount a tmpfs"
}
unmount_work() {
  [ "$(id -u)" = 0 ] || return 0
  local where
  below=$top/ awk 'index($5, ENVIRON["below"]) == 1 { print $5 }' /proc/self/mountinfo | sort -r |
    while read -r where; do umount -l "$(printf '%b' "$where")"; done
}
# A command line in front of a command that takes root's right to ignore permission bits from it.
if [ "$(id -u)" = 0 ]; then
  bound_by_modes=(setpriv --bounding-set=-dac_override,-dac_read_search)
else
  bound_by_modes=()
fi

# ---- the sandbox -------------------------------------------------------------------------------------------

sandbox_up() { # SITE… (none: nancy rennes lyon grenoble)
  local sites=(--sites "$*")
  if [ $# = 0 ]; then sites=(); fi
  mkdir -p "$work/laptop"
  "$sandbox" up "$box" --owner $$ "${sites[@]}"
}
all_sites() { "$sandbox" hosts "$box" | sed 1d; }
set_host() { local host=$1; shift; "$sandbox" set "$box" "$host" "$@"; }
home() { "$sandbox" home "$box" "$1"; }
stop_host() { "$sandbox" stop "$box" "$1"; }
start_host() { "$sandbox" start "$box" "$1"; }
sshd_log() { cat "$("$sandbox" log "$box" "$1")"; }
# The sandbox's ssh_config with another client key: `with_key id_locked` prints the path.
with_key() { # KEY
  local config=$box/ssh_config.$1
  sed "s|keys/id_ed25519\"|keys/$1\"|; s|-F \"[^\"]*\"|-F \"$config\"|" "$box/ssh_config" > "$config"
  echo "$config"
}

# ---- the grid: hosts in namespaces, with a real link before them; see tests/grid/grid ----------------------

grid_up() { # OPTION…; the binaries are in /mnt/bin on the laptop
  local why options=(--owner $$)
  why=$("$grid" able 2>&1) || skip "$why"
  if [ -d "$bin" ]; then options+=(--bin "$(realpath -- "$bin")"); fi
  "$grid" up "$top/grid" "${options[@]}" "$@"
}
on_laptop() { run "$grid" exec "$top/grid" laptop "$@"; }
link_is() { "$grid" wan "$top/grid" "$@"; } # cut, heal, 'delay MS', …

# ---- running -----------------------------------------------------------------------------------------------

limit=120 # seconds that a command may take
run() { # COMMAND…
  ran=$(printf '%q ' "$@") code=0
  # In the background, so that a signal to this test takes effect at once.
  env --default-signal=INT,QUIT "$mark" timeout --kill-after=5 "$limit" "$@" > "$out" 2> "$err" < /dev/null &
  wait $! || code=$?
  [ "$code" != 124 ] && [ "$code" != 137 ] || fail "did not end within $limit s"
}
# The command line of g5ksync in the sandbox, in the array `client`; $ssh_config may name another one.
ssh_config=$box/ssh_config
client() { # SUBCOMMAND ARGUMENT…
  local subcommand=$1
  shift
  [ -x "$bin/g5ksync" ] || fail "there is no $bin/g5ksync; set G5KSYNC_BIN_DIR"
  client=(env HOME="$work/laptop" XDG_CONFIG_HOME="$box/config" XDG_CACHE_HOME="$work/laptop/cache"
    "${client_prefix[@]}" "$bin/g5ksync" "$subcommand" -F "$ssh_config" "$@")
}
client_prefix=() # such as "${bound_by_modes[@]}"
push() { client push "$@"; run "${client[@]}"; }
sites() { client sites "$@"; run "${client[@]}"; }
plain_rsync() { run rsync -e "ssh -F '$ssh_config'" "$@"; }

# Starts a command in a process group of its own, with its pid (and group) in $begun; `finish` ends the wait for it.
# A shell makes its background jobs ignore SIGINT; a command at a terminal does not.
begin() { # COMMAND…
  ran=$(printf '%q ' "$@") code=0
  setsid env --default-signal=INT,QUIT "$mark" "$@" > "$out" 2> "$err" < /dev/null &
  begun=$!
}
begin_push() { client push "$@"; begin "${client[@]}"; }
interrupt() { kill -INT -- "-$begun"; } # as Ctrl-C does: the whole group
finish() { # SECONDS
  local end=$((SECONDS + $1))
  while kill -0 "$begun" 2> /dev/null; do
    if [ $SECONDS -ge $end ]; then kill -KILL -- "-$begun"; fail "did not end within $1 s"; fi
    sleep 0.05
  done
  code=0
  wait "$begun" 2> /dev/null || code=$?
}
# Waits until COMMAND succeeds; false after SECONDS.
eventually() { # SECONDS COMMAND…
  local end=$((SECONDS + $1))
  shift
  until "$@" > /dev/null 2>&1; do
    if [ $SECONDS -ge $end ]; then return 1; fi
    sleep 0.1
  done
}

# ---- expectations ------------------------------------------------------------------------------------------

expect_exit() { [ "$code" = "$1" ] || fail "expected exit $1"; }
expect_line() { grep -qE -- "$1" "$out" "$err" || fail "no line matches: $1"; } # in either output
expect_no_line() { if grep -qE -- "$1" "$out" "$err"; then fail "a line matches: $1"; fi; }
expect_out() { grep -qE -- "$1" "$out" || fail "no line of stdout matches: $1"; }
expect_err() { grep -qE -- "$1" "$err" || fail "no line of stderr matches: $1"; }
expect_silence() { [ ! -s "$out" ] && [ ! -s "$err" ] || fail "expected no output"; }
expect_no_control_bytes() { # terminals and logs must not get raw bytes of file names
  if LC_ALL=C grep -qP '[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]' "$out" "$err"; then fail "control bytes in the output"; fi
}
expect_file() { # FILE CONTENT
  [ -f "$1" ] || fail "there is no file $1"
  [ "$(<"$1")" = "$2" ] || fail "$1 has other contents"
}
expect_absent() { if [ -e "$1" ] || [ -L "$1" ]; then fail "$1 exists"; fi; }
# The referee: rsync, comparing contents, times, modes, links and extra files, finds nothing to do. What
# tests/sandbox puts into a home is not its business: compare folders below it.
expect_same_tree() { # A B [RSYNC-OPTION…]
  local a=$1 b=$2 differences
  shift 2
  [ -d "$a" ] || fail "there is no folder $a"
  [ -d "$b" ] || fail "there is no folder $b"
  differences=$(rsync -nacHAXi --delete "$@" "$a/" "$b/" 2>&1) || fail "rsync could not compare: $differences"
  [ -z "$differences" ] || fail "$a and $b differ: ${differences:0:2000}"
}
expect_on_sites() { # TREE PATH SITE…: the same tree in each site's home
  local tree=$1 path=$2 site
  shift 2
  for site in "$@"; do expect_same_tree "$tree" "$(home "$site")/$path"; done
}
# Bytes that the last push sent to one host, from the columns of --stats.
sent_to() {
  awk -v host="$1" '
    function bytes(number, unit) { return number * (unit == "KiB" ? 1024 : unit == "MiB" ? 1048576 : 1) }
    $1 == "host" { for (i = 1; i <= NF; ++i) if ($i == "sent") fits = 1 }
    $1 == host && fits && $2 ~ /^[0-9,]+$/ {   # files, content + unit, up to date, deleted, sent + unit
      print int(bytes($7, $8))
    }' "$out" "$err"
}
expect_sent_below() { # HOST BYTES
  local sent; sent=$(sent_to "$1")
  [ -n "$sent" ] || fail "no figure of what was sent to $1"
  [ "$sent" -lt "$2" ] || fail "$sent bytes were sent to $1"
}
# A run's last words on a host that failed: "failed: SITE: what happened (what to do)".
expect_failed() { # SITE REGEX
  grep -E "^failed: ([^:]*,)?$1(,[^:]*)?: " "$err" > "$work/failed" || fail "stderr does not say that $1 failed"
  grep -qE -- "$2" "$work/failed" || fail "the line on $1 does not match: $2"
}
# No temp file in any home, and no process but the sandbox's listening servers. Processes get SECONDS to end.
expect_nothing_left() { # [SECONDS]
  expect_no_temp_files
  eventually "${1:-5}" no_processes_left || fail "processes are left: $(list_left)"
}
expect_no_temp_files() { no_temp_files || fail "temp files are left: $(temp_files | head -n 5)"; }
temp_files() {
  local host
  for host in $("$sandbox" hosts "$box"); do find "$(home "$host")" -name '.g5ksync.*' 2> /dev/null || true; done
}
no_temp_files() { [ -z "$(temp_files)" ]; }
left() {
  marked
  local host pid
  for host in $("$sandbox" hosts "$box"); do
    for pid in $("$sandbox" pids "$box" "$host"); do
      case $(tr '\0' ' ' < "/proc/$pid/cmdline" 2> /dev/null) in *'[listener]'*|'') ;; *) echo "$pid";; esac
    done
  done
}
no_processes_left() { [ -z "$(left)" ]; }
list_left() { left | while read -r pid; do echo "$pid $(tr '\0' ' ' < "/proc/$pid/cmdline" 2> /dev/null);"; done; }

# ---- trees -------------------------------------------------------------------------------------------------

# A tree with one of each: empty, small, compressible, incompressible and larger files, links, odd modes, names and
# times. About 3 MB in 60 entries, the same on each call but for the random bytes.
make_tree() { # DIR
  local d=$1 i
  mkdir -p "$d/deep/er/and/deeper" "$d/empty dir" "$d/many"
  : > "$d/empty"
  echo hello > "$d/small"
  seq 1 200000 > "$d/numbers"
  head -c 1500000 /dev/urandom > "$d/random"
  head -c 300001 /dev/urandom > "$d/deep/er/and/deeper/odd size"
  echo '#!/bin/sh' > "$d/deep/program"
  chmod 755 "$d/deep/program"
  chmod 400 "$d/small"
  chmod 700 "$d/deep/er"
  for i in $(seq 1 40); do echo "file $i" > "$d/many/f$i"; done
  echo umlaut > "$d/many/Grüße"
  echo lead > "$d/many/-n"
  ln -s small "$d/link"
  ln -s /nowhere/at/all "$d/dangling"
  touch -d '1999-12-31 23:59:58.123456789' "$d/numbers" "$d/many/f1"
  touch -h -d '2001-02-03 04:05:06' "$d/link"
  touch -d '2011-11-11 11:11:11' "$d/many" "$d/empty dir"
}
random_file() { head -c "$2" /dev/urandom > "$1"; } # FILE BYTES
