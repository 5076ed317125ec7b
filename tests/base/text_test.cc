#include "engine/base/text.h"

#include <rapidcheck.h>

#include <catch2/catch.hpp>
#include <string>

using namespace g5ksync::base;

TEST_CASE("a word for a shell is quoted where it must be") {
  CHECK(shell_word("/a/b-1.c") == "/a/b-1.c");
  CHECK(shell_word("") == "''");
  CHECK(shell_word("[h]:22") == "'[h]:22'");
  CHECK(shell_word("~/my hosts") == "'~/my hosts'");
  CHECK(shell_word("it's") == "'it'\\''s'");
}

TEST_CASE("valid UTF-8 stays as it is") {
  for (const char* text : {"", "plain", "caf\xc3\xa9", "\xe6\x97\xa5\xe6\x9c\xac", "\xf0\x9f\x98\x80", "\xc2\xa0",
                           "\xed\x9f\xbf", "\xee\x80\x80", "\xf4\x8f\xbf\xbf", "a b/c"}) {
    CHECK(printable(text) == text);
  }
}

TEST_CASE("controls and the backslash are escaped") {
  CHECK(printable("a\nb\tc\rd\\e") == "a\\nb\\tc\\rd\\\\e");
  CHECK(printable("\x1b[31m") == "\\033[31m");
  CHECK(printable(std::string_view("\0\x7f", 2)) == "\\000\\177");
  CHECK(printable("\xc2\x85") == "\\302\\205");  // C1: next line
  CHECK(printable("\xc2\x9b") == "\\302\\233");  // C1: control sequence introducer
}

TEST_CASE("invalid UTF-8 is escaped byte by byte, and what is valid around it stays") {
  CHECK(printable("\xff") == "\\377");
  CHECK(printable("\x80") == "\\200");
  CHECK(printable("\xc3") == "\\303");
  CHECK(printable("\xc3x") == "\\303x");
  CHECK(printable("\xc0\xaf") == "\\300\\257");                    // overlong slash
  CHECK(printable("\xe0\x9f\xbf") == "\\340\\237\\277");           // overlong
  CHECK(printable("\xed\xa0\x80") == "\\355\\240\\200");           // surrogate
  CHECK(printable("\xf0\x8f\xbf\xbf") == "\\360\\217\\277\\277");  // overlong
  CHECK(printable("\xf4\x90\x80\x80") == "\\364\\220\\200\\200");  // beyond U+10FFFF
  CHECK(printable("\xf5\x80\x80\x80") == "\\365\\200\\200\\200");
  CHECK(printable("\xe6\x97") == "\\346\\227");  // cut short
  CHECK(printable("\xe6\x97\xc3\xa9") == "\\346\\227\xc3\xa9");
}

TEST_CASE("nothing that a terminal acts on comes out, and printing is reversible") {
  CHECK(rc::check("printable", [](const std::string& bytes) {
    const std::string text = printable(bytes);
    std::string back;
    for (std::size_t i = 0; i < text.size(); ++i) {
      const auto c = static_cast<unsigned char>(text[i]);
      RC_ASSERT(c >= 0x20 && c != 0x7f);
      if (text[i] != '\\') {
        back += text[i];
        continue;
      }
      const char kind = text.at(++i);
      if (kind == 'n' || kind == 't' || kind == 'r' || kind == '\\') {
        back += kind == 'n' ? '\n' : kind == 't' ? '\t' : kind == 'r' ? '\r' : '\\';
        continue;
      }
      back += static_cast<char>(std::stoi(text.substr(i, 3), nullptr, 8));
      i += 2;
    }
    RC_ASSERT(back == bytes);
    RC_ASSERT(printable(text).size() >= text.size());
  }));
}

TEST_CASE("sizes in words") {
  CHECK(human_bytes(0) == "0 B");
  CHECK(human_bytes(1023) == "1023 B");
  CHECK(human_bytes(1536) == "1.5 KiB");
  CHECK(human_bytes(1024 * 1024 - 1) == "1.0 MiB");
  CHECK(human_bytes(std::uint64_t{5} << 30) == "5.0 GiB");
  CHECK(human_bytes(UINT64_MAX) == "16.0 EiB");
}

TEST_CASE("durations in words") {
  CHECK(human_duration(0) == "0.0s");
  CHECK(human_duration(12.34) == "12.3s");
  CHECK(human_duration(59.96) == "1m00s");
  CHECK(human_duration(75.2) == "1m15s");
  CHECK(human_duration(3599.6) == "1h00m");
  CHECK(human_duration(7500) == "2h05m");
}
