#include "tests/proto/generators.h"

#include <algorithm>
#include <set>

namespace g5ksync::proto::any {
namespace {

constexpr std::uint64_t kMaxNumber = INT64_MAX;

template <class Enum>
Enum of(Enum least, Enum most) {
  return static_cast<Enum>(*rc::gen::inRange(static_cast<int>(least), static_cast<int>(most) + 1));
}

EntryId id() { return 1 + number(kMaxNumber - 1); }
fs::FileTime time() { return {static_cast<std::int64_t>(number()), small(999'999'999)}; }
std::uint64_t time_unit() { return 1 + number(9'999'999'999); }

Sum sum() {
  Sum made;
  made.algorithm = of(SumAlgorithm::none, SumAlgorithm::sha256);
  const std::size_t size = made.algorithm == SumAlgorithm::none ? 0 : made.algorithm == SumAlgorithm::sha256 ? 32 : 16;
  for (std::size_t i = 0; i < size; ++i) made.bytes[i] = static_cast<std::byte>(*rc::gen::inRange(0, 256));
  return made;
}

/// Names that a directory can hold, in byte order.
std::set<std::string> names() {
  std::set<std::string> made;
  const std::size_t count = *rc::gen::inRange<std::size_t>(0, 30);
  for (std::size_t i = 0; i < count; ++i) {
    std::string name = text(*rc::gen::element<std::size_t>(3, 12, 255));
    std::replace(name.begin(), name.end(), '/', '-');
    if (!name.empty() && name != "." && name != "..") made.insert(std::move(name));
  }
  return made;
}

ListingEntry entry(std::string name, const tree::AttributeMask& mask) {
  ListingEntry made;
  made.entry.name = std::move(name);
  fs::Stat& stat = made.entry.stat;
  stat.type = of(fs::FileType::regular, fs::FileType::block_device);
  stat.mode = *rc::gen::element(0644u, 0755u, small(07777));
  stat.mtime = *rc::gen::element(fs::FileTime{1700000000, 0}, time());
  if (mask.owner) stat.uid = *rc::gen::element(0u, 1000u, small());
  if (mask.group) stat.gid = *rc::gen::element(0u, 1000u, small());
  if (mask.owner) made.owner_name = *rc::gen::element(std::string("root"), text(255));
  if (mask.group) made.group_name = *rc::gen::element(std::string("root"), text(255));
  if (stat.type == fs::FileType::regular) {
    stat.size = number(kMaxNumber);
    made.in_bundle = stat.size > 0 && stat.size < kSmallFile && flag();
    made.closes_bundle = made.in_bundle && flag();
  }
  if (stat.type == fs::FileType::char_device || stat.type == fs::FileType::block_device) stat.rdev = number();
  if (stat.type == fs::FileType::symlink) made.entry.link_target = "t" + text(300);
  made.link_group = *rc::gen::element(std::uint64_t{0}, number());
  return made;
}

std::uint32_t version() { return 1 + small(UINT32_MAX - 1); }

/// Ranges with gaps, of up to `room` in all; takes what they have from it.
std::vector<Range> ranges(std::uint64_t& room) {
  std::vector<Range> made;
  std::uint64_t next = 0;
  const std::size_t count = *rc::gen::inRange<std::size_t>(1, 8);
  while (room > 0 && made.size() < count) {
    Range range{next + number(std::uint64_t{1} << 58), 0};
    range.length = 1 + number(room - 1);
    room -= range.length;
    next = range.offset + range.length + 1;
    made.push_back(range);
  }
  return made;
}

/// Items in order; `fill` makes what is not the name, and says whether there may be more.
template <class Item, class Fill>
std::vector<Item> items(Fill fill) {
  std::vector<Item> made;
  EntryId next = 1;
  const std::size_t count = *rc::gen::inRange<std::size_t>(1, 12);
  bool more = true;
  while (more && made.size() < count) {
    Item item;
    item.entry = next + number(std::uint64_t{1} << 58);
    item.version = version();
    next = item.entry + 1;
    more = fill(item);
    made.push_back(std::move(item));
  }
  return made;
}

Request ranges_request() {
  std::uint64_t room = kMaxRangeBytes;
  return RangesRequest{items<RangesItem>([&](RangesItem& item) {
    item.ranges = ranges(room);
    return room > 0;
  })};
}

Request signatures_request() {
  std::uint64_t room = kMaxSignatureBytes;
  return SignaturesRequest{items<SignaturesItem>([&](SignaturesItem& item) {
    item.level = static_cast<std::uint8_t>(small(255));
    item.blocks = ranges(room);
    return room > 0;
  })};
}

template <class Kind>
Kind data_answer(base::Bytes& data) {
  Kind made;
  bool any = false;
  made.items = items<ServedItem>([&](ServedItem& item) {
    item.served = of(Served::whole, Served::unreadable);
    any = any || item.served == Served::whole;
    return true;
  });
  if (any) data.resize(1 + number(*rc::gen::element<std::uint64_t>(30, 3000, kMaxRangeBytes - 1)));
  made.data = data;
  return made;
}

SumsAnswer sums_answer(base::Bytes& data) {
  SumsAnswer made;
  bool any = false;
  made.items = items<ServedSum>([&](ServedSum& item) {
    item.served = of(Served::whole, Served::unreadable);
    if (item.served == Served::whole) item.sum = sum();
    any = any || item.served == Served::whole;
    return true;
  });
  made.first_level = flag();
  if (made.first_level && any) data.resize(1 + small(3000));
  made.data = data;
  return made;
}

BundleAnswer bundle_answer(base::Bytes& data) {
  BundleAnswer made;
  made.bundle = number(kMaxNumber);
  std::uint64_t size = 0;
  const std::uint32_t count = *rc::gen::inRange(1u, 20u);
  for (std::uint32_t i = 0, index = 0; i < count; ++i, ++index) {
    index += *rc::gen::inRange(0u, 200u);
    BundleMember member{index, of(Served::whole, Served::unreadable), 0, {}};
    if (member.served == Served::whole) {
      member.size = 1 + number(*rc::gen::element<std::uint64_t>(30, 3000, 3000, kSmallFile - 2));
      member.sum = sum();
    }
    size += member.size;
    made.members.push_back(member);
  }
  data.resize(size);
  made.data = data;
  return made;
}

LogRecord later_record() {
  switch (*rc::gen::inRange(0, 3)) {
    case 0:
      return VersionRecord{id(), 2 + small(UINT32_MAX - 2), number(kMaxNumber), time()};
    case 1:
      return SumRecord{id(), 1 + small(UINT32_MAX - 1), sum()};
    default:
      return UnreadableRecord{id(), error_kind(), small(4095)};
  }
}

}  // namespace

std::uint64_t number(std::uint64_t cap) {
  const int width = *rc::gen::inRange(0, 65);
  const std::uint64_t value = *rc::gen::resize(100, rc::gen::arbitrary<std::uint64_t>());
  return std::min(cap, width == 64 ? value : value & ((std::uint64_t{1} << width) - 1));
}

bool flag() { return *rc::gen::arbitrary<bool>(); }

std::string text(std::size_t cap) {
  const auto size = *rc::gen::inRange<std::size_t>(0, cap + 1);
  return *rc::gen::container<std::string>(size, rc::gen::nonZero<char>());
}

base::Bytes bytes(std::size_t cap) {
  const std::string made = *rc::gen::resize(static_cast<int>(cap), rc::gen::arbitrary<std::string>());
  const base::ByteView view = base::view_of(made);
  return {view.begin(), view.end()};
}

tree::AttributeMask mask() { return {flag(), flag(), flag(), flag(), flag(), flag(), flag()}; }
base::ErrorKind error_kind() { return of(base::ErrorKind::usage, base::ErrorKind::interrupted); }

Hello hello() {
  Hello made;
  made.oldest_version = static_cast<std::uint16_t>(1 + small(99));
  made.newest_version = static_cast<std::uint16_t>(made.oldest_version + small(99));
  made.capabilities = number();
  made.program = text(64);
  made.host_name = text(255);
  made.uid = small();
  return made;
}

Start start() {
  Start made;
  made.capabilities = number(127);
  made.role = of(Role::replica, Role::relay);
  made.run_id = *rc::gen::container<std::string>(16, rc::gen::elementOf(std::string("0123456789abcdef")));
  made.destination = text(4095);
  made.mask = mask();
  made.flags = small(run_flag::all);
  made.sums = of(SumAlgorithm::none, SumAlgorithm::sha256);
  made.threads = small(1024);
  made.silence_limit_ms = small();
  made.heartbeat_ms = small();
  made.time_unit = time_unit();
  made.max_delete = number();
  for (const std::string& name : names())
    made.rules.push_back({flag() ? tree::FilterAction::include : tree::FilterAction::exclude, name});
  const auto some = names();
  made.root_names.assign(some.begin(), some.end());
  if (made.root_names.size() > kMostRootNames) made.root_names.resize(kMostRootNames);
  return made;
}

Ready ready() { return {time_unit(), number(), number(), number(), small(0777), flag(), flag(), flag()}; }
Credit credit() { return {of(CreditClass::log, CreditClass::listings), number()}; }

Counters counters() {
  return {number(), number(), number(), number(), number(), number(), number(), number(), number(),
          number(), number(), number(), number(), number(), number(), number(), number()};
}

Report report() {
  return {of(ReportKind::problem, ReportKind::deletion), number(kMaxNumber), error_kind(), small(4095), text(4096)};
}

Finish finish() { return {counters(), number(), number()}; }
Goodbye goodbye() { return {flag(), error_kind(), small(4095), text(4096)}; }

DirectoryRecord directory(const tree::AttributeMask& mask) {
  DirectoryRecord made;
  made.first_entry = id() / 2 + 1;
  made.directory = number(made.first_entry - 1);
  made.bundle = number(kMaxNumber);
  made.first_member = small(kBundleMembers - 1);
  made.last = flag();
  made.complete = flag();
  made.empty_source = flag();
  for (const std::string& name : names()) made.entries.push_back(entry(name, mask));
  return made;
}

std::vector<LogRecord> log(const tree::AttributeMask& mask) {
  RootRecord root{mask,
                  of(SumAlgorithm::none, SumAlgorithm::sha256),
                  static_cast<std::uint16_t>(small(65535)),
                  time_unit(),
                  std::nullopt,
                  {},
                  {}};
  if (flag()) {
    root.own_attributes = entry("x", mask).entry.stat;
    root.own_attributes->type = fs::FileType::directory;
    root.own_attributes->size = root.own_attributes->rdev = 0;
  }
  std::vector<LogRecord> made{root};
  for (int more = *rc::gen::inRange(0, 6); more > 0; --more) made.push_back(later_record());
  made.emplace_back(EndRecord{});
  return made;
}

std::vector<LogRecord> listings(const tree::AttributeMask& mask) {
  std::vector<LogRecord> made;
  for (int more = *rc::gen::inRange(0, 6); more > 0; --more) {
    made.emplace_back(directory(mask));
    if (flag()) made.emplace_back(BundleEndRecord{});
  }
  made.emplace_back(ListedRecord{number(), number(), number(), number()});
  return made;
}

DigestRequest digest_request() { return {time_unit(), flag(), flag()}; }

Request listings_request() {
  ListingsRequest made{digest_request(), small(), {}};
  EntryId next = number(kMaxNumber / 2);
  for (int more = *rc::gen::inRange(1, 30); more > 0; --more) {
    made.directories.push_back(next);
    next += 1 + number(1'000'000);
  }
  return made;
}

DigestAnswer digest_answer() {
  DigestAnswer made{{number(), number(), number(), number()}, {}};
  for (std::byte& byte : made.digest) byte = static_cast<std::byte>(small(255));
  return made;
}

ListingsAnswer listings_answer(base::Bytes& data) {
  static const base::Bytes record(300, std::byte{7});
  ListingsAnswer made;
  for (auto more = *rc::gen::inRange<std::size_t>(0, 5); more > 0; --more)
    made.records.push_back(base::ByteView(record).first(6 + small(294)));
  data.resize(*rc::gen::inRange<std::size_t>(0, 9) * sizeof(tree::Digest), std::byte{8});
  made.data = data;
  return made;
}

Request request() {
  switch (*rc::gen::inRange(0, 6)) {
    case 4:
      return digest_request();
    case 5:
      return listings_request();
    case 0:
      return ranges_request();
    case 1:
      return signatures_request();
    case 2:
      return SumsRequest{items<SumsItem>([](SumsItem&) { return true; }), flag()};
    default:
      break;
  }
  BundleRequest made{number(kMaxNumber), {}};
  made.members.resize(*rc::gen::inRange<std::size_t>(1, 100));
  for (std::size_t i = 0; i < made.members.size(); ++i) made.members[i] = flag();
  made.members.back() = true;
  return made;
}

Answer answer(base::Bytes& data) {
  switch (*rc::gen::inRange(0, 7)) {
    case 5:
      return digest_answer();
    case 6:
      return listings_answer(data);
    case 0:
      return CannotServe{number(kMaxNumber), small(), of(CannotServeReason::changed, CannotServeReason::unsupported)};
    case 1:
      return data_answer<RangesAnswer>(data);
    case 2:
      return data_answer<SignaturesAnswer>(data);
    case 3:
      return sums_answer(data);
    default:
      return bundle_answer(data);
  }
}

}  // namespace g5ksync::proto::any
