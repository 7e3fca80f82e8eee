// The sockets of containers that do not see all of the API: one that is read-only, and one a project, in a folder that nobody but the
// engine walks into; what is mounted of them shows in containers alone. They live until the engine leaves. Loop thread.
#pragma once

#include <map>
#include <memory>
#include <string>

#include <boost/asio/awaitable.hpp>
#include <boost/asio/io_context.hpp>

#include "engine/api/http_server.h"
#include "engine/core/engine_socket.h"
#include "engine/core/options.h"
#include "engine/scope/request_guard.h"

namespace stack::scope {

class ScopedListeners final : public core::ScopedSockets {
 public:
  // All outlive it. Takes away what an earlier engine has left.
  ScopedListeners(boost::asio::io_context& loop, const core::Options& options, const api::Routes& routes,
                  OwnerBackends backends);

  // Listens; answers once start() was called.
  void open(model::ApiScope scope, const std::string& project) override;
  void start();
  [[nodiscard]] std::size_t sessions() const;
  boost::asio::awaitable<void> stop();

 private:
  boost::asio::io_context& loop_;
  const core::Options& options_;
  const api::Routes& routes_;
  const OwnerBackends backends_;
  std::map<std::string, std::unique_ptr<api::HttpServer>> servers_;  // by path
  bool started_ = false;
};

}  // namespace stack::scope
