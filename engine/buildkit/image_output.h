// An image that was built on its way to the client: named in the engine's store, or its files sent over the session. Loop thread only.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include <boost/asio/awaitable.hpp>

#include "base/unique_fd.h"
#include "engine/buildkit/output.h"
#include "engine/buildkit/solve.h"

namespace stack::buildkit {

class ImageOutput {
 public:
  ImageOutput(Solve& solve, const api::BuildDone& done) : solve_(solve), image_(done.image_id), is_new_(done.is_new) {}

  // Throws stack::Error, and GrpcFailure when the client does not take it.
  boost::asio::awaitable<void> deliver(Output output);
  // All of them are delivered, or one could not be: an image that was made for them alone goes.
  void finish(const std::vector<Output>& outputs);

 private:
  // As BuildKit's exporter says it; the builder has done it.
  void describe(const Output& output);
  boost::asio::awaitable<void> send_files(Output output);
  boost::asio::awaitable<void> send_tar(Output output);
  // The image itself, as Docker and OCI tools load it.
  boost::asio::awaitable<void> send_image(Output output);

  Solve& solve_;
  const std::string image_;
  const bool is_new_;
};

}  // namespace stack::buildkit
