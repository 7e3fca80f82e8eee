// One request and its answer, free of the HTTP library: what a handler works with.
//
// A handler answers exactly once with reply() or fail(), or opens a stream, or takes the connection over (hijack, upgrade); at once or
// later, on the loop's thread. What comes after that does nothing. The session keeps the exchange alive until the answer is sent or
// the client is gone. To HEAD every answer is a head without a body; a stream's producer then finds its client gone.
#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"
#include "engine/api/raw_stream.h"
#include "engine/api/reply.h"
#include "engine/api/request.h"

namespace stack::api {

class Exchange : public RawStream {
 public:
  Request request;

  // A whole answer. While a streamed body is still on its way, it is the connection's last one.
  virtual void reply(Reply reply) = 0;
  void reply(int status, std::string json);
  // Status by the error's kind; body {"message", "kind", "remedy"}.
  void fail(const Error& error);
  // The head at once, then write() and finish().
  virtual void open_stream(int status, std::string_view content_type, const std::vector<Header>& headers) = 0;
  void open_stream(std::string_view content_type) { open_stream(200, content_type, {}); }
  // Raw bytes both ways: write() and finish() one way, `input` the other; finish() closes our half. With "Connection: Upgrade" and
  // "Upgrade: tcp" in the request the head is 101, else 200; both say the content type.
  virtual void hijack(std::string_view content_type, RawInput input) = 0;
  // The same for a protocol that the client need not ask for: always 101, without a content type.
  virtual void upgrade(std::string_view protocol, const std::vector<Header>& headers, RawInput input) = 0;
  void upgrade(std::string_view protocol, RawInput input) { upgrade(protocol, {}, std::move(input)); }
};

int http_status(ErrorKind kind);

}  // namespace stack::api
