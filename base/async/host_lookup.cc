#include "base/async/host_lookup.h"

#include <atomic>
#include <cstring>
#include <memory>
#include <new>
#include <thread>
#include <utility>

#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <netdb.h>
#include <sys/socket.h>

#include "base/error.h"
#include "base/pipe.h"
#include "base/scope_guard.h"

namespace stack::async {

namespace asio = boost::asio;
using Addresses = std::vector<asio::ip::address>;

namespace {

std::atomic<int> under_way = 0;

// Shared by a caller and its thread, either of which may be the last one.
struct Lookup {
  std::string host;
  std::atomic<bool> done = false;  // set behind the rest
  int failed = 0;                  // a code of gai_strerror(3)
  Addresses found;
};

void look_up(Lookup& lookup) {
  addrinfo wanted{};
  wanted.ai_socktype = SOCK_STREAM;  // else each address comes once for every kind of socket
  addrinfo* list = nullptr;
  lookup.failed = ::getaddrinfo(lookup.host.c_str(), nullptr, &wanted, &list);
  const ScopeGuard free{[&] {
    if (list != nullptr) ::freeaddrinfo(list);
  }};
  for (const addrinfo* each = list; each != nullptr; each = each->ai_next) {
    asio::ip::tcp::endpoint endpoint;
    if (each->ai_addrlen > endpoint.capacity()) continue;
    std::memcpy(endpoint.data(), each->ai_addr, each->ai_addrlen);
    endpoint.resize(each->ai_addrlen);
    lookup.found.push_back(endpoint.address());
  }
}

void begin(std::shared_ptr<Lookup> lookup, UniqueFd done) {
  if (++under_way > kLookupsMax) {
    --under_way;
    throw Error(ErrorKind::unavailable, "too many names of hosts are being looked up");
  }
  ScopeGuard leave{[] { --under_way; }};
  std::thread{[lookup = std::move(lookup), done = std::move(done)]() mutable {
    const ScopeGuard finished{[&] {
      --under_way;
      lookup->done.store(true, std::memory_order_release);
      done.reset();
    }};
    try {
      look_up(*lookup);
    } catch (const std::bad_alloc&) {
      lookup->failed = EAI_MEMORY;
    }
  }}.detach();
  leave.dismiss();
}

}  // namespace

asio::awaitable<Addresses> addresses_of(asio::io_context& loop, std::string host) {
  boost::system::error_code named;
  const asio::ip::address numeric = asio::ip::make_address(host, named);
  if (!named) co_return Addresses{numeric};
  const auto lookup = std::make_shared<Lookup>();
  lookup->host = std::move(host);
  Pipe pipe;
  begin(lookup, std::move(pipe.writing));
  asio::posix::stream_descriptor done{loop, pipe.reading.release()};
  boost::system::error_code failed;
  co_await done.async_wait(asio::posix::stream_descriptor::wait_read,
                           asio::redirect_error(asio::use_awaitable, failed));
  if (failed) throw boost::system::system_error(failed);
  if (!lookup->done.load(std::memory_order_acquire)) throw Error("a lookup ended without a result");
  if (lookup->failed != 0 || lookup->found.empty()) {
    const char* why = lookup->failed != 0 ? ::gai_strerror(lookup->failed) : "it has no address";
    throw Error(ErrorKind::unavailable, "looking up the host " + lookup->host + ": " + why);
  }
  co_return lookup->found;
}

}  // namespace stack::async
