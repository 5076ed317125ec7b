// The only file that knows toml++.
#include "app/cli/config.h"

#include <toml++/toml.h>

#include <algorithm>
#include <cstdlib>

#include "app/cli/nodeset.h"
#include "app/cli/suggest.h"
#include "app/cli/text_file.h"

namespace g5ksync::app {
namespace {

using base::ErrorKind;

/// Walks the file's values in the order of its lines and fails with the line of what is wrong.
class ConfigReader {
 public:
  explicit ConfigReader(std::string path) : path_(std::move(path)) {}

  base::Result<Config> read(const toml::table& file) {
    G5K_TRY(check_keys(file, {"sites", "defaults"}, ""));
    if (const toml::node* sites = file.get("sites")) G5K_TRY(read_sites(*sites));
    if (const toml::node* defaults = file.get("defaults")) G5K_TRY(read_defaults(*defaults));
    return config_;
  }

  base::Failure wrong(const toml::source_region& where, const std::string& sentence) const {
    return base::fail(ErrorKind::usage, path_ + ":" + std::to_string(where.begin.line) + ": " + sentence);
  }

 private:
  base::Result<void> check_keys(const toml::table& table, const std::vector<std::string>& known,
                                const std::string& of) const {
    for (const auto& [key, node] : table) {
      const std::string name(key.str());
      if (std::find(known.begin(), known.end(), name) == known.end())
        return wrong(key.source(), "unknown key \"" + name + "\"" + of + did_you_mean(name, known));
    }
    return {};
  }

  base::Result<std::string> text(const toml::node& node, const std::string& what) const {
    if (const auto* value = node.as_string(); value && !value->get().empty()) return value->get();
    return wrong(node.source(), what + " needs a text in quotes");
  }

  /// "one" or ["one", "two"].
  base::Result<std::vector<std::string>> texts(const toml::node& node, const std::string& what) const {
    std::vector<std::string> out;
    if (const toml::array* array = node.as_array()) {
      for (const toml::node& element : *array) {
        G5K_ASSIGN(std::string element_text, text(element, what));
        out.push_back(std::move(element_text));
      }
    } else {
      G5K_ASSIGN(std::string single, text(node, what));
      out.push_back(std::move(single));
    }
    return out;
  }

  base::Result<void> read_sites(const toml::node& node) {
    const toml::table* table = node.as_table();
    if (!table) return wrong(node.source(), "sites needs to be a table: [sites]");
    std::vector<std::pair<toml::source_position, Site>> found;
    for (const auto& [key, value] : *table) {
      Site site{std::string(key.str()), ""};
      if (site.name == "all" || !is_host_name(site.name))
        return wrong(key.source(), "\"" + site.name + "\" cannot be the name of a site");
      G5K_ASSIGN(site.ssh_name, text(value, site.name));
      if (!is_host_name(site.ssh_name))
        return wrong(value.source(), "\"" + site.ssh_name + "\" cannot be the name of a host");
      found.emplace_back(key.source().begin, std::move(site));
    }
    if (found.empty()) return wrong(node.source(), "[sites] names no site");
    std::sort(found.begin(), found.end(), [](const auto& a, const auto& b) { return a.first < b.first; });
    config_.sites.clear();
    for (auto& entry : found) config_.sites.push_back(std::move(entry.second));
    return {};
  }

  base::Result<void> read_defaults(const toml::node& node) {
    const toml::table* table = node.as_table();
    if (!table) return wrong(node.source(), "defaults needs to be a table: [defaults]");
    G5K_TRY(check_keys(*table, {"sites", "exclude"}, " in [defaults]"));
    if (const toml::node* sites = table->get("sites")) {
      G5K_ASSIGN(config_.default_sites, texts(*sites, "sites"));
      if (auto chosen = select_sites(config_.sites, config_.default_sites); !chosen)
        return wrong(sites->source(), chosen.error().message());
    }
    if (const toml::node* exclude = table->get("exclude")) {
      G5K_ASSIGN(config_.default_exclude, texts(*exclude, "exclude"));
    }
    return {};
  }

  std::string path_;
  Config config_;
};

}  // namespace

std::string config_path() {
  const char* config = std::getenv("XDG_CONFIG_HOME");
  if (config && *config == '/') return std::string(config) + "/g5ksync/config.toml";
  const char* home = std::getenv("HOME");
  return home && *home ? std::string(home) + "/.config/g5ksync/config.toml" : std::string();
}

base::Result<Config> load_config(const std::string& path) {
  if (path.empty()) return Config{};
  auto text = read_text_file(path);
  if (text) return parse_config(*text, path);
  base::Error& error = text.error();
  if (error.kind == ErrorKind::not_found) return Config{};
  error.kind = ErrorKind::usage;
  return base::Failure(std::move(error));
}

base::Result<Config> parse_config(std::string_view text, const std::string& path) {
  ConfigReader reader(path);
  try {
    return reader.read(toml::parse(text, path));
  } catch (const toml::parse_error& error) {
    return reader.wrong(error.source(), std::string(error.description()));
  }
}

}  // namespace g5ksync::app
