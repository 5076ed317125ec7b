#include "app/cli/resolve.h"

#include <catch2/catch.hpp>

#include "app/cli/exit_code.h"
#include "tests/app/cli/temp_directory.h"

namespace g5ksync::app {
namespace {

using Words = std::vector<std::string>;

PushOptions push(Words sources, Words sites = {"nancy"}, Words hosts = {}) {
  PushOptions options;
  options.sources = std::move(sources);
  options.targets.sites = std::move(sites);
  options.targets.hosts = std::move(hosts);
  return options;
}

std::string error_of(const PushOptions& options, const Config& config = {}) {
  const auto plan = resolve(options, config);
  return plan ? "no error" : plan.error().message();
}

std::string targets_text(const Words& sites, const Words& hosts, const Config& config = {}) {
  const auto targets = resolve_targets({sites, hosts}, config);
  if (!targets) return targets.error().message();
  std::string text;
  for (const Target& target : *targets) text += (text.empty() ? "" : " ") + target.name + "=" + target.ssh_name;
  return text;
}

TEST_CASE("targets are sites and hosts, each ssh name once") {
  CHECK(targets_text({"nancy,lyon"}, {"laptop2"}) == "nancy=nancy.g5k lyon=lyon.g5k laptop2=laptop2");
  CHECK(targets_text({"nancy"}, {"nancy.g5k,nancy.g5k"}) == "nancy=nancy.g5k");
  CHECK(targets_text({}, {"gros-[1-2].nancy"}) == "gros-1.nancy=gros-1.nancy.g5k gros-2.nancy=gros-2.nancy.g5k");
  CHECK(targets_text({}, {"a,b", "b,c"}) == "a=a b=b c=c");
  CHECK(targets_text({}, {}).empty());
}

TEST_CASE("the configuration's default sites are used when nothing else is named") {
  Config config;
  config.default_sites = {"lyon"};
  CHECK(targets_text({}, {}, config) == "lyon=lyon.g5k");
  CHECK(targets_text({"nancy"}, {}, config) == "nancy=nancy.g5k");
  CHECK(targets_text({}, {"h"}, config) == "h=h");
}

TEST_CASE("mistakes in the targets") {
  CHECK(targets_text({}, {"a,gros-[1"}) == "--hosts: \"a,gros-[1\", character 8: \"[\" without \"]\"");
  CHECK(targets_text({}, {","}) == "--hosts names no host");
  CHECK(targets_text({}, {"n[1-6000]", "m[1-6000]"}) == "--hosts names more than 10000 hosts");
  CHECK(targets_text({"nancay"}, {}).starts_with("unknown site \"nancay\"; did you mean nancy?"));
}

TEST_CASE("sources follow rsync's rule of the trailing slash") {
  const TempDirectory here;
  here.directory("a/b");
  here.file("a/f");
  const auto name = [](const std::string& source) {
    const auto opened = open_source(source);
    return opened ? opened->name : "error " + opened.error().message();
  };
  CHECK(name("a") == "a");
  CHECK(name("a/b") == "b");
  CHECK(name("./a") == "a");
  CHECK(name("a/f") == "f");
  CHECK(name((here.path() / "a").string()) == "a");
  for (const char* contents : {"a/", "a//", "a/.", "a/./", ".", "./", "..", "a/..", "/", "//"})
    CHECK(name(contents).empty());
  CHECK(name("a/..b") == "error a/..b: No such file or directory");
  CHECK(name("a/f/") == "error a/f/: Not a directory");
  CHECK(name("none/x") == "error none/x: No such file or directory");
}

TEST_CASE("a source's directory holds it") {
  const TempDirectory here;
  here.directory("a/b");
  CHECK(open_source("a/b")->directory->stat("b"));
  CHECK(open_source("a/")->directory->stat("b"));
  CHECK(open_source("a")->directory->stat("a"));
}

TEST_CASE("a plan holds what was asked") {
  const TempDirectory here;
  here.directory("a");
  PushOptions options = push({"a", "a/"}, {"nancy"}, {"h"});
  options.to = "work/x";
  Config config;
  config.default_exclude = {"*.o"};
  const auto plan = resolve(options, config);
  REQUIRE(plan);
  CHECK(plan->targets == std::vector<Target>{{"nancy", "nancy.g5k"}, {"h", "h"}});
  CHECK(plan->sources.size() == 2);
  CHECK(plan->problems.empty());
  CHECK(plan->destination == "work/x");
  CHECK(plan->rules.excluded("x.o", fs::FileType::regular));
}

TEST_CASE("a source given twice is taken once, two of one name are refused") {
  const TempDirectory here;
  here.directory("a/x");
  here.directory("b/x");
  const auto plan = resolve(push({"a", "a", "b/"}), {});
  REQUIRE(plan);
  CHECK(plan->sources.size() == 2);
  CHECK(error_of(push({"a/x", "b/x"})) == "two sources bring the same name: a/x and b/x");
}

TEST_CASE("missing sources: the others go on, as with rsync; none left is an error of code 23") {
  const TempDirectory here;
  here.directory("a");
  const auto plan = resolve(push({"none", "a"}), {});
  REQUIRE(plan);
  CHECK(plan->sources.size() == 1);
  REQUIRE(plan->problems.size() == 1);
  CHECK(plan->problems[0].path == "none");
  CHECK(plan->problems[0].host.empty());
  CHECK(plan->problems[0].error.message() == "No such file or directory");
  RunStatus run;
  run.hosts.resize(1);
  run.hosts[0].phase = HostPhase::done;
  CHECK(exit_code(run, plan->problems) == 23);

  const auto nothing = resolve(push({"none", "nix"}), {});
  REQUIRE_FALSE(nothing);
  CHECK(nothing.error().message() == "none: No such file or directory");
  CHECK(exit_code_before_run(nothing.error()) == 23);
}

TEST_CASE("what rsync users write by habit is answered with what to write here") {
  const TempDirectory here;
  here.directory("mydir");
  const auto with = [](const std::string& word) { return error_of(push({"mydir", word}, {})); };
  CHECK(with("nancy:") == "push takes its hosts by options: in place of nancy: write --sites nancy");
  CHECK(with("nancy.g5k:") == "push takes its hosts by options: in place of nancy.g5k: write --sites nancy");
  CHECK(with("nancy.g5k:work/x") ==
        "push takes its hosts by options: in place of nancy.g5k:work/x write --sites nancy --to work/x");
  CHECK(with("me@box:/tmp") ==
        "push takes its hosts by options: in place of me@box:/tmp write --hosts me@box --to /tmp");
  CHECK(with("box::mod/x") == "push takes its hosts by options: in place of box::mod/x write --hosts box --to mod/x");
  CHECK(with("box:a b") == "push takes its hosts by options: in place of 'box:a b' write --hosts box --to 'a b'");
  CHECK(with("lyon") == "there is no file \"lyon\" here; to send to lyon, write --sites lyon");
  CHECK(with("all") == "there is no file \"all\" here; to send to all, write --sites all");
  CHECK(error_of(push({"mydir", "lyon"}, {"nancy"})) ==
        "there is no file \"lyon\" here; to send to lyon, write --sites nancy,lyon");
  CHECK(error_of(push({"mydir"}, {})) ==
        "push needs to know where to: add --sites all, --sites nancy,lyon or --hosts HOST");
  PushOptions status = push({"mydir"}, {});
  status.task = Task::status;
  CHECK(error_of(status) ==
        "status needs to know with which hosts: add --sites all, --sites nancy,lyon or --hosts HOST");
  CHECK(error_of(push({""})) == "a source is empty; for the current directory write .");
}

TEST_CASE("a file that only looks like a place on a host is a source") {
  const TempDirectory here;
  here.file("nancy:");
  CHECK(error_of(push({"nancy:"})) == "no error");
}

TEST_CASE("a folder named by --to is relative to the home on the hosts") {
  const auto to = [](const std::string& text, const std::string& home = "/home/me") {
    const auto destination = resolve_destination(text, home, shipped_sites());
    return destination ? *destination : "error " + destination.error().message();
  };
  CHECK(to("").empty());
  CHECK(to("~").empty());
  CHECK(to("~/").empty());
  CHECK(to("~/x") == "x");
  CHECK(to("~//x/y") == "x/y");
  CHECK(to("work/x") == "work/x");
  CHECK(to("/tmp") == "/tmp");
  CHECK(to("/tmp/a:b") == "/tmp/a:b");
  CHECK(to("a:b") == "a:b");
  CHECK(to("~bob/x") == "error --to ~bob/x: only ~ and ~/DIR are known; write the whole path");
  CHECK(to("nancy:work") == "error --to is a directory; in place of --to nancy:work write --sites nancy --to work");
}

TEST_CASE("a home that the local shell wrote is refused with what to write") {
  const auto to = [](const std::string& text, const std::string& home) {
    const auto destination = resolve_destination(text, home, shipped_sites());
    return destination ? *destination : destination.error().message();
  };
  CHECK(to("/home/me/x", "/home/me") ==
        "--to /home/me/x is in the home of this machine; for the home on the hosts write --to x, for this very path "
        "--to /./home/me/x");
  CHECK(to("/home/me/", "/home/me/") ==
        "--to /home/me/ is in the home of this machine; for the home on the hosts leave --to out, for this very path "
        "--to /./home/me/");
  CHECK(to("/./home/me/x", "/home/me") == "/./home/me/x");
  CHECK(to("/home/me2", "/home/me") == "/home/me2");
  CHECK(to("/home/me/x", "") == "/home/me/x");
  CHECK(to("/home/me/x", "/") == "/home/me/x");
}

}  // namespace
}  // namespace g5ksync::app
