// The addresses of a host's name, as the machine's resolver has them.
//
// getaddrinfo(3) blocks, for a minute where no name server answers, and nothing interrupts it. So each lookup has a thread of its own,
// which a cancelled caller leaves behind: neither another lookup nor the engine's end waits for it. Loop thread.
#pragma once

#include <string>
#include <vector>

#include <boost/asio/awaitable.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/address.hpp>

namespace stack::async {

// At most so many lookups are under way in the process, those included whose callers have left.
inline constexpr int kLookupsMax = 64;

// At least one address; of a numeric one itself, at once. Throws unavailable when the name has none, or kLookupsMax are under way;
// boost::system::system_error(operation_aborted) when the task is cancelled.
boost::asio::awaitable<std::vector<boost::asio::ip::address>> addresses_of(boost::asio::io_context& loop,
                                                                           std::string host);

}  // namespace stack::async
