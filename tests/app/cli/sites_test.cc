#include "app/cli/sites.h"

#include <catch2/catch.hpp>
#include <cstdlib>

#include "app/cli/config.h"

namespace g5ksync::app {
namespace {

using Words = std::vector<std::string>;

std::string selected(const Words& selections, const SiteList& known = shipped_sites()) {
  const auto sites = select_sites(known, selections);
  if (!sites) return sites.error().message();
  std::string text;
  for (const Site& site : *sites) text += (text.empty() ? "" : " ") + site.name;
  return text;
}

TEST_CASE("sites are selected by name, all, and taken out by -NAME") {
  const std::string all =
      "bordeaux grenoble lille louvain luxembourg lyon nancy nantes rennes sophia strasbourg toulouse";
  CHECK(selected({"all"}) == all);
  CHECK(selected({"nancy,lyon"}) == "nancy lyon");
  CHECK(selected({"lyon,nancy,lyon", "nancy"}) == "lyon nancy");
  CHECK(selected({"all,-lyon,-nancy"}) ==
        "bordeaux grenoble lille louvain luxembourg nantes rennes sophia strasbourg toulouse");
  CHECK(selected({"-lyon", "-nancy"}) == selected({"all,-lyon,-nancy"}));
  CHECK(selected({"nancy,-nancy,nancy"}) == "nancy");
  CHECK(selected({"all", "-lyon,lyon"}).ends_with("toulouse lyon"));
  CHECK(selected({",nancy,"}) == "nancy");
}

TEST_CASE("mistakes in a selection of sites") {
  const std::string list =
      " (sites: bordeaux grenoble lille louvain luxembourg lyon nancy nantes rennes sophia strasbourg toulouse)";
  CHECK(selected({"nancay"}) == "unknown site \"nancay\"; did you mean nancy?" + list);
  CHECK(selected({"all,-lion"}) == "unknown site \"lion\"; did you mean lyon?" + list);
  CHECK(selected({"atlantis"}) == "unknown site \"atlantis\"" + list);
  CHECK(selected({"Nancy"}) == "unknown site \"Nancy\"; did you mean nancy?" + list);
  CHECK(selected({"-"}) == "unknown site \"\"" + list);
  CHECK(selected({"nancy,-nancy"}) == "no site is left of \"nancy,-nancy\"");
  CHECK(selected({""}) == "no site is left of \"\"");
}

TEST_CASE("a node of a site is reached as the site is") {
  const SiteList sites{{"nancy", "nancy.g5k"}, {"lab", "me@lab.example.org"}, {"far", "gate-7"}};
  CHECK(ssh_name_of_host(sites, "gros-1.nancy") == "gros-1.nancy.g5k");
  CHECK(ssh_name_of_host(sites, "gros-1.nancy.g5k") == "gros-1.nancy.g5k");
  CHECK(ssh_name_of_host(sites, "root@gros-1.nancy") == "root@gros-1.nancy.g5k");
  CHECK(ssh_name_of_host(sites, "n1.lab") == "me@n1.lab.example.org");
  CHECK(ssh_name_of_host(sites, "root@n1.lab") == "root@n1.lab.example.org");
  CHECK(ssh_name_of_host(sites, "n1.far") == "n1.far");
  CHECK(ssh_name_of_host(sites, "laptop2") == "laptop2");
  CHECK(ssh_name_of_host(sites, "gros-1.nancy.grid5000.fr") == "gros-1.nancy.grid5000.fr");
  CHECK(ssh_name_of_host(sites, ".nancy") == ".nancy");
}

Config parsed(std::string_view text) {
  auto config = parse_config(text, "c.toml");
  if (!config) FAIL(config.error().message());
  return *config;
}

TEST_CASE("the configuration replaces the shipped sites, in the order of the file") {
  const Config config = parsed("[sites]\nzoo = \"zoo.example\"\nark = 'me@ark'\n");
  CHECK(config.sites == SiteList{{"zoo", "zoo.example"}, {"ark", "me@ark"}});
  CHECK(parsed("").sites == shipped_sites());
  CHECK(parsed("# nothing\n[defaults]\n").default_sites.empty());
}

TEST_CASE("the configuration's defaults") {
  const Config config = parsed("[defaults]\nsites = \"all,-lyon\"\nexclude = [\".git/\", \"*.o\"]\n");
  CHECK(config.default_sites == Words{"all,-lyon"});
  CHECK(config.default_exclude == Words{".git/", "*.o"});
  CHECK(parsed("[defaults]\nsites = [\"nancy\", \"lyon\"]\n").default_sites == Words{"nancy", "lyon"});
}

TEST_CASE("what is wrong in the configuration is told with file and line") {
  struct Row {
    std::string text, sentence;
  };
  const std::vector<Row> rows{
      {"\n[sitez]\n", "c.toml:2: unknown key \"sitez\"; did you mean sites?"},
      {"colour = 1\n", "c.toml:1: unknown key \"colour\""},
      {"[defaults]\n\nsite = \"nancy\"\n", "c.toml:3: unknown key \"site\" in [defaults]; did you mean sites?"},
      {"[sites]\na = \"a\"\nnancy = 7\n", "c.toml:3: nancy needs a text in quotes"},
      {"[sites]\nnancy = \"\"\n", "c.toml:2: nancy needs a text in quotes"},
      {"[sites]\nnancy = \"-oProxyCommand=x\"\n", "c.toml:2: \"-oProxyCommand=x\" cannot be the name of a host"},
      {"[sites]\n\"-x\" = \"x\"\n", "c.toml:2: \"-x\" cannot be the name of a site"},
      {"[sites]\nall = \"x\"\n", "c.toml:2: \"all\" cannot be the name of a site"},
      {"[sites]\n", "c.toml:1: [sites] names no site"},
      {"sites = 3\n", "c.toml:1: sites needs to be a table: [sites]"},
      {"defaults = 3\n", "c.toml:1: defaults needs to be a table: [defaults]"},
      {"[defaults]\nexclude = [\"a\",\n  3]\n", "c.toml:3: exclude needs a text in quotes"},
  };
  for (const Row& row : rows) {
    const auto config = parse_config(row.text, "c.toml");
    REQUIRE_FALSE(config);
    CHECK(config.error().kind == base::ErrorKind::usage);
    CHECK(config.error().message() == row.sentence);
  }
  const auto unknown = parse_config("[defaults]\nsites = \"nancay\"\n", "c.toml");
  REQUIRE_FALSE(unknown);
  CHECK(unknown.error().message().starts_with("c.toml:2: unknown site \"nancay\"; did you mean nancy?"));
  const auto broken = parse_config("[sites]\nnancy = \n", "c.toml");
  REQUIRE_FALSE(broken);
  CHECK(broken.error().message().starts_with("c.toml:2: "));
}

TEST_CASE("without a configuration file the defaults hold") {
  const auto config = load_config("/no/such/config.toml");
  REQUIRE(config);
  CHECK(config->sites == shipped_sites());
  CHECK(load_config(""));
  const auto directory = load_config("/");
  CHECK_FALSE(directory);
}

TEST_CASE("the configuration file is looked for where XDG says") {
  ::setenv("XDG_CONFIG_HOME", "/xdg", 1);
  CHECK(config_path() == "/xdg/g5ksync/config.toml");
  ::setenv("HOME", "/home/me", 1);
  ::setenv("XDG_CONFIG_HOME", "relative", 1);
  CHECK(config_path() == "/home/me/.config/g5ksync/config.toml");
  ::unsetenv("XDG_CONFIG_HOME");
  CHECK(config_path() == "/home/me/.config/g5ksync/config.toml");
}

}  // namespace
}  // namespace g5ksync::app
