// Sends a stream of bytes to the client over its session (FileSend/DiffCopy): what an archive's writer writes, as fast as the client takes
// it. Loop thread only.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>

#include <boost/asio/awaitable.hpp>
#include <boost/asio/io_context.hpp>

#include "engine/api/byte_stream.h"
#include "engine/buildkit/client_session.h"

namespace stack::buildkit {

using OpenStream = std::function<std::shared_ptr<api::ByteStream>()>;
// Begins to write to what the function that it is given opens; a stream that is let go before it is finished is one that failed.
using OpenArchive = std::function<void(const OpenStream& open)>;

// The client knows by `number` where it goes. Gives the bytes. Throws what `start` throws, stack::Error, and GrpcFailure when the client
// does not take it.
boost::asio::awaitable<std::uint64_t> send_archive(ClientSession& session, int number, boost::asio::io_context& loop,
                                                   OpenArchive start);

// What says where a client's own part puts it: the metadata of the call.
Headers output_metadata(int number);

}  // namespace stack::buildkit
