#include "app/agent/piece_writer.h"

#include <catch2/catch.hpp>
#include <cerrno>

#include "engine/exec/threads.h"
#include "tests/app/run/trees.h"
#include "tests/fs/faulty_directory.h"

namespace g5ksync::test {
namespace {

/// Has two threads, it says, but runs nothing until it is told to.
class LateExecutor final : public base::Executor {
 public:
  void submit(std::function<void()> job) override { jobs_.push_back(std::move(job)); }
  int concurrency() const override { return 2; }
  void wait_idle() override {
    for (std::size_t i = 0; i < jobs_.size(); ++i) jobs_[i]();
    jobs_.clear();
  }

 private:
  std::vector<std::function<void()>> jobs_;
};

struct Output {
  explicit Output(Trees& trees) : place(make_faulty(*fs::open_or_make_root(trees.places(1)[0]), faults)) {
    temp = *place->create_temp("new");
  }
  std::shared_ptr<Faults> faults = std::make_shared<Faults>();
  std::unique_ptr<fs::Directory> place;
  std::unique_ptr<fs::TempFile> temp;

  std::string content(std::size_t size) {
    std::string text(size + 1, '\0');
    text.resize(*temp->read_at(0, std::as_writable_bytes(std::span(text))));
    return text;
  }
};

/// In pieces of odd sizes.
base::Result<void> write_all(app::PieceWriter& writer, std::string_view text) {
  for (std::size_t offset = 0, step = 1; offset < text.size(); step = step * 7 % 70'001 + 1) {
    const auto part = base::view_of(text.substr(offset, step));
    base::Bytes piece = writer.buffer();
    piece.assign(part.begin(), part.end());
    G5K_TRY(writer.put(offset, std::move(piece)));
    offset += part.size();
  }
  return writer.finish();
}

TEST_CASE("Pieces are written whether a job comes for them or not") {
  Trees trees(71);
  const std::string text = random_bytes(20'000'000, trees.random);
  exec::ThreadExecutor threads(2);
  LateExecutor late;
  for (base::Executor* executor : {static_cast<base::Executor*>(nullptr), static_cast<base::Executor*>(&threads),
                                   static_cast<base::Executor*>(&late)}) {
    Output output(trees);
    {
      app::PieceWriter writer(*output.temp, executor);
      REQUIRE(write_all(writer, text));
    }
    CHECK(output.content(text.size()) == text);
  }
  late.wait_idle();  // they find nothing left
}

TEST_CASE("After an error no piece is written, and it is told") {
  Trees trees(72);
  const std::string text = random_bytes(5'000'000, trees.random);
  exec::ThreadExecutor threads(2);
  for (base::Executor* executor : {static_cast<base::Executor*>(nullptr), static_cast<base::Executor*>(&threads)}) {
    Output output(trees);
    output.faults->fail(Verb::write, ENOSPC, 20);
    app::PieceWriter writer(*output.temp, executor);
    const auto written = write_all(writer, text);
    REQUIRE_FALSE(written);
    CHECK(written.error().kind == base::ErrorKind::no_space);
    CHECK(output.faults->calls(Verb::write) == 20);
  }
}

TEST_CASE("Nothing is written when the writer is gone") {
  Trees trees(73);
  Output output(trees);
  LateExecutor late;
  {
    app::PieceWriter writer(*output.temp, &late);
    const std::string text = random_bytes(1000, trees.random);
    for (std::uint64_t i = 0; i < 3; ++i) {
      const auto part = base::view_of(std::string_view(text));
      REQUIRE(writer.put(i * text.size(), base::Bytes(part.begin(), part.end())));
    }
  }
  output.temp.reset();
  late.wait_idle();
  CHECK(output.faults->calls(Verb::write) == 0);
}

}  // namespace
}  // namespace g5ksync::test
