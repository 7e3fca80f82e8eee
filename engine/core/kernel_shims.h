// Real shims: processes of the sealed program, connections over SOCK_SEQPACKET, signals by pidfd.
//
// Loop thread only. Spawning makes the loop wait until the child has called execveat, some 300 microseconds.
#pragma once

#include "engine/core/shims.h"

namespace boost::asio {
class io_context;
}

namespace stack::core {

class KernelShims final : public Shims {
 public:
  // `program` is sealed (engine/shim/spawn.h).
  KernelShims(boost::asio::io_context& loop, BorrowedFd program) : loop_(loop), program_(program) {}
  std::unique_ptr<ShimLink> spawn() override;
  std::unique_ptr<ShimLink> connect(const std::filesystem::path& socket) override;
  Process hold(std::int32_t pid) override;
  sys::Status signal(const Process& process, int signal) noexcept override;
  bool has_ended(const Process& process) const noexcept override;

 private:
  boost::asio::io_context& loop_;
  BorrowedFd program_;
};

}  // namespace stack::core
