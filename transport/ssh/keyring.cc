#include "transport/ssh/keyring.h"

#include <libssh2.h>
#include <sys/stat.h>

#include <cerrno>
#include <fstream>
#include <iterator>

#include "transport/ssh/ssh_bytes.h"

namespace g5ksync::transport {
namespace {

constexpr std::size_t kMaxKeyFile = 64 * 1024;
constexpr std::string_view kOpenSshBegin = "-----BEGIN OPENSSH PRIVATE KEY-----";
constexpr std::string_view kOpenSshEnd = "-----END OPENSSH PRIVATE KEY-----";

base::Result<std::string> read_small_file(const std::string& path) {
  struct stat status {};
  if (::stat(path.c_str(), &status) != 0) return base::fail_errno(errno, path);
  if (!S_ISREG(status.st_mode) || status.st_size > static_cast<off_t>(kMaxKeyFile))
    return base::fail(base::ErrorKind::unsupported, path + " is not a key file");
  errno = 0;
  std::ifstream in(path, std::ios::binary);
  if (!in) return base::fail_errno(errno == 0 ? EIO : errno, path);
  return std::string(std::istreambuf_iterator<char>(in), {});
}

/// The clear part of openssh-key-v1: cipher, kdf, its options, one public key.
bool read_openssh_header(KeyFile& key) {
  const std::size_t begin = key.text.find(kOpenSshBegin) + kOpenSshBegin.size();
  const std::size_t end = key.text.find(kOpenSshEnd);
  if (end == std::string::npos || end < begin) return false;
  const auto bytes = from_base64(std::string_view(key.text).substr(begin, end - begin));
  constexpr std::string_view kMagic("openssh-key-v1\0", 15);
  if (!bytes || bytes->substr(0, kMagic.size()) != kMagic) return false;
  SshReader reader(std::string_view(*bytes).substr(kMagic.size()));
  key.encrypted = reader.string() != "none";
  reader.string();
  reader.string();
  if (reader.u32() != 1) return false;
  key.blob = reader.string();
  return reader.ok();
}

/// The blob in "type base64 comment"; empty if it is not that.
std::string public_blob(const std::string& text) {
  const std::size_t space = text.find(' ');
  if (space == std::string::npos) return {};
  const std::size_t end = text.find_first_of(" \r\n", space + 1);
  const auto blob = from_base64(text.substr(space + 1, end - space - 1));
  return blob && key_type(*blob) == text.substr(0, space) ? *blob : std::string();
}

std::string public_file_blob(const std::string& path) {
  const auto text = read_small_file(path);
  return text ? public_blob(*text) : std::string();
}

/// The first packet of a public key login, unencrypted: uint32 length, byte padding, byte 50, strings user, service,
/// "publickey", boolean, string algorithm, string blob (RFC 4252, 7).
std::string blob_in_packet(std::string_view packet) {
  SshReader reader(packet);
  reader.raw(6);
  for (int i = 0; i < 3; ++i) reader.string();
  reader.raw(1);
  reader.string();
  return std::string(reader.string());
}

ssize_t catch_packet(libssh2_socket_t, const void* from, std::size_t size, int, void** abstract) {
  static_cast<std::string*>(*abstract)->append(static_cast<const char*>(from), size);
  return -ECONNRESET;
}

}  // namespace

std::optional<std::string> public_key_of(const std::string& text, const std::string& passphrase) {
  // A login on a session that is connected to nothing: libssh2 opens the key to make its first packet.
  std::string packet;
  libssh2_init(0);
  LIBSSH2_SESSION* session = libssh2_session_init_ex(nullptr, nullptr, nullptr, &packet);
  if (session == nullptr) return std::nullopt;
  libssh2_session_set_blocking(session, 0);
  libssh2_session_callback_set(session, LIBSSH2_CALLBACK_SEND, reinterpret_cast<void*>(&catch_packet));
  libssh2_userauth_publickey_frommemory(session, "x", 1, nullptr, 0, text.data(), text.size(), passphrase.c_str());
  libssh2_session_free(session);
  libssh2_exit();
  const std::string blob = blob_in_packet(packet);
  return blob.empty() ? std::nullopt : std::optional(blob);
}

base::Result<KeyFile> read_key_file(const std::string& path) {
  KeyFile key;
  key.path = path;
  auto text = read_small_file(path);
  const bool is_private = text && text->find("PRIVATE KEY-----") != std::string::npos;
  if (!is_private) {
    key.blob = text ? public_blob(*text) : public_file_blob(path + ".pub");
    key.type = key_type(key.blob);
    if (!key.blob.empty()) return key;
    if (!text) return base::Failure(std::move(text).error());
    return base::fail(base::ErrorKind::unsupported, path + " holds no key");
  }
  key.text = std::move(*text);
  if (key.text.find(kOpenSshBegin) != std::string::npos) {
    if (!read_openssh_header(key)) return base::fail(base::ErrorKind::unsupported, path + " is damaged");
  } else {
    key.encrypted = key.text.find("ENCRYPTED") != std::string::npos;
    key.blob = public_file_blob(path + ".pub");
    if (key.blob.empty() && !key.encrypted) key.blob = public_key_of(key.text, "").value_or("");
  }
  key.type = key_type(key.blob);
  return key;
}

const base::Result<KeyFile>& Keyring::load(const std::string& path) {
  auto& file = files_[path];
  if (!file) file = std::make_unique<base::Result<KeyFile>>(read_key_file(path));
  return *file;
}

bool Keyring::unlock(const std::string& path) {
  load(path);
  base::Result<KeyFile>& key = *files_[path];
  if (!key) return false;
  if (!key->encrypted) return true;
  if (const auto known = unlocked_.find(path); known != unlocked_.end()) return known->second;
  const auto passphrase = prompter_.secret("Passphrase for key " + path + ": ", [&](const std::string& typed) {
    const auto blob = public_key_of(key->text, typed);
    if (blob) key->blob = *blob;
    return blob.has_value();
  });
  if (passphrase) {
    key->passphrase = *passphrase;
    key->type = key_type(key->blob);
  }
  return unlocked_[path] = passphrase.has_value();
}

}  // namespace g5ksync::transport
