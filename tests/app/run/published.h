// A directory of files that was listed and published, and somebody who asks for their content.
#pragma once

#include <random>
#include <string>
#include <utility>
#include <vector>

#include "app/origin/content.h"
#include "proto/codec.h"
#include "tests/app/run/simulation.h"
#include "tests/fs/scratch.h"

namespace g5ksync::test {

/// Bytes that repeat nowhere near.
std::string pattern(std::size_t size);
proto::Sum sum_of(const std::string& bytes);

/// An answer and the bytes that it points into.
struct Answered {
  base::Bytes raw;
  proto::Answer value;
};

class Published {
 public:
  /// Names in byte order: the first is entry 1.
  explicit Published(const std::vector<std::pair<std::string, std::string>>& files);
  /// What is in a directory that exists.
  explicit Published(const std::string& directory);

  base::Result<Answered> ask(const proto::Request& request);
  /// The kind of error that the request meets; fails the test if it is served.
  base::ErrorKind refusal(const proto::Request& request);
  std::string path(const std::string& name) const { return scratch_.path(name); }
  void write(const std::string& name, const std::string& bytes) const;

  /// All records of a kind that are in the log by now.
  template <class Record>
  std::vector<Record> log() {
    std::vector<Record> found;
    for (const proto::LogRecord& record : records())
      if (const auto* one = std::get_if<Record>(&record)) found.push_back(*one);
    return found;
  }

 private:
  std::vector<proto::LogRecord> records();
  void publish(const std::string& directory);

  ScratchDir scratch_;
  std::mt19937_64 random_{1};
  RandomExecutor executor_{random_};
  std::vector<tree::Source> sources_;
  tree::FilterRules rules_;

 public:
  proto::Publication publication{{}, 1, [] {}, [](const std::string&, const base::Error&) {}};
  app::ContentReader reader{publication, sources_};
};

}  // namespace g5ksync::test
