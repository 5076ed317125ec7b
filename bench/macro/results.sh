# results.sh: medians, the tables and the JSON. Sourced by push.

# SCENARIO TOOL and the medians, one line for each pair, in the order of their first run.
medians() {
  awk -v OFS='\t' '
    function median(key, column,   n, i, j, t, v) {
      n = split(values[key, column], v, " ")
      for (i = 2; i <= n; ++i) for (j = i; j > 1 && v[j] + 0 < v[j - 1] + 0; --j) { t = v[j]; v[j] = v[j - 1]; v[j - 1] = t }
      return n % 2 ? v[(n + 1) / 2] : (v[n / 2] + v[n / 2 + 1]) / 2
    }
    {
      key = $2 OFS $3
      if (!(key in seen)) { seen[key]; order[++pairs] = key }
      for (c = 4; c <= 11; ++c) if ($c != "null") values[key, c] = values[key, c] " " $c
    }
    END {
      for (i = 1; i <= pairs; ++i) {
        line = order[i]
        for (c = 4; c <= 11; ++c) line = line OFS median(order[i], c)
        print line
      }
    }' "$work/runs" | awk -F'\t' -v OFS='\t' '
    $2 == "ssh" { wall[$1] = $3; up[$1] = $9; down[$1] = $10 }
    { line[NR] = $0 }
    END { for (i = 1; i <= NR; ++i) { split(line[i], f, "\t"); print line[i], f[3] - wall[f[1]], f[9] + f[10] - up[f[1]] - down[f[1]] } }'
}
table() {
  medians | awk -F'\t' '
    function row(s, t) { printf "%-8s %-12s %8.2f %8.2f %8.2f %8.2f %8.2f %7.0f %7.0f %13.0f %12.0f\n", s, t, $3, $11, $4, $5, $6, $7 / 1024, $8 / 1024, $9, $10 }
    BEGIN { printf "%-8s %-12s %8s %8s %8s %8s %8s %7s %7s %13s %12s\n", "scenario", "tool", "wall", "net", "origin", "site", "gateway", "peak/o", "peak/s", "up", "down" }
    $1 != last && NR > 1 { print "" }
    { row($1 == last ? "" : $1, $2); last = $1 }'
}
# What the project has set itself: SCENARIO, what, the figure, the goal, whether it is met.
goals() {
  medians | awk -F'\t' '
    function ratio(s, t, c) { return m[s, "g5ksync", c] > 0 ? m[s, t, c] / m[s, "g5ksync", c] : 0 }
    # A run may be over before `ssh HOST true` would be: then net is less than the figures can tell, 0.01 s.
    function net(s, t) { return (s, "g5ksync", 11) in m ? m[s, t, 11] / (m[s, "g5ksync", 11] > 0.01 ? m[s, "g5ksync", 11] : 0.01) : 0 }
    function share(s, t, c) { return m[s, t, c] > 0 ? m[s, "g5ksync", c] / m[s, t, c] : 0 }
    function least(s, what, value, goal) { if (s in measured) printf "%-8s %-44s %10.2f   at least %6.1f   %s\n", s, what, value, goal, (value >= goal ? "met" : "MISSED") }
    function most(s, what, value, goal) { if (s in measured) printf "%-8s %-44s %10.2f   at most  %6.1f   %s\n", s, what, value, goal, (value <= goal ? "met" : "MISSED") }
    { measured[$1]; for (c = 3; c <= NF; ++c) m[$1, $2, c] = $c }
    END {
      least("no-op", "wall, times faster than rsync", ratio("no-op", "rsync", 3), 2.5)
      least("no-op", "net, times faster than rsync", net("no-op", "rsync"), 5)
      most("no-op", "KiB beyond those of ssh HOST true", m["no-op", "g5ksync", 12] / 1024, 4)
      least("update", "net, times faster than rsync", net("update", "rsync"), 3)
      most("update", "bytes, part of rsync -z", share("update", "rsync-z", 12), 0.8)
      least("retimed", "net, times faster than rsync", net("retimed", "rsync"), 4)
      most("retimed", "bytes, part of rsync -z", share("retimed", "rsync-z", 12), 0.4)
      least("tar", "wall, times faster than rsync", ratio("tar", "rsync", 3), 3)
      most("tar", "bytes, part of rsync -z -B700", share("tar", "rsync-z-B700", 12), 0.8)
      most("edits", "MB on the wire", m["edits", "g5ksync", 12] / 1e6, 16)
      most("edits", "CPU seconds of both ends", m["edits", "g5ksync", 4] + m["edits", "g5ksync", 5], 3)
    }'
}
rows_as_json() { # FIELD…: a JSON array of the rows on stdin; numbers stay numbers
  awk -F'\t' -v names="$*" '
    BEGIN { n = split(names, name, " "); printf "[" }
    {
      printf "%s\n    {", (NR > 1 ? "," : "")
      for (i = 1; i <= n; ++i) printf "%s\"%s\": %s", (i > 1 ? ", " : ""), name[i], ($i ~ /^(-?[0-9.]+|null)$/ ? $i : "\"" $i "\"")
      printf "}"
    }
    END { print "\n  ]" }'
}
write_json() { # FILE
  local columns=(wall_s cpu_origin_s cpu_site_s cpu_gateway_s peak_origin_kib peak_site_kib up_bytes down_bytes)
  { echo "{"
    echo "  \"benchmark\": \"push\", \"old\": \"$old\", \"new\": \"$new\", \"rounds\": $rounds,"
    echo "  \"date\": \"$(date -u +%Y-%m-%dT%H:%M:%SZ)\", \"kernel\": \"$(uname -r)\", \"cores\": 2,"
    echo "  \"g5ksync\": \"$("$bin/g5ksync" --version | awk '{ print $2 }')\", \"rsync\": \"$(rsync --version | awk 'NR == 1 { print $3 }')\","
    echo "  \"medians\": $(medians | rows_as_json scenario tool "${columns[@]}" net_s net_bytes),"
    echo "  \"runs\": $(rows_as_json round scenario tool "${columns[@]}" < "$work/runs")"
    echo "}"; } > "$1"
}
