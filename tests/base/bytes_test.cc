#include "engine/base/bytes.h"

#include <rapidcheck.h>

#include <algorithm>
#include <catch2/catch.hpp>
#include <cstdint>
#include <limits>
#include <string>
#include <vector>

using namespace g5ksync::base;

namespace {

Bytes bytes(std::initializer_list<int> values) {
  Bytes out;
  for (const int value : values) out.push_back(static_cast<std::byte>(value));
  return out;
}

template <class Write>
Bytes written(Write write) {
  Bytes out;
  ByteWriter writer(out);
  write(writer);
  return out;
}

/// Holds for a property that rapidcheck finds no counterexample to; the seed is printed when it does.
void holds(bool property) { CHECK(property); }

}  // namespace

TEST_CASE("the byte formats are what their description says") {
  CHECK(written([](ByteWriter& w) { w.u16(0x0102); }) == bytes({2, 1}));
  CHECK(written([](ByteWriter& w) { w.u32(0x01020304); }) == bytes({4, 3, 2, 1}));
  CHECK(written([](ByteWriter& w) { w.u64(1); }) == bytes({1, 0, 0, 0, 0, 0, 0, 0}));
  CHECK(written([](ByteWriter& w) { w.varint(0); }) == bytes({0}));
  CHECK(written([](ByteWriter& w) { w.varint(127); }) == bytes({127}));
  CHECK(written([](ByteWriter& w) { w.varint(128); }) == bytes({0x80, 1}));
  CHECK(written([](ByteWriter& w) { w.varint(300); }) == bytes({0xac, 2}));
  CHECK(written([](ByteWriter& w) { w.varint(UINT64_MAX); }) ==
        bytes({255, 255, 255, 255, 255, 255, 255, 255, 255, 1}));
  CHECK(written([](ByteWriter& w) { w.zigzag(-1); }) == bytes({1}));
  CHECK(written([](ByteWriter& w) { w.zigzag(1); }) == bytes({2}));
  CHECK(written([](ByteWriter& w) { w.string("ab"); }) == bytes({2, 'a', 'b'}));
}

TEST_CASE("numbers at the edges survive") {
  for (const std::int64_t value : {std::numeric_limits<std::int64_t>::min(), std::int64_t{-1}, std::int64_t{0},
                                   std::numeric_limits<std::int64_t>::max()}) {
    const Bytes out = written([value](ByteWriter& w) { w.zigzag(value); });
    ByteReader reader{out};
    CHECK(reader.zigzag() == value);
    CHECK((reader.ok() && reader.at_end()));
  }
}

TEST_CASE("what is written is read back: any sequence of fields") {
  holds(rc::check("round trip of varints", [](const std::vector<std::uint64_t>& values, std::uint64_t small_bits) {
    Bytes out;
    ByteWriter writer(out);
    const auto shift = [&](std::size_t i) { return (small_bits + i * 7) % 64; };
    for (std::size_t i = 0; i < values.size(); ++i) writer.varint(values[i] >> shift(i));
    ByteReader reader{out};
    for (std::size_t i = 0; i < values.size(); ++i) RC_ASSERT(reader.varint() == values[i] >> shift(i));
    RC_ASSERT(reader.ok() && reader.at_end());
  }));
  holds(rc::check("round trip of mixed fields", [](std::uint8_t a, std::uint16_t b, std::uint32_t c, std::uint64_t d,
                                                   std::int64_t e, const std::string& f) {
    Bytes out;
    ByteWriter writer(out);
    writer.u8(a), writer.u16(b), writer.u32(c), writer.u64(d), writer.zigzag(e), writer.string(f);
    writer.raw(view_of("tail"));
    ByteReader reader{out};
    RC_ASSERT(reader.u8() == a);
    RC_ASSERT(reader.u16() == b);
    RC_ASSERT(reader.u32() == c);
    RC_ASSERT(reader.u64() == d);
    RC_ASSERT(reader.zigzag() == e);
    RC_ASSERT(reader.string(f.size()) == f);
    RC_ASSERT(reader.remaining() == 4u);
    RC_ASSERT(text_of(reader.raw(4)) == "tail");
    RC_ASSERT(reader.ok() && reader.at_end());
  }));
}

TEST_CASE("varints that say a number in more bytes than needed are refused") {
  for (const Bytes& input : {bytes({0x80, 0}), bytes({0xff, 0x80, 0}), bytes({0x80}), bytes({}),
                             bytes({255, 255, 255, 255, 255, 255, 255, 255, 255, 2}),
                             bytes({255, 255, 255, 255, 255, 255, 255, 255, 255, 0x81, 0}),
                             bytes({255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 1})}) {
    ByteReader reader{input};
    CHECK(reader.varint() == 0);
    CHECK_FALSE(reader.ok());
  }
}

TEST_CASE("a failed reader stays failed and gives nothing") {
  const Bytes input = bytes({1, 2, 3});
  ByteReader reader{input};
  CHECK(reader.u32() == 0);
  CHECK_FALSE(reader.ok());
  CHECK(reader.u8() == 0);
  CHECK(reader.varint() == 0);
  CHECK(reader.raw(1).empty());
  CHECK(reader.string(10).empty());
  CHECK(reader.at_end());
  CHECK_FALSE(reader.ok());
}

TEST_CASE("lengths are held against their caps and against what is there") {
  const Bytes input = written([](ByteWriter& w) { w.string("12345"); });
  CHECK(ByteReader{input}.string(5) == "12345");
  ByteReader too_long{input};
  CHECK(too_long.string(4).empty());
  CHECK_FALSE(too_long.ok());
  const Bytes lies = written([](ByteWriter& w) { w.varint(UINT64_MAX), w.u8(1); });
  ByteReader lied_to{lies};
  CHECK(lied_to.string(std::numeric_limits<std::size_t>::max()).empty());
  CHECK_FALSE(lied_to.ok());
  ByteReader huge{input};
  CHECK(huge.raw(std::numeric_limits<std::size_t>::max()).empty());
  CHECK_FALSE(huge.ok());
  ByteReader capped{lies};
  CHECK(capped.varint_up_to(1000) == 0);
  CHECK_FALSE(capped.ok());
}

TEST_CASE("an empty string and an empty reader are no failure") {
  const Bytes input = written([](ByteWriter& w) { w.string(""); });
  ByteReader reader{input};
  CHECK(reader.string(0).empty());
  CHECK(reader.ok());
  CHECK(reader.raw(0).empty());
  CHECK(reader.ok());
}

TEST_CASE("any bytes can be read in any way, and what decodes encodes to the same bytes") {
  holds(rc::check("hostile varints", [](const std::vector<std::uint8_t>& input) {
    Bytes in;
    for (const std::uint8_t byte : input) in.push_back(static_cast<std::byte>(byte));
    ByteReader reader{in};
    Bytes out;
    ByteWriter writer(out);
    while (reader.ok() && !reader.at_end()) {
      const std::uint64_t value = reader.varint();
      if (reader.ok()) writer.varint(value);
    }
    RC_ASSERT(out.size() <= in.size());
    RC_ASSERT(std::equal(out.begin(), out.end(), in.begin()));
  }));
  holds(rc::check("hostile fields", [](const std::vector<std::uint8_t>& input, const std::vector<std::uint8_t>& verbs) {
    Bytes in;
    for (const std::uint8_t byte : input) in.push_back(static_cast<std::byte>(byte));
    ByteReader reader{in};
    for (const std::uint8_t verb : verbs) {
      const std::size_t before = reader.remaining();
      switch (verb % 7) {
        case 0:
          (void)reader.u8();
          break;
        case 1:
          (void)reader.u16();
          break;
        case 2:
          (void)reader.u64();
          break;
        case 3:
          (void)reader.zigzag();
          break;
        case 4:
          RC_ASSERT(reader.varint_up_to(verb) <= verb);
          break;
        case 5:
          RC_ASSERT(reader.string(verb).size() <= std::min<std::size_t>(verb, before));
          break;
        default:
          RC_ASSERT(reader.raw(verb).size() <= before);
          break;
      }
      RC_ASSERT(reader.remaining() <= before);
    }
  }));
}
