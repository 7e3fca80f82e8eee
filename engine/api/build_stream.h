// A build's answer as it comes: events in, bytes of the client's dialect out. Loop thread only.
//
// A build does not wait for its client. Of one that reads slower than a step writes, output is left out and said to be, once it reads
// again; no other event is ever dropped.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>

#include "engine/api/build_backend.h"
#include "engine/api/exchange.h"

namespace stack::api {

class BuildStream : public std::enable_shared_from_this<BuildStream> {
 public:
  static constexpr std::size_t kBehindMax = 4 << 20;  // bytes ahead of the client

  using Start = std::function<std::function<void()>(std::function<void(const BuildEvent&)> report)>;
  // Empty text writes nothing.
  using Write = std::function<std::string(const BuildEvent&)>;

  // Starts the build and answers `exchange` with what `write` makes of its events; `write` may be called after the client has gone. A
  // client that leaves cancels. With `plain_failure`, a build that fails before it has written anything is a plain error answer.
  static void run(std::shared_ptr<Exchange> exchange, const char* content_type, bool plain_failure, const Start& start,
                  Write write);

  BuildStream(std::shared_ptr<Exchange> exchange, const char* content_type, bool plain_failure, Write write)
      : exchange_(std::move(exchange)),
        content_type_(content_type),
        plain_failure_(plain_failure),
        write_(std::move(write)) {}

 private:
  void take(const BuildEvent& event);
  void put(const BuildEvent& event);
  void say_what_was_left_out();

  const std::shared_ptr<Exchange> exchange_;
  const char* const content_type_;
  const bool plain_failure_;
  const Write write_;
  std::function<void()> cancel_;
  std::map<int, std::uint64_t> left_out_;  // bytes, by step
  bool open_ = false, over_ = false;
};

}  // namespace stack::api
