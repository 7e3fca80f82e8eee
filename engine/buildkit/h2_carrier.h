// Carries an HTTP/2 connection over the connection of a request (Upgrade: h2c). Loop thread only.
#pragma once

#include <functional>
#include <memory>

#include <boost/asio/io_context.hpp>

#include "engine/api/exchange.h"
#include "engine/buildkit/h2_connection.h"

namespace stack::buildkit {

// Answers the request; `make` then makes the connection, which is kept until either side ends it: the peer goes or breaks the protocol,
// or the connection closes itself. `over` is called after that, once, and never from within a call of the connection.
void carry_h2(boost::asio::io_context& loop, const std::shared_ptr<api::Exchange>& exchange,
              const std::function<std::shared_ptr<H2Connection>(H2Connection::Transport)>& make,
              std::function<void()> over);

}  // namespace stack::buildkit
