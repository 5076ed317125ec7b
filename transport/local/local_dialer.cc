#include "transport/dialer.h"
#include "transport/local/local_channel.h"
#include "transport/process/child.h"

namespace g5ksync::transport {
namespace {

class LocalDialer final : public Dialer {
 public:
  explicit LocalDialer(Loop& loop) : loop_(loop) {}
  std::unique_ptr<Channel> start(const std::string& /*host*/, const std::string& command) override {
    return start_local_command(loop_, command);
  }

 private:
  Loop& loop_;
};

}  // namespace

std::unique_ptr<Dialer> make_local_dialer(Loop& loop) {
  ignore_broken_pipes();
  return std::make_unique<LocalDialer>(loop);
}

}  // namespace g5ksync::transport
