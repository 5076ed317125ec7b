#include "app/cli/unknown_option.h"

#include <string_view>

#include "app/cli/suggest.h"
#include "engine/base/text.h"

namespace g5ksync::app {
namespace {

/// rsync's options that g5ksync lacks, each between blanks: a person who knows rsync should read that, not "unknown".
constexpr std::string_view kRsyncOnly =
    " --acls --append --backup --bwlimit --chown --compare-dest --copy-links "
    "--cvs-exclude --delay-updates --delete-before "
    "--executability --files-from --filter --fuzzy --info "
    "--inplace --link-dest --log-file --max-size --min-size "
    "--partial-dir --prune-empty-dirs --relative --remove-source-files --rsh --rsync-path "
    "--temp-dir --whole-file --xattrs -A -b -C -E -e -L -m -R -T -W -X -y ";

}  // namespace

std::string unknown_option(const std::string& typed, std::span<const std::string> known,
                           const std::string& subcommand) {
  const std::string hint = " (\"g5ksync " + subcommand + " --help\" lists the options)";
  const bool is_long = typed.starts_with("--");
  const std::string name = is_long ? typed.substr(0, typed.find('=')) : typed.substr(0, 2);
  if (name == "-e" || name == "--rsh")
    return name + " is not needed: hosts are reached by your ssh configuration, or by the one that -F names";
  if (kRsyncOnly.find(" " + name + " ") != std::string_view::npos)
    return "rsync's option " + name + " is not one of g5ksync's" + hint;
  const std::string slip = is_long ? did_you_mean(name, known) : std::string();
  return "unknown option " + base::printable(name) + (slip.empty() ? hint : slip);
}

}  // namespace g5ksync::app
