#include "transport/ssh/rsa_key.h"

#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/evp.h>
#include <openssl/param_build.h>
#include <openssl/pem.h>

#include <memory>

#include "transport/ssh/ssh_bytes.h"

namespace g5ksync::transport {
namespace {

template <auto Free>
struct FreeWith {
  template <class T>
  void operator()(T* object) const {
    Free(object);
  }
};
using Key = std::unique_ptr<EVP_PKEY, FreeWith<EVP_PKEY_free>>;
using Number = std::unique_ptr<BIGNUM, FreeWith<BN_clear_free>>;

Number number(std::string_view bytes) {
  return Number(
      BN_bin2bn(reinterpret_cast<const unsigned char*>(bytes.data()), static_cast<int>(bytes.size()), nullptr));
}

Key key_from_numbers(const Number& n, const Number& e, const Number& d) {
  const std::unique_ptr<OSSL_PARAM_BLD, FreeWith<OSSL_PARAM_BLD_free>> builder(OSSL_PARAM_BLD_new());
  OSSL_PARAM_BLD_push_BN(builder.get(), OSSL_PKEY_PARAM_RSA_N, n.get());
  OSSL_PARAM_BLD_push_BN(builder.get(), OSSL_PKEY_PARAM_RSA_E, e.get());
  OSSL_PARAM_BLD_push_BN(builder.get(), OSSL_PKEY_PARAM_RSA_D, d.get());
  const std::unique_ptr<OSSL_PARAM, FreeWith<OSSL_PARAM_free>> params(OSSL_PARAM_BLD_to_param(builder.get()));
  const std::unique_ptr<EVP_PKEY_CTX, FreeWith<EVP_PKEY_CTX_free>> context(
      EVP_PKEY_CTX_new_from_name(nullptr, "RSA", nullptr));
  EVP_PKEY* key = nullptr;
  if (EVP_PKEY_fromdata_init(context.get()) <= 0 ||
      EVP_PKEY_fromdata(context.get(), &key, EVP_PKEY_KEYPAIR, params.get()) <= 0)
    return nullptr;
  return Key(key);
}

/// openssh-key-v1 (PROTOCOL.key): after the public key one string: two equal check numbers, then type, n, e, d, …
Key from_openssh(const std::string& text) {
  const std::size_t begin = text.find("KEY-----\n") + 9, end = text.find("-----END");
  if (begin == std::string::npos + 9 || end == std::string::npos || end < begin) return nullptr;
  const auto bytes = from_base64(std::string_view(text).substr(begin, end - begin));
  if (!bytes) return nullptr;
  SshReader reader(*bytes);
  reader.raw(15);
  for (int i = 0; i < 3; ++i) reader.string();
  reader.u32();
  reader.string();
  SshReader secret(reader.string());
  if (secret.u32() != secret.u32() || secret.string() != "ssh-rsa") return nullptr;
  const Number n = number(secret.string()), e = number(secret.string()), d = number(secret.string());
  return secret.ok() ? key_from_numbers(n, e, d) : nullptr;
}

Key from_pem(const KeyFile& file) {
  const std::unique_ptr<BIO, FreeWith<BIO_free>> text(
      BIO_new_mem_buf(file.text.data(), static_cast<int>(file.text.size())));
  return Key(PEM_read_bio_PrivateKey(text.get(), nullptr, nullptr, const_cast<char*>(file.passphrase.c_str())));
}

}  // namespace

base::Result<std::string> rsa_sign(const KeyFile& file, std::string_view data, std::string_view algorithm) {
  const bool openssh = file.text.find("BEGIN OPENSSH") != std::string::npos;
  if (openssh && file.encrypted)
    return base::fail(base::ErrorKind::unsupported, "an encrypted RSA key; add it to ssh-agent");
  const Key key = openssh ? from_openssh(file.text) : from_pem(file);
  if (!key) return base::fail(base::ErrorKind::auth, "cannot be read as an RSA key");
  const std::unique_ptr<EVP_MD_CTX, FreeWith<EVP_MD_CTX_free>> context(EVP_MD_CTX_new());
  const EVP_MD* digest = algorithm == "rsa-sha2-256" ? EVP_sha256() : EVP_sha512();
  const auto* bytes = reinterpret_cast<const unsigned char*>(data.data());
  std::size_t size = 0;
  std::string signature;
  if (EVP_DigestSignInit(context.get(), nullptr, digest, nullptr, key.get()) > 0 &&
      EVP_DigestSign(context.get(), nullptr, &size, bytes, data.size()) > 0) {
    signature.resize(size);
    if (EVP_DigestSign(context.get(), reinterpret_cast<unsigned char*>(signature.data()), &size, bytes, data.size()) >
        0)
      return signature;
  }
  return base::fail(base::ErrorKind::auth, "signing failed");
}

}  // namespace g5ksync::transport
