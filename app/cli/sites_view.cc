#include "app/cli/sites_view.h"

#include <algorithm>

#include "app/cli/advice.h"
#include "app/cli/columns.h"
#include "engine/base/text.h"

namespace g5ksync::app {

std::string site_lines(std::span<const Target> sites) {
  std::vector<std::vector<std::string>> rows;
  for (const Target& site : sites) rows.push_back({base::printable(site.name), base::printable(site.ssh_name)});
  return table(rows, {Align::left, Align::left});
}

std::string check_lines(std::span<const SiteCheck> checks, const std::string& ssh_config) {
  std::vector<std::vector<std::string>> rows;
  std::size_t usable = 0;
  for (const SiteCheck& check : checks) {
    usable += check.error ? 0 : 1;
    rows.push_back({base::printable(check.target.name), check.error ? "failed" : "ok",
                    base::human_duration(check.seconds),
                    check.error ? explain("", ssh_words(ssh_config, check.target.ssh_name), *check.error) : ""});
  }
  return table(rows, {Align::left, Align::left, Align::right, Align::left}) + std::to_string(usable) + " of " +
         std::to_string(checks.size()) + (checks.size() == 1 ? " site" : " sites") + " can be used\n";
}

}  // namespace g5ksync::app
