# measure.sh: the servers, and one measured run of one tool. Sourced by push.

# ---- the servers -------------------------------------------------------------------------------------------

start_servers() {
  "$sandbox" up "$work/box" --owner $$ --sites nancy
  "$sandbox" set "$work/box" nancy meter="$cache/meter $work/site.meter"
  coproc RELAY { exec "$cache/relay" "$(<"$work/box/hosts/g5k/address")" "$(<"$work/box/port")"; }
  read -r relay_port <&"${RELAY[0]}"
  # The gateway is where the relay listens; its HostKeyAlias stays.
  awk -v port="$relay_port" '
    /^Host / { gateway = ($2 == "g5k") }
    gateway && $1 == "HostName" { print "  HostName 127.0.0.1"; next }
    gateway && $1 == "Port" { print "  Port " port; next }
    { gsub("/ssh_config\"", "/ssh_config.relayed\""); print }' "$work/box/ssh_config" > "$work/box/ssh_config.relayed"
  ssh_config=$work/box/ssh_config
  home=$work/box/homes/nancy
}
clean_up() {
  if [ -e "$work/box/.sandbox" ]; then "$sandbox" down "$work/box"; fi
  rm -rf "$work"
}
wire() { # prints TO_GATEWAY FROM_GATEWAY CONNECTIONS so far
  local answer
  echo >&"${RELAY[1]}"
  read -r -t 5 answer <&"${RELAY[0]}"
  echo "$answer"
}
# A run is over when only the two listening servers are left; then all of its CPU time is in their accounts.
settle() {
  for _ in $(seq 1 200); do
    if [ "$("$sandbox" pids "$work/box" nancy | wc -l)" = 1 ] && [ "$("$sandbox" pids "$work/box" g5k | wc -l)" = 1 ]; then return 0; fi
    sleep 0.05
  done
  die "processes are left on the servers 10 s after a run"
}

# ---- the tools ---------------------------------------------------------------------------------------------

command_of() { # TOOL SOURCE: sets `command`, which makes DEST on the site equal to SOURCE (a tree, or a file)
  local from=$2 to=dest rsync=(rsync -a -e "ssh -F $ssh_config")
  if [ -d "$2" ]; then from=$2/; fi
  case $1 in
    ssh) command=(ssh -F "$ssh_config" nancy.g5k true);;
    g5ksync) command=(env XDG_CONFIG_HOME="$work/box/config" XDG_CACHE_HOME="$work/laptop" "$bin/g5ksync" push -F "$ssh_config" "$from" --to "$to" --sites nancy);;
    rsync) command=("${rsync[@]}" "$from" "nancy.g5k:$to/");;
    rsync-z) command=("${rsync[@]}" -z --zc=zstd --zl=3 "$from" "nancy.g5k:$to/");;
    rsync-z-B*) command=("${rsync[@]}" -z --zc=zstd --zl=3 -B "${1#rsync-z-B}" "$from" "nancy.g5k:$to/");;
    *) die "no tool '$1'";;
  esac
}
cpu_of() { awk '{ sum += $2 + $3 } END { print sum + 0 }' "$1"; }
peak_of() { awk '$4 > peak { peak = $4 } END { print peak + 0 }' "$1"; } # FILE of meter lines

# Appends a row to $work/runs: ROUND SCENARIO TOOL wall origin site gateway peak/o peak/s up down. Round 0 goes through
# the relay and counts bytes; the others go straight and are timed. What was not measured is null.
measure() { # ROUND SCENARIO TOOL SOURCE
  local site gateway wall user system before after
  ssh_config=$work/box/ssh_config
  if [ "$1" = 0 ]; then ssh_config+=.relayed; fi
  command_of "$3" "$4"
  rm -f "$work/origin.meter" "$work/site.meter"
  sync -f "$home"
  if is_large "$2"; then "$cache/warm"; fi
  settle
  site=$("$sandbox" cpu "$work/box" nancy) gateway=$("$sandbox" cpu "$work/box" g5k) before=$(wire)
  "$cache/meter" "$work/origin.meter" timeout 1800 "${command[@]}" > "$work/output" 2>&1 < /dev/null ||
    { tail -n 5 "$work/output" >&2; die "$3 failed ($2)"; }
  settle
  after=$(wire)
  read -r wall user system _ < "$work/origin.meter"
  awk -v site="$site" -v gateway="$gateway" -v before="$before" \
    -v a="$("$sandbox" cpu "$work/box" nancy)" -v b="$("$sandbox" cpu "$work/box" g5k)" \
    -v wall="$wall" -v cpu="$user $system" -v after="$after" -v label="$1 $2 $3" \
    -v sessions="$(cpu_of "$work/site.meter")" -v peaks="$(peak_of "$work/origin.meter") $(peak_of "$work/site.meter")" 'BEGIN {
      split(label, l, " "); split(cpu, c, " "); split(peaks, p, " "); split(after, w, " "); split(before, v, " ")
      times = sprintf("%.3f\t%.3f\t%.2f\t%.2f\t%d\t%d", wall, c[1] + c[2], a - site + sessions, b - gateway, p[1], p[2])
      bytes = sprintf("%.0f\t%.0f", w[1] - v[1], w[2] - v[2])
      if (l[1] == 0) gsub(/[^\t]+/, "null", times); else gsub(/[^\t]+/, "null", bytes)
      printf "%s\t%s\t%s\t%s\t%s\n", l[1], l[2], l[3], times, bytes }' >> "$work/runs"
  tail -n 1 "$work/runs" | awk '{
    printf "  round %s  %-7s %-12s %s\n", $1, $2, $3, ($1 == 0 ? sprintf("%d bytes", $10 + $11) : sprintf("%.2f s", $4)) }' >&2
}
prepare() { # TOOL: its agent, if it has one, is in place afterwards
  mkdir -p "$work/small"
  echo small > "$work/small/file"
  command_of "$1" "$work/small"
  timeout 120 "${command[@]}" > "$work/output" 2>&1 < /dev/null || { tail -n 5 "$work/output" >&2; die "$1 failed on a tree of one file"; }
  rm -rf "$home/dest"
}
