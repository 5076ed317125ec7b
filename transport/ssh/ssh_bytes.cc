#include "transport/ssh/ssh_bytes.h"

#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <openssl/rand.h>
#include <openssl/sha.h>

#include <array>

namespace g5ksync::transport {
namespace {

const unsigned char* unsigned_chars(std::string_view text) {
  return reinterpret_cast<const unsigned char*>(text.data());
}

}  // namespace

std::string_view SshReader::raw(std::size_t count) {
  if (bytes_.size() < count) {
    ok_ = false;
    bytes_ = {};
    return {};
  }
  const std::string_view taken = bytes_.substr(0, count);
  bytes_.remove_prefix(count);
  return taken;
}

std::uint8_t SshReader::u8() {
  const std::string_view one = raw(1);
  return one.empty() ? std::uint8_t{0} : static_cast<std::uint8_t>(one.front());
}

std::uint32_t SshReader::u32() {
  std::uint32_t value = 0;
  for (const char c : raw(4)) value = value << 8 | static_cast<unsigned char>(c);
  return value;
}

std::string_view SshReader::string() { return raw(u32()); }

void put_u32(std::string& out, std::uint32_t value) {
  for (const int shift : {24, 16, 8, 0}) out.push_back(static_cast<char>(value >> shift));
}

void put_string(std::string& out, std::string_view text) {
  put_u32(out, static_cast<std::uint32_t>(text.size()));
  out += text;
}

std::string key_type(std::string_view blob) { return std::string(SshReader(blob).string()); }

std::string base64(std::string_view bytes) {
  std::string out((bytes.size() + 2) / 3 * 4 + 1, '\0');
  const int size = EVP_EncodeBlock(reinterpret_cast<unsigned char*>(out.data()), unsigned_chars(bytes),
                                   static_cast<int>(bytes.size()));
  out.resize(static_cast<std::size_t>(size));
  return out;
}

std::optional<std::string> from_base64(std::string_view text) {
  std::string dense;
  for (const char c : text)
    if (c != '\n' && c != '\r' && c != ' ' && c != '\t') dense.push_back(c);
  if (dense.empty() || dense.size() % 4 != 0) return std::nullopt;
  std::string out(dense.size() / 4 * 3, '\0');
  const int size = EVP_DecodeBlock(reinterpret_cast<unsigned char*>(out.data()), unsigned_chars(dense),
                                   static_cast<int>(dense.size()));
  if (size < 0) return std::nullopt;
  const std::size_t padding = dense.size() - (dense.find_last_not_of('=') + 1);
  if (padding > 2) return std::nullopt;
  out.resize(out.size() - padding);
  return out;
}

std::string hmac_sha1(std::string_view key, std::string_view text) {
  std::array<unsigned char, EVP_MAX_MD_SIZE> digest{};
  unsigned size = 0;
  HMAC(EVP_sha1(), key.data(), static_cast<int>(key.size()), unsigned_chars(text), text.size(), digest.data(), &size);
  return {reinterpret_cast<const char*>(digest.data()), size};
}

std::string fingerprint(std::string_view blob) {
  std::array<unsigned char, SHA256_DIGEST_LENGTH> digest{};
  SHA256(unsigned_chars(blob), blob.size(), digest.data());
  std::string text = base64({reinterpret_cast<const char*>(digest.data()), digest.size()});
  text.resize(text.find_last_not_of('=') + 1);
  return "SHA256:" + text;
}

std::string random_bytes(std::size_t count) {
  std::string bytes(count, '\0');
  RAND_bytes(reinterpret_cast<unsigned char*>(bytes.data()), static_cast<int>(count));
  return bytes;
}

}  // namespace g5ksync::transport
