// Asks other name servers on behalf of containers.
//
// Each question in flight has a socket of its own, connected to one server from a port that the kernel chooses, and an
// id of its own: an answer that somebody else makes up has to guess both. Costs a descriptor for each question in
// flight: the caller bounds them by in_flight(). Lives on the loop it was given, which must outlive it; destroying it
// drops what is in flight without calling back.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "base/ids.h"
#include "netns/dns/wire.h"

namespace boost::asio {
class io_context;
}

namespace stack::netns::dns {

inline constexpr std::chrono::milliseconds kServerTimeout{2000};  // then the next server is asked

enum class Transport : std::uint8_t { udp, tcp };

class ForwardClient {
 public:
  ForwardClient(boost::asio::io_context& loop, RandomSource random);
  ~ForwardClient();

  // The answer as it came, with the asker's id; empty when no server gave one. A server that fails, refuses or knows
  // nothing is not the last word (see says_nothing): the next one is asked, as resolv.conf(5)'s resolvers do, and the
  // first such answer stands when no server has a better one.
  using Done = std::function<void(std::vector<std::byte> answer)>;
  // Asks `servers` (addresses, with ":port" behind for another port than 53 in tests: "[address]:port") one after the
  // other. `message` is the query as it came in.
  void ask(const std::vector<std::string>& servers, const Query& query, const std::vector<std::byte>& message,
           Transport transport, Done done);
  [[nodiscard]] std::size_t in_flight() const;

 private:
  struct Impl;
  std::shared_ptr<Impl> impl_;
};

}  // namespace stack::netns::dns
