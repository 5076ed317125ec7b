#include "tests/proto/samples.h"

#include <algorithm>

namespace g5ksync::proto::samples {
namespace {

base::ByteView static_bytes(std::size_t count) {
  static const base::Bytes bytes = [] {
    base::Bytes made(4096);
    std::uint32_t state = 1;
    for (std::byte& byte : made) {
      state = state * 1664525 + 1013904223;
      byte = static_cast<std::byte>(state >> 24);
    }
    return made;
  }();
  return base::ByteView(bytes).first(count);
}

Sum sum(SumAlgorithm algorithm, std::size_t size) {
  Sum made;
  made.algorithm = algorithm;
  std::ranges::copy(static_bytes(size), made.bytes.begin());
  return made;
}

ListingEntry entry(std::string name, fs::FileType type, std::uint32_t mode, fs::FileTime mtime) {
  ListingEntry made;
  made.entry.name = std::move(name);
  made.entry.stat.type = type;
  made.entry.stat.mode = mode;
  made.entry.stat.mtime = mtime;
  made.entry.stat.uid = 1000;
  made.entry.stat.gid = 8000;
  made.owner_name = "jdoe";
  made.group_name = "users";
  return made;
}

DirectoryRecord directory() {
  const fs::FileTime time{1700000000, 123456789};
  DirectoryRecord record;
  record.directory = tree::kRoot;
  record.first_entry = 1;
  record.bundle = 299;
  record.first_member = 17;
  record.complete = false;
  auto& list = record.entries;
  list.push_back(entry("Makefile", fs::FileType::regular, 0644, time));
  list.back().entry.stat.size = 300;
  list.back().in_bundle = true;
  list.push_back(entry("big.tar", fs::FileType::regular, 0600, {1700000060, 0}));
  list.back().entry.stat.size = 3'000'000'000;
  list.back().link_group = 0x0123456789abcdef;
  list.push_back(entry("disk", fs::FileType::block_device, 0660, {-1, 999999999}));
  list.back().entry.stat.rdev = 0x0803;
  list.push_back(entry("fifo", fs::FileType::fifo, 0600, {-1, 999999999}));
  list.push_back(entry("link", fs::FileType::symlink, 0777, time));
  list.back().entry.link_target = "../elsewhere";
  list.push_back(entry("run.sh", fs::FileType::regular, 0600, time));
  list.back().entry.stat.size = 70'000;
  list.back().in_bundle = list.back().closes_bundle = true;
  list.push_back(entry("socket", fs::FileType::socket, 0755, time));
  list.push_back(entry("src", fs::FileType::directory, 0755, time));
  list.back().owner_name.clear();
  list.push_back(entry("tty", fs::FileType::char_device, 0620, time));
  list.back().entry.stat.rdev = 0x0501;
  return record;
}

NamedFrame frame(std::string name, FrameType type, base::Bytes payload, std::uint32_t stream = 0) {
  NamedFrame made{std::move(name), {}, std::move(payload)};
  made.header.length = static_cast<std::uint32_t>(made.payload.size());
  made.header.type = type;
  made.header.stream = stream;
  return made;
}

/// The sample of a bundle's answer, cut after 40 bytes.
std::vector<NamedFrame> answer_frames() {
  const base::Bytes answer = whole_answer(bundle_answer());
  const auto cut = answer.begin() + 40;
  NamedFrame first = frame("answer_first", FrameType::answer, base::Bytes(answer.begin(), cut), 1);
  first.header.raw_length = static_cast<std::uint32_t>(answer.size());
  NamedFrame last = frame("answer_last", FrameType::answer, base::Bytes(cut, answer.end()), 1);
  last.header.offset = 40;
  last.header.flags |= frame_flag::last;
  return {first, last};
}

}  // namespace

Hello hello() { return {1, 3, capability::all_here | capability::sha256, "0.1.0", "gros-1.nancy.grid5000.fr", 1000}; }

Start start() {
  Start message;
  message.capabilities = capability::all_here;
  message.role = Role::replica;
  message.run_id = "0123456789abcdef";
  message.destination = "data/results";
  message.mask = {true, true, false, true, false, true, true};
  message.flags = run_flag::itemize | run_flag::durable;
  message.threads = 4;
  message.silence_limit_ms = 15'000;
  message.heartbeat_ms = 500;
  message.time_unit = 1000;
  message.flags |= run_flag::delete_extra;
  message.max_delete = 101;
  message.root_names = {"data", "src"};
  message.rules = {{tree::FilterAction::include, "keep.o"}, {tree::FilterAction::exclude, "*.o"}};
  return message;
}

Ready ready() { return {1'000'000'000, 4 << 20, 1 << 20, 32 << 20, 027, true, false, true}; }
Credit credit() { return {CreditClass::requests, 300}; }
Counters counters() { return {1000, 2, 300'000, 4, 5, 6, 7, 8, 9, 10, 1'100'000'000'000, 11, 12, 13, 14, 15, 16}; }

Report report() { return {ReportKind::problem, 77, base::ErrorKind::permission, 13, "cannot make the directory"}; }

Finish finish() { return {counters(), 80 << 20, 1'500'000}; }
Goodbye goodbye() { return {false, base::ErrorKind::no_space, 28, "the disk is full"}; }

tree::AttributeMask full_mask() { return {true, true, true, true, true, true, true}; }

std::vector<LogRecord> log_records() {
  RootRecord root{full_mask(), SumAlgorithm::xxh3_128, 7, 1, fs::Stat{}, "jdoe", "users"};
  root.own_attributes->type = fs::FileType::directory;
  root.own_attributes->mode = 02755;
  root.own_attributes->mtime = {1700000000, 5};
  root.own_attributes->uid = 1000;
  root.own_attributes->gid = 8000;
  return {root,
          VersionRecord{2, 2, 3'000'000'001, {1700000099, 1}},
          SumRecord{2, 2, sum(SumAlgorithm::xxh3_128, 16)},
          SumRecord{6, 1, sum(SumAlgorithm::sha256, 32)},
          UnreadableRecord{1, base::ErrorKind::io, 5},
          EndRecord{}};
}

std::vector<LogRecord> listing_records() {
  return {directory(), DirectoryRecord{8, 10, 301, 0, true, true, true, {}}, BundleEndRecord{},
          ListedRecord{9, 3, 3'000'070'300, 2}};
}

base::Bytes bytes_of(const std::vector<LogRecord>& records) {
  base::Bytes bytes;
  for (const LogRecord& record : records) append_record(record, full_mask(), bytes);
  return bytes;
}

BundleRequest bundle_request() {
  BundleRequest request{300, std::vector<bool>(11)};
  request.members[0] = request.members[3] = request.members[10] = true;
  return request;
}

RangesRequest ranges_request() {
  return {{{2, 2, {{0, 60}, {61, 1}, {3'000'000'000, 16}}}, {3, 1, {{kFilePiece, 300'000}}}, {70, 1, {{5, 7}}}}};
}

SumsRequest sums_request() { return {{{2, 2}, {3, 1}, {300, 1}}, false}; }
SumsRequest openings_request() { return {sums_request().items, true}; }

SignaturesRequest signatures_request() { return {{{2, 2, 1, {{0, 46}, {47, 1}}}, {9, 1, 2, {{100, 1}}}}}; }

BundleAnswer bundle_answer() {
  BundleAnswer answer;
  answer.bundle = 300;
  answer.members = {{0, Served::whole, 3, sum(SumAlgorithm::xxh3_128, 16)},
                    {3, Served::changed, 0, {}},
                    {10, Served::whole, 20, sum(SumAlgorithm::xxh3_128, 16)}};
  answer.data = static_bytes(23);
  return answer;
}

RangesAnswer ranges_answer() {
  return {{{2, 2, Served::whole}, {3, 1, Served::changed}, {70, 1, Served::whole}}, static_bytes(84)};
}

SumsAnswer sums_answer() {
  return {{{2, 2, Served::whole, sum(SumAlgorithm::xxh3_128, 16)},
           {3, 1, Served::unreadable, {}},
           {300, 1, Served::whole, sum(SumAlgorithm::sha256, 32)}},
          false,
          {}};
}

SumsAnswer openings_answer() { return {sums_answer().items, true, static_bytes(18)}; }

SignaturesAnswer signatures_answer() { return {{{2, 2, Served::whole}, {9, 1, Served::changed}}, static_bytes(47)}; }

DigestRequest digest_request() { return {1000, true, false}; }
ListingsRequest listings_request() { return {digest_request(), 3, {0, 8, 300}}; }

DigestAnswer digest_answer() {
  DigestAnswer answer{{9, 3, 3'000'070'300, 2}, {}};
  std::ranges::copy(static_bytes(answer.digest.size()), answer.digest.begin());
  return answer;
}

ListingsAnswer listings_answer() {
  static const base::Bytes records = bytes_of({DirectoryRecord{8, 10, 301, 0, true, true, false, {}}});
  return {{base::ByteView(records).subspan(2)}, static_bytes(32)};
}

CannotServe cannot_serve() { return {2, 1, CannotServeReason::changed}; }

base::Bytes whole_answer(const Answer& answer) {
  base::Bytes bytes = encode_answer_header(answer);
  const auto data = std::visit(
      [](const auto& kind) {
        if constexpr (requires { kind.data; }) {
          return kind.data;
        } else {
          return base::ByteView();
        }
      },
      answer);
  bytes.insert(bytes.end(), data.begin(), data.end());
  return bytes;
}

std::vector<NamedFrame> frames() {
  std::vector<NamedFrame> all = {
      frame("hello", FrameType::hello, encode(hello())),
      frame("start", FrameType::start, encode(start())),
      frame("ready", FrameType::ready, encode(ready())),
      frame("credit", FrameType::credit, encode(credit())),
      frame("progress", FrameType::progress, encode(counters())),
      frame("report", FrameType::report, encode(report())),
      frame("finish", FrameType::finish, encode(finish())),
      frame("goodbye", FrameType::goodbye, encode(goodbye())),
      frame("heartbeat", FrameType::heartbeat, {}),
      frame("log", FrameType::log, bytes_of(log_records())),
      frame("request", FrameType::request, encode(Request(bundle_request())), 1),
      frame("listings", FrameType::listings, bytes_of(listing_records())),
  };
  all.back().header.raw_length = all.back().header.length;
  NamedFrame& log_frame = all[9];
  log_frame.header.epoch = 7;
  log_frame.header.raw_length = log_frame.header.length;
  log_frame.header.offset = 0x1'0000;
  for (NamedFrame& piece : answer_frames()) all.push_back(std::move(piece));
  return all;
}

}  // namespace g5ksync::proto::samples
