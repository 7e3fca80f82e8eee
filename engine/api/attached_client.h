// A client that has a connection for itself and, on the other side, a process: their streams are coupled as Docker's API has it, frames
// around the output where they are wanted. Loop thread.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include "base/detach_keys.h"
#include "engine/api/backend.h"
#include "engine/api/raw_stream.h"

namespace stack::api {

class AttachedClient : public std::enable_shared_from_this<AttachedClient> {
 public:
  struct Streams {
    bool framed = true;  // else bytes as they come: of a terminal, or where the connection has frames of its own
    bool in = false, out = false, err = false;
    std::string detach_keys = {};  // bytes that leave the process to itself; empty: whoever runs it looks for them
    std::function<void()> on_detach = {};
  };
  AttachedClient(std::shared_ptr<RawStream> connection, Streams streams)
      : connection_(std::move(connection)), streams_(std::move(streams)), keys_(streams_.detach_keys) {}

  // For the connection, which is taken over with it at once: the client's call returns then. What it sends before started() waits.
  RawInput input();
  // Then: by what the connection says of its client.
  void listen();
  // For whoever runs the process.
  ExecEvents events();
  void started(std::shared_ptr<ExecProcess> process);
  // The head has gone out: what is wrong is written where the output would be.
  void failed(const Error& error);

 private:
  void type(std::string_view bytes);
  void write(int stream, const std::string& bytes);
  void end();

  std::shared_ptr<RawStream> connection_;
  const Streams streams_;
  DetachKeys keys_;
  std::shared_ptr<ExecProcess> process_;
  std::string early_;
  bool input_ended_ = false, over_ = false;
};

}  // namespace stack::api
