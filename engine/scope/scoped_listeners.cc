#include "engine/scope/scoped_listeners.h"

#include <algorithm>
#include <filesystem>

#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>

#include "base/engine_tree.h"
#include "base/error.h"
#include "base/unique_fd.h"

namespace stack::scope {
namespace {

namespace fs = std::filesystem;
namespace asio = boost::asio;

constexpr int kBacklog = SOMAXCONN;
// Many users of a container reach it; the folder keeps everybody else out.
constexpr mode_t kForAll = 0666;
// Of one socket: a project takes the places and the memory of no other.
constexpr std::size_t kSessions = 64, kBodiesBytes = 32 << 20;

UniqueFd listen_at(const std::string& path) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  if (path.size() >= sizeof address.sun_path)
    throw Error(ErrorKind::invalid, "the socket's path is longer than 107 bytes: " + path)
        .remedy("choose a shorter --run");
  std::ranges::copy(path, address.sun_path);
  UniqueFd fd{::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0)};
  if (!fd) throw Error::from_errno(errno, "making a socket");
  if (::bind(fd.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0)
    throw Error::from_errno(errno, "binding " + path);
  if (::chmod(path.c_str(), kForAll) != 0) throw Error::from_errno(errno, "opening " + path + " to its containers");
  if (::listen(fd.get(), kBacklog) != 0) throw Error::from_errno(errno, "listening on " + path);
  return fd;
}

}  // namespace

ScopedListeners::ScopedListeners(asio::io_context& loop, const core::Options& options, const api::Routes& routes,
                                 OwnerBackends backends)
    : loop_(loop), options_(options), routes_(routes), backends_(backends) {
  std::error_code failed;
  fs::remove_all(options.scoped_sockets(), failed);
  if (failed) throw Error::from_errno(failed.value(), "removing " + options.scoped_sockets().string());
}

void ScopedListeners::open(model::ApiScope scope, const std::string& project) {
  const std::string path = core::scoped_socket(scope, project, options_).string();
  if (servers_.contains(path)) return;
  tree::make_folder(options_.scoped_sockets());
  auto guard = [guard = RequestGuard{scope, project, backends_}](api::Request& request, const api::Route& route) {
    guard.check(request, route);
  };
  auto server = std::make_unique<api::HttpServer>(loop_, listen_at(path), routes_,
                                                  api::HttpLimits{.sessions = kSessions, .bodies_bytes = kBodiesBytes},
                                                  std::move(guard));
  if (started_) server->start();
  servers_.emplace(path, std::move(server));
}

void ScopedListeners::start() {
  started_ = true;
  for (const auto& [path, server] : servers_) server->start();
}

std::size_t ScopedListeners::sessions() const {
  std::size_t all = 0;
  for (const auto& [path, server] : servers_) all += server->sessions();
  return all;
}

asio::awaitable<void> ScopedListeners::stop() {
  for (const auto& [path, server] : servers_) co_await server->stop();
}

}  // namespace stack::scope
