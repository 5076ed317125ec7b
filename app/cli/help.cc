#include "app/cli/help.h"

namespace g5ksync::app {

std::string_view short_usage() {
  return R"(usage: g5ksync push SRC... [--to DIR] --sites all|SITE,... [--hosts HOST,...]
       g5ksync status|verify SRC... [--to DIR] --sites all|SITE,...
       g5ksync sites [SITE...] [--check]

"g5ksync --help" says more.
)";
}

std::string_view main_help() {
  return R"(g5ksync - sends files to many hosts at once, over SSH

usage: g5ksync push SRC... [--to DIR] --sites SITES | --hosts HOSTS
       g5ksync status|verify SRC... [--to DIR] --sites SITES | --hosts HOSTS
       g5ksync sites [SITE...] [--check]

  push    make copies of SRC on every host, sending only what is missing there
  status  say on which hosts something differs from SRC, by size and time
  verify  the same by content: all files are read at both ends
  sites   list the sites that --sites knows; --check connects to each

Examples:
  g5ksync push mydir --sites all
  g5ksync push src/ --to work/src --hosts 'gros-[1-8].nancy'
  g5ksync status mydir --sites all
  g5ksync sites --check

"g5ksync push --help" lists the options of push, and so for the others.
Sites are read from ~/.config/g5ksync/config.toml where its [sites] names any.
)";
}

std::string_view push_help() {
  return R"(usage: g5ksync push [OPTION...] SRC... [--to DIR] --sites SITES | --hosts HOSTS

Makes copies of each SRC under DIR on every host, sending only what is missing
there. As with rsync, SRC arrives by its name (DIR/SRC) and SRC/ gives its
contents. Options may stand anywhere; "--" ends them.

Where to:
      --to DIR           directory on the hosts; relative to the home there,
                         which is also the default ("~/x" means "x"). The home
                         of this machine, put there by the shell for an unquoted
                         ~, is refused: write --to x
      --sites SITES      all, or a list: nancy,lyon or all,-lyon ("-lyon" alone
                         is all but lyon); may be repeated
      --hosts HOSTS      any ssh hosts, in nodesets: gros-[1-4,7].nancy,laptop2;
                         may be repeated

What to send (archive mode is the default: -rlpt and --specials):
  -o, --owner            keep the owner, by name (needs root on the hosts)
  -g, --group            keep the group, by name (where one may set it)
  -H, --hard-links       names of one file stay names of one file
  -S, --sparse           write zeros as holes
      --numeric-ids      owner and group by number
  -D                     keep devices and specials: --devices --specials
      --devices          keep device files (needs root on the hosts)
      --no-perms, --no-times, --no-links, --no-specials, --no-owner,
      --no-group, --no-devices, --no-D
                         do not; the last of two that differ counts
      --chmod CHANGES    change modes on the way: Dg+s,ug+w,Fo-w,+X or 755; may
                         be repeated
  -x, --one-file-system  do not enter other file systems
      --exclude PATTERN, --include PATTERN
                         rsync's patterns; the first that matches decides
      --exclude-from FILE, --include-from FILE
                         the same, one a line; - is the standard input

Which files are written (those of another size or time are the default):
  -c, --checksum         those of other content or size, whatever the time; all
                         files of one size are read at both ends
  -I, --ignore-times     all of them
      --size-only        only those of another size
  -u, --update           none that is newer there
      --existing         none that is not there yet, and no directories or links
      --ignore-existing  none that is there already; likewise

What is deleted there (nothing without --delete), when all else is done:
      --delete           what is not in the directories sent; files that the
                         patterns leave out stay. Also --del, --delete-after ...
      --delete-excluded  likewise, and files that the patterns leave out
      --max-delete N     nothing at all if it would be more than N (exit 25)
      --force            directories with something in them that are in the way
                         of a file, also without --delete

How:
  -n, --dry-run          change nothing, say what would be done
      --no-detect-moves  send files also where their content is there already
                         under another name (it is copied there otherwise)
  -j, --jobs N           threads to read and pack with (default: all cores)
  -F, --ssh-config FILE  an ssh configuration in place of ~/.ssh/config
      --timeout SECONDS  for connecting, and for a silent host (default: 30)
      --batch            never ask for a passphrase or about a host key

What to show:
  -i, --itemize-changes  one line a change, in rsync's format
  -v, --verbose          more; may be repeated
  -q, --quiet            errors only
      --stats            figures of every host at the end
      --help             this text

Accepted because they are the default: -a -r -l -p -t -z -h -P, and their long
forms --archive --recursive --links --perms --times --compress
--human-readable --progress --partial.

Examples:
  g5ksync push mydir --sites all
  g5ksync push -n -i mydir --to work --sites all,-lyon --exclude '*.o'
  g5ksync push data/ --to /tmp/data --hosts 'gros-[1-8].nancy,me@laptop2'
)";
}

std::string_view compare_help() {
  return R"(usage: g5ksync status|verify [OPTION...] SRC... [--to DIR]
                             --sites SITES | --hosts HOSTS

Says for every host whether it has the same as SRC here: what is missing there,
what is different, and what is only there. status goes by type, size, time and
mode, as a push does. verify reads all files at both ends and goes by content,
whatever the times; it names files whose content differs though size and time
are equal. Nothing is changed anywhere.

With the same SRC and DIR as the push. Options may stand anywhere; "--" ends
them.

Where:
      --to DIR           directory on the hosts; relative to the home there,
                         which is also the default
      --sites SITES      all, or a list: nancy,lyon or all,-lyon ("-lyon" alone
                         is all but lyon); may be repeated
      --hosts HOSTS      any ssh hosts, in nodesets: gros-[1-4,7].nancy,laptop2;
                         may be repeated

What counts (as for a push: -rlpt and --specials):
  -o, --owner            the owner, by name
  -g, --group            the group, by name
  -H, --hard-links       which names are one file
      --numeric-ids      owner and group by number
  -D                     devices and specials: --devices --specials
      --devices          device files
      --no-perms, --no-times, --no-links, --no-specials, --no-owner,
      --no-group, --no-devices, --no-D
                         do not; the last of two that differ counts
      --chmod CHANGES    the modes that they would have after these changes
  -x, --one-file-system  do not enter other file systems
      --exclude PATTERN, --include PATTERN
                         rsync's patterns; what is left out here does not count
                         there either
      --exclude-from FILE, --include-from FILE
                         the same, one a line; - is the standard input
  -c, --checksum         with status: the same as verify

Which files count as different, with status:
      --size-only        those of another size
  -I, --ignore-times     all of them
  -u, --update           none that is newer there
      --existing         nothing that is not there yet
      --ignore-existing  nothing that is there already

How:
  -j, --jobs N           threads to read with (default: all cores)
  -F, --ssh-config FILE  an ssh configuration in place of ~/.ssh/config
      --timeout SECONDS  for connecting, and for a silent host (default: 30)
      --batch            never ask for a passphrase or about a host key

What to show:
  -i, --itemize-changes  one line for all that differs, in rsync's format: what
                         a push would do. *only there: what only the host has
  -v, --verbose          the same, and all problems
  -q, --quiet            errors only, and what verify finds
      --stats            figures of every host at the end
      --help             this text

Exit codes: 0 all hosts have the same; 43 all were compared, and something
differs; others if a host could not be compared, or not in whole.

Examples:
  g5ksync status mydir --sites all
  g5ksync status -i src/ --to work/src --sites nancy,lyon
  g5ksync verify data --to /tmp --hosts 'gros-[1-8].nancy'
)";
}

std::string_view sites_help() {
  return R"(usage: g5ksync sites [OPTION...] [SITE...]

Lists the sites that --sites knows and the ssh host of each; without SITE, all.

      --check            connect to each and say whether it can be used
  -F, --ssh-config FILE  an ssh configuration in place of ~/.ssh/config
      --timeout SECONDS  for connecting, and for a silent host (default: 30)
      --batch            never ask for a passphrase or about a host key
  -v, --verbose          more; may be repeated
  -q, --quiet            errors only
      --help             this text

Examples:
  g5ksync sites
  g5ksync sites --check
  g5ksync sites --check all,-lyon
)";
}

}  // namespace g5ksync::app
