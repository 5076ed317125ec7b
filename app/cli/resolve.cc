#include "app/cli/resolve.h"

#include <algorithm>
#include <cstdlib>
#include <unordered_set>

#include "app/cli/nodeset.h"
#include "proto/messages.h"

namespace g5ksync::app {
namespace {

using base::ErrorKind;

/// "HOST:DIR" or "HOST::DIR" as for rsync and scp: a colon before any slash.
struct RemotePlace {
  std::string host, directory;
};
std::optional<RemotePlace> remote_place(const std::string& text) {
  const std::size_t colon = text.find(':');
  if (colon == 0 || colon == std::string::npos || text.find('/') < colon) return std::nullopt;
  RemotePlace place{text.substr(0, colon), text.substr(text.find_first_not_of(':', colon) == std::string::npos
                                                           ? text.size()
                                                           : text.find_first_not_of(':', colon))};
  if (!is_host_name(place.host)) return std::nullopt;
  return place;
}

const Site* site_of(const SiteList& sites, const std::string& host) {
  const auto found =
      std::find_if(sites.begin(), sites.end(), [&](const Site& s) { return s.name == host || s.ssh_name == host; });
  return found == sites.end() ? nullptr : &*found;
}

/// `text` as one word for a shell.
std::string quoted(const std::string& text) {
  const bool plain = !text.empty() && text.find_first_not_of(
                                          "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
                                          "0123456789_-+=.,:/@%~") == std::string::npos;
  return plain ? text : "'" + text + "'";
}

/// What to write in place of rsync's HOST:DIR.
std::string target_options(const RemotePlace& place, const SiteList& sites) {
  const Site* site = site_of(sites, place.host);
  const std::string to = place.directory.empty() || place.directory == "~" ? "" : " --to " + quoted(place.directory);
  return (site ? "--sites " + site->name : "--hosts " + place.host) + to;
}

/// A word among the sources that is not there may be meant as something else.
base::Result<void> check_stray_word(const std::string& source, const PushOptions& options, const SiteList& sites) {
  if (const auto place = remote_place(source))
    return base::fail(ErrorKind::usage, std::string(name_of(options.task)) +
                                            " takes its hosts by options: in place of " + quoted(source) + " write " +
                                            target_options(*place, sites));
  const bool known = std::any_of(sites.begin(), sites.end(), [&](const Site& s) { return s.name == source; });
  if (!known && source != "all") return {};
  const std::string list = options.targets.sites.empty() ? source : options.targets.sites.back() + "," + source;
  return base::fail(ErrorKind::usage, "there is no file \"" + source + "\" here; to " +
                                          (only_compares(options.task) ? "compare with " : "send to ") + source +
                                          ", write --sites " + list);
}

/// The part of a source path that rsync looks at: where its last component begins, and whether contents are meant.
struct SourceName {
  std::string directory, name;  // no name: the contents of `directory`
};
SourceName split_source(const std::string& source) {
  const std::size_t slash = source.find_last_of('/');
  const std::string last = slash == std::string::npos ? source : source.substr(slash + 1);
  if (last.empty() || last == "." || last == "..") return {source, ""};
  if (slash == std::string::npos) return {".", last};
  return {source.substr(0, slash + 1), last};
}

/// What arrives at the root by name must do so once; a source given twice is taken once.
base::Result<void> add_source(PushPlan& plan, std::vector<std::string>& taken, const std::string& source,
                              tree::Source opened) {
  for (std::size_t i = 0; i < taken.size(); ++i) {
    if (taken[i] == source) return {};
    if (!opened.name.empty() && plan.sources[i].name == opened.name)
      return base::fail(ErrorKind::usage,
                        "two sources bring the same name: " + quoted(taken[i]) + " and " + quoted(source));
  }
  taken.push_back(source);
  plan.sources.push_back(std::move(opened));
  return {};
}

base::Result<void> open_sources(const PushOptions& options, const SiteList& sites, PushPlan& plan) {
  std::vector<std::string> taken;
  std::optional<base::Error> first_error;
  for (const std::string& source : options.sources) {
    if (source.empty()) return base::fail(ErrorKind::usage, "a source is empty; for the current directory write .");
    auto opened = open_source(source);
    if (opened) {
      G5K_TRY(add_source(plan, taken, source, std::move(*opened)));
      continue;
    }
    base::Error& error = opened.error();
    if (error.kind == ErrorKind::not_found) G5K_TRY(check_stray_word(source, options, sites));
    if (!first_error) first_error = error;
    error.kind = ErrorKind::usage;  // named, never there: not a file that vanished while it was being sent
    error.context.clear();
    plan.problems.push_back({"", source, std::move(error), false});
  }
  if (plan.sources.empty()) return base::Failure(std::move(*first_error));
  return {};
}

base::Result<std::vector<std::string>> expand_hosts(const TargetOptions& options) {
  std::vector<std::string> hosts;
  for (const std::string& text : options.hosts) {
    auto names = expand_nodeset(text);
    if (!names) return base::Failure(std::move(names).error().with("--hosts"));
    hosts.insert(hosts.end(), names->begin(), names->end());
    if (hosts.size() > kMaxHosts)
      return base::fail(ErrorKind::usage, "--hosts names more than " + std::to_string(kMaxHosts) + " hosts");
  }
  if (hosts.empty() && !options.hosts.empty()) return base::fail(ErrorKind::usage, "--hosts names no host");
  return hosts;
}

std::string local_home(const PushOptions& options) {
  const char* home = std::getenv("HOME");
  return home && !options.connection.local_transport ? home : "";
}

/// The hosts get the rules when files are deleted, and they get them in one message.
base::Result<void> check_rules(const PushOptions& options, const tree::FilterRules& rules) {
  if (!options.tree.delete_extra || options.tree.delete_excluded) return {};
  std::size_t bytes = 0;
  for (const tree::FilterText& rule : rules.texts()) bytes += rule.pattern.size() + 1;
  if (bytes <= proto::kMaxRuleBytes) return {};
  return base::fail(ErrorKind::usage, std::string(only_compares(options.task) ? "the" : "with --delete the") +
                                          " filter rules may have " + std::to_string(proto::kMaxRuleBytes >> 10) +
                                          " KiB in all; these have " + std::to_string((bytes >> 10) + 1) + " KiB");
}

}  // namespace

base::Result<std::vector<Target>> resolve_targets(const TargetOptions& options, const Config& config) {
  std::vector<Target> targets;
  std::unordered_set<std::string> seen;
  const auto put_in = [&](std::string name, std::string ssh_name) {
    if (seen.insert(ssh_name).second) targets.push_back({std::move(name), std::move(ssh_name)});
  };
  const bool by_default = options.sites.empty() && options.hosts.empty();
  const std::vector<std::string>& selections = by_default ? config.default_sites : options.sites;
  if (!selections.empty()) {
    G5K_ASSIGN(const SiteList sites, select_sites(config.sites, selections));
    for (const Site& site : sites) put_in(site.name, site.ssh_name);
  }
  G5K_ASSIGN(const std::vector<std::string> hosts, expand_hosts(options));
  for (const std::string& host : hosts) put_in(host, ssh_name_of_host(config.sites, host));
  return targets;
}

base::Result<tree::Source> open_source(const std::string& source) {
  const SourceName split = split_source(source);
  const auto refused = [&](const base::Error& error) {
    return base::Failure(base::Error{error.kind, error.sys_errno, source});
  };
  auto directory = fs::open_root(split.directory);
  if (!directory) return refused(directory.error());
  if (!split.name.empty()) {
    if (auto there = (*directory)->stat(split.name); !there) return refused(there.error());
  }
  return tree::Source{std::move(*directory), split.name};
}

base::Result<std::string> resolve_destination(const std::string& to, const std::string& home, const SiteList& sites) {
  if (to.starts_with('~')) {
    const std::size_t slash = std::min(to.find('/'), to.size());
    if (slash != 1)
      return base::fail(ErrorKind::usage, "--to " + quoted(to) + ": only ~ and ~/DIR are known; write the whole path");
    return to.substr(std::min(to.find_first_not_of('/', slash), to.size()));
  }
  const auto place = remote_place(to);
  if (place && site_of(sites, place->host))
    return base::fail(ErrorKind::usage, "--to is a directory; in place of --to " + quoted(to) + " write " +
                                            target_options(*place, sites));
  const std::string prefix = home.substr(0, home.find_last_not_of('/') + 1);
  if (prefix.empty() || !to.starts_with(prefix) || (to.size() > prefix.size() && to[prefix.size()] != '/')) return to;
  const std::string rest = to.substr(std::min(to.find_first_not_of('/', prefix.size()), to.size()));
  return base::fail(ErrorKind::usage, "--to " + quoted(to) +
                                          " is in the home of this machine; for the home on the hosts " +
                                          (rest.empty() ? "leave --to out" : "write --to " + quoted(rest)) +
                                          ", for this very path --to " + quoted("/." + to));
}

base::Result<PushPlan> resolve(const PushOptions& options, const Config& config) {
  PushPlan plan;
  G5K_TRY(open_sources(options, config.sites, plan));
  G5K_ASSIGN(plan.targets, resolve_targets(options.targets, config));
  if (plan.targets.empty())
    return base::fail(ErrorKind::usage, std::string(name_of(options.task)) + " needs to know " +
                                            (only_compares(options.task) ? "with which hosts" : "where to") +
                                            ": add --sites all, --sites nancy,lyon or --hosts HOST");
  G5K_ASSIGN(plan.destination, resolve_destination(options.to, local_home(options), config.sites));
  plan.rules = options.rules;
  for (const std::string& pattern : config.default_exclude) {
    auto added = plan.rules.add(tree::FilterAction::exclude, pattern);
    if (!added)
      return base::Failure(std::move(added).error().with("exclude = \"" + pattern + "\" in the configuration"));
  }
  G5K_TRY(check_rules(options, plan.rules));
  return plan;
}

}  // namespace g5ksync::app
