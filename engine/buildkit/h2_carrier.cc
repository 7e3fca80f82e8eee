#include "engine/buildkit/h2_carrier.h"

#include <string>
#include <utility>

#include <boost/asio/post.hpp>

namespace stack::buildkit {
namespace {

struct Carrier {
  std::shared_ptr<api::Exchange> exchange;
  std::function<void()> over;
  std::shared_ptr<H2Connection> connection;

  void end() {
    const auto ended = std::exchange(connection, nullptr);
    if (!ended) return;
    ended->close();
    exchange->finish();
    over();
  }
};

}  // namespace

void carry_h2(boost::asio::io_context& loop, const std::shared_ptr<api::Exchange>& exchange,
              const std::function<std::shared_ptr<H2Connection>(H2Connection::Transport)>& make,
              std::function<void()> over) {
  const auto carrier = std::make_shared<Carrier>(Carrier{exchange, std::move(over), nullptr});
  const auto take = [carrier](std::string_view bytes) {
    if (const auto connection = carrier->connection) connection->take(bytes);
  };
  exchange->upgrade("h2c", {.on_bytes = take, .on_end = [carrier] { carrier->end(); }});
  exchange->on_drained([carrier] {
    if (const auto connection = carrier->connection) connection->drained();
  });
  exchange->on_gone([carrier] { carrier->end(); });
  // The connection itself asks for its end from within: it is let go later.
  const auto close = [&loop, carrier] { boost::asio::post(loop, [carrier] { carrier->end(); }); };
  carrier->connection = make({.write = [exchange](std::string bytes) { exchange->write(std::move(bytes)); },
                              .full = [exchange] { return exchange->queued() > api::ByteStream::kQueuedMax; },
                              .close = close});
}

}  // namespace stack::buildkit
