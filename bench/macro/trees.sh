# trees.sh: the data of the scenarios, made once in $cache. Sourced by push.
#
#   old_tree, new_tree        the kernel's source in two versions, as in Debian's packages: every time differs
#   newer_tree                new_tree, but files that are the same in old_tree have their old times
#   retimed_tree              new_tree, every entry with one new time
#   old_tar, new_tar          the tar files in the packages
#   old_large, new_large      1 GiB of random bytes, and the same with 2621 pieces of 4 KiB (1 %) changed all over it

compile() { # NAME: bench/macro/NAME.cc to $cache/NAME
  if [ "$cache/$1" -nt "$here/$1.cc" ]; then return 0; fi
  g++ -O2 -std=c++20 -static -o "$cache/$1.$$" "$here/$1.cc"
  mv "$cache/$1.$$" "$cache/$1"
}
deb_of() { # VERSION of linux-source-6.1: prints the path of the package, from the cache or the archive
  local name=linux-source-6.1_$1_all.deb
  [ -f "$cache/$name" ] || (cd "$cache" && apt-get download -q "linux-source-6.1=$1" >&2) ||
    die "could not fetch linux-source-6.1=$1; put $name into $cache"
  echo "$cache/$name"
}
# Each of these prints the path of what it made; what is half done never stands under that path.
made() { # NAME COMMAND…: $cache/NAME, made by COMMAND PATH unless it is there
  local path=$cache/$1
  shift
  if [ ! -e "$path" ]; then
    echo "making $path" >&2
    rm -rf "$path.half"
    "$@" "$path.half" >&2
    mv "$path.half" "$path"
  fi
  echo "$path"
}
make_tar() { # VERSION PATH
  local folder=$cache/deb.$$
  dpkg-deb -x "$(deb_of "$1")" "$folder"
  find "$folder" -name 'linux-source-*.tar.xz' -exec xz -dc {} + > "$2"
  rm -r "$folder"
}
make_tree() { mkdir "$2" && tar -C "$2" --strip-components=1 -xf "$(tar_of "$1")"; } # VERSION PATH
# rsync -c without -t writes what differs, with the time of writing, and leaves the rest alone.
make_newer() { cp -a "$old_tree" "$1" && rsync -rlpc --delete "$new_tree/" "$1/"; }                                       # PATH
make_retimed() { cp -a "$new_tree" "$1" && find "$1" -depth -exec touch -h -d '2026-11-20 10:20:30' {} +; }                # PATH
make_old_large() { head -c 1073741824 /dev/zero | openssl enc -aes-128-ctr -K "$(printf '%032d' 1)" -iv "$(printf '%032d' 0)" > "$1"; } # PATH
make_new_large() { cp "$old_large" "$1" && "$cache/edits" "$1" 2621 4096; }                                              # PATH

tar_of() { made "linux-6.1.${1#6.1.}.tar" make_tar "$1"; }    # VERSION
tree_of() { made "linux-6.1.${1#6.1.}" make_tree "$1"; }      # VERSION

# Makes what the scenarios in "$@" need.
make_data() {
  local scenario
  for scenario in "$@"; do
    case $scenario in
      cold|no-op) old_tree=$(tree_of "$old");;
      update) old_tree=$(tree_of "$old") new_tree=$(tree_of "$new"); newer_tree=$(made "newer-$old-$new" make_newer);;
      retimed) old_tree=$(tree_of "$old") new_tree=$(tree_of "$new"); retimed_tree=$(made "retimed-$new" make_retimed);;
      tar) old_tar=$(tar_of "$old") new_tar=$(tar_of "$new");;
      edits) compile edits; old_large=$(made large-old make_old_large); new_large=$(made large-new make_new_large);;
      *) die "no scenario '$scenario' (there are: $all_scenarios)";;
    esac
  done
}
