// The encodings of SSH: length-prefixed strings (RFC 4251, 5), base64, key fingerprints.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace g5ksync::transport {

/// Reads hostile bytes: past the end everything is zero or empty and ok() is false.
class SshReader {
 public:
  explicit SshReader(std::string_view bytes) : bytes_(bytes) {}
  std::uint8_t u8();
  std::uint32_t u32();
  std::string_view string();
  std::string_view raw(std::size_t count);
  bool ok() const { return ok_; }
  std::string_view rest() const { return bytes_; }

 private:
  std::string_view bytes_;
  bool ok_ = true;
};

void put_u32(std::string& out, std::uint32_t value);
void put_string(std::string& out, std::string_view text);

/// "ssh-ed25519" of a public key blob; empty if it is none.
std::string key_type(std::string_view blob);

std::string base64(std::string_view bytes);
/// White space is skipped. Nothing if it is not base64.
std::optional<std::string> from_base64(std::string_view text);
std::string hmac_sha1(std::string_view key, std::string_view text);
/// "SHA256:…" as ssh and ssh-keygen -l show it.
std::string fingerprint(std::string_view blob);
std::string random_bytes(std::size_t count);

}  // namespace g5ksync::transport
