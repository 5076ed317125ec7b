#include "app/cli/sites.h"

#include <algorithm>

#include "app/cli/suggest.h"

namespace g5ksync::app {
namespace {

using base::ErrorKind;

std::vector<std::string> names_of(const SiteList& sites) {
  std::vector<std::string> names;
  for (const Site& site : sites) names.push_back(site.name);
  return names;
}

std::string joined(const std::vector<std::string>& words) {
  std::string text;
  for (const std::string& word : words) text += (text.empty() ? "" : " ") + word;
  return text;
}

base::Failure unknown_site(const SiteList& known, const std::string& name) {
  const std::vector<std::string> names = names_of(known);
  return base::fail(ErrorKind::usage,
                    "unknown site \"" + name + "\"" + did_you_mean(name, names) + " (sites: " + joined(names) + ")");
}

void put_in(SiteList& chosen, const Site& site) {
  if (std::find(chosen.begin(), chosen.end(), site) == chosen.end()) chosen.push_back(site);
}

base::Result<void> apply(const SiteList& known, const std::string& word, SiteList& chosen) {
  if (word == "all") {
    for (const Site& site : known) put_in(chosen, site);
    return {};
  }
  const bool out = word.front() == '-';
  const std::string name = out ? word.substr(1) : word;
  const auto site = std::find_if(known.begin(), known.end(), [&](const Site& s) { return s.name == name; });
  if (site == known.end()) return unknown_site(known, name);
  if (out)
    std::erase(chosen, *site);
  else
    put_in(chosen, *site);
  return {};
}

}  // namespace

SiteList shipped_sites() {
  SiteList sites;
  for (const char* name : {"bordeaux", "grenoble", "lille", "louvain", "luxembourg", "lyon", "nancy", "nantes",
                           "rennes", "sophia", "strasbourg", "toulouse"})
    sites.push_back({name, std::string(name) + ".g5k"});
  return sites;
}

base::Result<SiteList> select_sites(const SiteList& known, const std::vector<std::string>& selections) {
  SiteList chosen;
  bool first = true;
  for (const std::string& selection : selections) {
    for (std::size_t at = 0; at <= selection.size();) {
      const std::size_t comma = std::min(selection.find(',', at), selection.size());
      const std::string word = selection.substr(at, comma - at);
      at = comma + 1;
      if (word.empty()) continue;
      if (first && word.front() == '-') chosen = known;
      first = false;
      G5K_TRY(apply(known, word, chosen));
    }
  }
  if (chosen.empty()) return base::fail(ErrorKind::usage, "no site is left of \"" + joined(selections) + "\"");
  return chosen;
}

std::string ssh_name_of_host(const SiteList& known, std::string_view host) {
  const std::size_t user_end = host.find('@');
  const std::string_view bare = user_end == std::string_view::npos ? host : host.substr(user_end + 1);
  for (const Site& site : known) {
    const std::string ending = "." + site.name;
    if (!bare.ends_with(ending) || bare.size() == ending.size()) continue;
    const std::size_t at = site.ssh_name.find('@');
    const std::string user = at == std::string::npos ? "" : site.ssh_name.substr(0, at + 1);
    const std::string name = site.ssh_name.substr(user.size());
    if (name != site.name && !name.starts_with(site.name + ".")) continue;
    const std::string suffix = name.substr(site.name.size());
    return (user_end == std::string_view::npos ? user : "") + std::string(host) + suffix;
  }
  return std::string(host);
}

}  // namespace g5ksync::app
