// A client's session: the connection on which a build asks its client for files, secrets and credentials. We are the HTTP/2 client of it.
//
// Owned by Sessions and by the builds that use it. Loop thread only.
#pragma once

#include <memory>
#include <set>
#include <string>
#include <string_view>

#include <boost/asio/awaitable.hpp>

#include "base/async/timekeeper.h"
#include "engine/buildkit/grpc_stream.h"
#include "engine/buildkit/h2_connection.h"

namespace stack::buildkit {

class ClientSession {
 public:
  // How long the client may say nothing while something is asked of it.
  static constexpr Nanos kPatience = std::chrono::seconds{60};

  // `methods`: what the client says that it offers, "/moby.filesync.v1.FileSync/DiffCopy". `shared_key`: what builds of the same files have
  // in common, as far as the client knows; may be empty.
  ClientSession(boost::asio::io_context& loop, async::Timekeeper& time, H2Connection::Transport transport,
                std::set<std::string> methods, std::string shared_key);

  [[nodiscard]] H2Connection& connection() { return connection_; }
  [[nodiscard]] const std::string& shared_key() const { return shared_key_; }
  [[nodiscard]] bool offers(std::string_view method) const;
  // Opens a call. Values of `metadata` may be any text. Throws stack::Error: unavailable when the session has ended, unsupported when the
  // client does not offer the method.
  // `patience` as of GrpcStream.
  std::unique_ptr<GrpcStream> open(const std::string& method, const Headers& metadata, Nanos patience = kPatience);
  // A call with one message each way. Throws like open() and GrpcStream.
  boost::asio::awaitable<std::string> call(std::string method, std::string message);

 private:
  async::Timekeeper& time_;
  const std::set<std::string> methods_;
  const std::string shared_key_;
  H2Connection connection_;
};

// A value of a header as BuildKit writes it: what is not plain has percent escapes, and `NAME-encoded` says so. Adds both.
void add_metadata(Headers& headers, const std::string& name, const std::vector<std::string>& values);

}  // namespace stack::buildkit
