# scenarios.sh: what each scenario measures. Sourced by push. For each there are
#
#   tools_of     the tools that take turns; rsync is what ratios are of
#   source_of    what is pushed
#   is_large     it takes GiBs of memory: pages of files, most of all
#   reset        brings the destination to what it was, before each run; rsync by itself makes few new inodes, where a
#                removal of everything would slow those down who make files in the next minutes
#   judged       after each run of round 0: the destination must be the source

all_scenarios="cold no-op update retimed tar edits"

tools_of() {
  case $1 in
    cold) echo "g5ksync rsync";;
    no-op) echo "g5ksync rsync";;
    tar) echo "g5ksync rsync rsync-z rsync-z-B700";;
    *) echo "g5ksync rsync rsync-z";;
  esac
}
source_of() {
  case $1 in
    cold|no-op) echo "$old_tree";;
    update) echo "$newer_tree";;
    retimed) echo "$retimed_tree";;
    tar) echo "$work/new/large";;
    edits) echo "$work/new/large";;
  esac
}
is_large() { case $1 in cold|tar|edits) ;; *) return 1;; esac; }
begin() { # SCENARIO
  mkdir "$home/dest"
  case $1 in
    tar) new_file "$old_tar" "$new_tar";;
    edits) new_file "$old_large" "$new_large";;
    cold) ;;
    *) cp -a "$old_tree/." "$home/dest/";;
  esac
}
new_file() { # OLD NEW: the same name at both ends, the new one newer
  mkdir "$work/new"
  ln -s "$1" "$work/old_file"
  cp "$2" "$work/new/large"
}
reset() { # SCENARIO
  case $1 in
    cold) mv "$home/dest" "$work/old.$((++moved))" && mkdir "$home/dest";;
    no-op) ;;
    update|retimed) rsync -a --delete "$old_tree/" "$home/dest/";;
    tar|edits) cp "$(readlink "$work/old_file")" "$home/dest/large" && touch -d '2020-01-01' "$home/dest/large";;
  esac
}
finish() { # SCENARIO
  mv "$home/dest" "$work/old.$((++moved))"
  rm -rf "$work/new" "$work/old_file"
}
judged() { # SCENARIO TOOL SOURCE; names that only the old tree had stay
  local differences
  case $1 in
    tar|edits) cmp -s "$3" "$home/dest/large" || die "after $2 the file differs";;
    *) differences=$(rsync -nai "$3/" "$home/dest/" | head -n 5)
       [ -z "$differences" ] || die "after $2 the trees differ: $differences";;
  esac
}
run_scenario() { # SCENARIO: all rounds; who goes first changes from round to round
  local order round tool source
  order="ssh $(tools_of "$1")"
  begin "$1"
  source=$(source_of "$1")
  find "$source" "$home/dest" -type f -exec cat {} + > /dev/null # into the page cache
  for round in $(seq 0 "$rounds"); do
    for tool in $order; do
      if [ "$tool" = ssh ]; then measure "$round" "$1" ssh .; continue; fi
      reset "$1"
      measure "$round" "$1" "$tool" "$source"
      if [ "$round" = 0 ]; then judged "$1" "$tool" "$source"; fi
    done
    order=$(tr ' ' '\n' <<< "$order" | tac | tr '\n' ' ')
  done
  finish "$1"
}
