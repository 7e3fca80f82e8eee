// A client that has a connection for itself and, on the other side, a process: their streams are coupled as Docker's API has it, frames
// around the output unless there is a terminal. Loop thread.
#pragma once

#include <memory>
#include <string>

#include "engine/api/backend.h"
#include "engine/api/exchange.h"

namespace stack::api {

class AttachedClient : public std::enable_shared_from_this<AttachedClient> {
 public:
  struct Streams {
    bool tty = false, in = false, out = false, err = false;
  };
  AttachedClient(std::shared_ptr<Exchange> exchange, Streams streams)
      : exchange_(std::move(exchange)), streams_(streams) {}

  // At once: the client's call returns with it. What it sends before started() waits.
  void take_connection();
  // For whoever runs the process.
  ExecEvents events();
  void started(std::shared_ptr<ExecProcess> process);
  // The head has gone out: what is wrong is written where the output would be.
  void failed(const Error& error);

 private:
  void write(int stream, const std::string& bytes);
  void end();

  std::shared_ptr<Exchange> exchange_;
  const Streams streams_;
  std::shared_ptr<ExecProcess> process_;
  std::string early_;
  bool input_ended_ = false, over_ = false;
};

}  // namespace stack::api
