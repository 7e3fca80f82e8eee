// One request and its answer, free of the HTTP library: what a handler works with.
//
// A handler answers exactly once with reply() or fail(), or opens a stream, or upgrades; at once or later, on the loop's thread.
// The session keeps the exchange alive until the answer is sent or the client is gone.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"
#include "base/unique_fd.h"
#include "engine/api/byte_stream.h"

namespace stack::api {

struct Request {
  std::string method;
  std::string path;                               // decoded, without the query
  std::map<std::string, std::string> parameters;  // of the route's pattern
  std::multimap<std::string, std::string> query;  // decoded
  std::string body;                               // when the route takes text
  std::int32_t client_pid = 0;                    // of the process that connected, by the kernel's word; 0: not known
  UniqueFd body_pipe;                             // when the route takes a stream: blocking reads end with the body

  // The first value of a query parameter, or `otherwise`.
  [[nodiscard]] std::string get(const std::string& name, std::string_view otherwise = {}) const;
  [[nodiscard]] std::vector<std::string> get_all(const std::string& name) const;
  // "1", "true" (any case) is true; "0", "false" and absence are false; else throws invalid.
  [[nodiscard]] bool flag(const std::string& name) const;
};

class Exchange : public ByteStream {
 public:
  Request request;

  // A whole answer of JSON text.
  virtual void reply(int status, std::string json) = 0;
  // Status by the error's kind; body {"message", "remedy"}.
  void fail(const Error& error);
  // Headers at once, then write() and finish().
  virtual void open_stream(std::string_view content_type) = 0;
  // 101, then raw bytes both ways: write() and finish() one way, `on_bytes` and `on_end` (the client's half-close) the other.
  virtual void upgrade(std::string_view protocol, std::function<void(std::string_view)> on_bytes,
                       std::function<void()> on_end) = 0;
  // Whether bytes of an upgraded client are read at present.
  virtual void read_more(bool wanted) = 0;
};

int http_status(ErrorKind kind);

}  // namespace stack::api
