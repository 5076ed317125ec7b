#include "transport/ssh/auth.h"

#include <algorithm>
#include <cstring>

#include "transport/ssh/rsa_key.h"
#include "transport/ssh/ssh_bytes.h"

namespace g5ksync::transport {
namespace {

bool is_rsa(std::string_view type) { return type == "ssh-rsa"; }
bool is_usable(std::string_view type) {
  return type == "ssh-ed25519" || type == "ecdsa-sha2-nistp256" || type == "ecdsa-sha2-nistp384" ||
         type == "ecdsa-sha2-nistp521" || is_rsa(type);
}

/// The algorithm named in what is to be signed: string session id, byte 50, strings user, service, "publickey",
/// boolean, string algorithm.
std::string_view algorithm_of(std::string_view data) {
  SshReader reader(data);
  reader.string();
  reader.u8();
  for (int i = 0; i < 3; ++i) reader.string();
  reader.u8();
  return reader.string();
}

std::string join(const std::vector<std::string>& words, const char* between) {
  std::string out;
  for (const std::string& word : words) out += (out.empty() ? "" : between) + word;
  return out;
}

}  // namespace

std::string rsa_sha2_blob(std::string_view blob) {
#if LIBSSH2_VERSION_NUM >= 0x010b00
  return std::string(blob);
#else
  SshReader reader(blob);
  reader.string();
  std::string renamed;
  put_string(renamed, "rsa-sha2-512");
  return renamed.append(reader.rest());
#endif
}

/// Lives while libssh2 may call back.
struct Login::Signing {
  Login* login;
  const Candidate* candidate;
  std::string blob;

  static int sign(LIBSSH2_SESSION*, unsigned char** signature, std::size_t* size, const unsigned char* data,
                  std::size_t data_size, void** abstract) {
    const Signing& self = *static_cast<const Signing*>(*abstract);
    const std::string_view text(reinterpret_cast<const char*>(data), data_size);
    const std::string_view algorithm = algorithm_of(text);
    auto result = self.candidate->source == Source::agent
                      ? self.login->agent_->sign(self.candidate->blob, text, algorithm)
                      : rsa_sign(*self.candidate->file, text, algorithm);
    if (!result) {
      self.login->skipped_.push_back(self.candidate->label + ": " + result.error().message());
      return -1;
    }
    *signature = static_cast<unsigned char*>(self.login->session_.allocate(result->size()));
    if (*signature == nullptr) return -1;
    std::memcpy(*signature, result->data(), result->size());
    *size = result->size();
    return 0;
  }
};

Login::Login(const HostConfig& config, Keyring& keyring, SshSession& session)
    : config_(config), keyring_(keyring), session_(session) {}

Login::~Login() = default;

void Login::gather() {
  std::vector<const KeyFile*> files;
  for (const std::string& path : config_.identity_files) {
    const auto& key = keyring_.load(path);
    if (key)
      files.push_back(&*key);
    else if (key.error().kind != base::ErrorKind::not_found)
      skipped_.push_back(key.error().message());
  }
  gather_agent(files);
  gather_files(files);
}

void Login::gather_agent(const std::vector<const KeyFile*>& files) {
  if (config_.identity_agent.empty()) return;
  auto agent = Agent::connect(config_.identity_agent);
  auto keys = agent ? agent->keys() : base::Failure(agent.error());
  if (!keys) {
    agent_trouble_ = keys.error().message();
    return;
  }
  agent_ = std::move(*agent);
  std::vector<Candidate> others;
  for (AgentKey& key : *keys) {
    const std::string type = key_type(key.blob);
    const std::string label = (key.comment.empty() ? type : key.comment) + " (agent)";
    if (!is_usable(type)) {
      skipped_.push_back(label + ": keys of type " + type + " are not supported");
      continue;
    }
    const bool named = std::any_of(files.begin(), files.end(), [&](auto* file) { return file->blob == key.blob; });
    auto& list = named ? candidates_ : others;
    list.push_back({Source::agent, label, type, std::move(key.blob), nullptr});
  }
  if (!config_.identities_only) std::move(others.begin(), others.end(), std::back_inserter(candidates_));
}

void Login::gather_files(const std::vector<const KeyFile*>& files) {
  for (const KeyFile* file : files) {
    const bool in_agent = std::any_of(candidates_.begin(), candidates_.end(),
                                      [&](const Candidate& c) { return !file->blob.empty() && c.blob == file->blob; });
    if (in_agent || file->text.empty()) continue;
    if (!file->type.empty() && !is_usable(file->type))
      skipped_.push_back(file->path + ": keys of type " + file->type + " are not supported");
    else
      candidates_.push_back({Source::file, file->path, file->type, file->blob, file});
  }
}

std::optional<base::Result<void>> Login::ask_methods() {
  const auto user_size = static_cast<unsigned>(config_.user.size());
  const char* methods = libssh2_userauth_list(session_.handle(), config_.user.c_str(), user_size);
  if (methods == nullptr) {
    if (libssh2_userauth_authenticated(session_.handle()) != 0) return base::Result<void>();
    if (libssh2_session_last_errno(session_.handle()) == LIBSSH2_ERROR_EAGAIN) return std::nullopt;
    return base::Result<void>(base::Failure(session_.error(base::ErrorKind::connection, "lost while logging in")));
  }
  methods_known_ = true;
  if (("," + std::string(methods) + ",").find(",publickey,") == std::string::npos)
    return base::Result<void>(
        base::fail(base::ErrorKind::auth, "the host takes no public keys, only " + std::string(methods)));
  gather();
  return std::nullopt;
}

std::optional<base::Result<void>> Login::step() {
  if (!methods_known_) {
    if (auto over = ask_methods()) return over;
    if (!methods_known_) return std::nullopt;
  }
  while (at_ < candidates_.size()) {
    Candidate& candidate = candidates_[at_];
    const int rc = try_candidate(candidate);
    if (rc == LIBSSH2_ERROR_EAGAIN) return std::nullopt;
    if (rc == 0) return base::Result<void>();
    signing_.reset();
    ++at_;
    const bool gone = rc == LIBSSH2_ERROR_SOCKET_DISCONNECT || rc == LIBSSH2_ERROR_SOCKET_SEND ||
                      libssh2_session_last_errno(session_.handle()) == LIBSSH2_ERROR_SOCKET_DISCONNECT;
    if (gone) {
      base::Error error = session_.error(base::ErrorKind::auth, "the host ended the login");
      error.context += "; keys tried: " + join(tried_, ", ");
      return base::Result<void>(base::Failure(std::move(error)));
    }
  }
  return base::Result<void>(base::Failure(refusal()));
}

int Login::try_candidate(Candidate& candidate) {
  if (!signing_ && candidate.source == Source::file && candidate.file->encrypted) {
    if (!keyring_.unlock(candidate.file->path)) {
      skipped_.push_back(candidate.label + ": encrypted, and without its passphrase (ssh-add it to ssh-agent)");
      return LIBSSH2_ERROR_FILE;
    }
    candidate.type = candidate.file->type;
    candidate.blob = candidate.file->blob;
  }
  if (!signing_) {
    tried_.push_back(candidate.label);
    signing_ = std::make_unique<Signing>(
        Signing{this, &candidate, is_rsa(candidate.type) ? rsa_sha2_blob(candidate.blob) : candidate.blob});
  }
  return candidate.source == Source::agent || is_rsa(candidate.type) ? try_signed(candidate) : try_file(candidate);
}

int Login::try_signed(const Candidate& /*candidate*/) {
  void* abstract = signing_.get();
  return libssh2_userauth_publickey(session_.handle(), config_.user.c_str(),
                                    reinterpret_cast<const unsigned char*>(signing_->blob.data()),
                                    signing_->blob.size(), &Signing::sign, &abstract);
}

int Login::try_file(Candidate& candidate) {
  // With the public half given, libssh2 opens the private one only when the host wants its signature.
  const std::string public_text =
      candidate.blob.empty() ? std::string() : candidate.type + " " + base64(candidate.blob);
  const KeyFile& file = *candidate.file;
  return libssh2_userauth_publickey_frommemory(session_.handle(), config_.user.c_str(), config_.user.size(),
                                               public_text.data(), public_text.size(), file.text.c_str(),
                                               file.text.size(), file.passphrase.c_str());
}

base::Error Login::refusal() const {
  std::string text;
  if (!tried_.empty())
    text = "the host refuses " + config_.user + "'s keys (tried " + join(tried_, ", ") + ")";
  else
    text = "no key to log in with as " + config_.user;
  if (!skipped_.empty()) text += "; not used: " + join(skipped_, "; ");
  if (!agent_trouble_.empty()) text += "; " + agent_trouble_;
  if (!tried_.empty())
    text += "; put the public key into the host's ~/.ssh/authorized_keys";
  else if (skipped_.empty())
    text += ": neither an agent nor any of the identity files in ssh's configuration has one; make one with "
            "ssh-keygen -t ed25519, or start ssh-agent";
  return {base::ErrorKind::auth, 0, text};
}

}  // namespace g5ksync::transport
