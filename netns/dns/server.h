// The name server inside every container: answers on sockets that were opened in the container's namespace.
//
// Names of the container's networks come from Names at once; every other name goes to other servers by way of
// ForwardClient. One object for all containers, on the loop it was given, which must outlive it.
//
// Bounds, beyond which an asker is told that the server failed: a container holds kMaxConnections TCP connections, and
// kMaxWaiting of its questions wait for other servers. All containers together have kMaxWaitingTogether of them; each
// keeps a share of kShare that others cannot use up, whatever silent servers they ask.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "base/ids.h"
#include "base/unique_fd.h"
#include "netns/dns/names.h"

namespace boost::asio {
class io_context;
}

namespace stack::netns::dns {

// Seconds. Short, because replicas come and go; long enough for a burst of connections to ask once.
inline constexpr std::uint32_t kTtlSeconds = 5;
inline constexpr std::size_t kMaxConnections = 16;
inline constexpr std::size_t kMaxWaiting = 128;
inline constexpr std::size_t kShare = 16;
inline constexpr std::size_t kMaxWaitingTogether = 512;
inline constexpr std::chrono::seconds kIdleTimeout{10};

class Server {
 public:
  // `names` must outlive the server.
  Server(boost::asio::io_context& loop, Names& names, RandomSource random);
  ~Server();

  struct View {
    std::vector<std::string> networks;         // whose names it sees, in the order of search
    std::map<std::string, std::string> links;  // names of its own, in lower case, each for another name
    std::vector<std::string> link_networks;    // of whose names it sees those that links lead to, and no others
  };
  struct Client {
    std::string container_id;
    View view;
    bool ends_plain_names = false;  // names without a dot that nobody here has are not asked for elsewhere
    // Servers for all other names, asked anew for each; empty: such questions fail at once.
    std::function<std::vector<std::string>()> forward_to;
  };
  // Replaces what was served for the container. Throws stack::Error when a descriptor is not such a socket.
  void serve(Client client, UniqueFd udp, UniqueFd tcp);
  // What a container that is served sees from now on; nothing happens for another one.
  void change(const std::string& container_id, View view);
  void stop(const std::string& container_id);

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace stack::netns::dns
