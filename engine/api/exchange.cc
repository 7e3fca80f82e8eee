#include "engine/api/exchange.h"

#include "engine/api/stack_json.h"

namespace stack::api {

void Exchange::reply(int status, std::string body) {
  Reply answer{.status = status, .headers = {}, .body = std::move(body)};
  if (answer.body.empty()) answer.content_type = {};
  reply(std::move(answer));
}

void Exchange::fail(const Error& error) { reply(http_status(error.kind()), error_json(error)); }

int http_status(ErrorKind kind) {
  switch (kind) {
    case ErrorKind::internal:
      return 500;
    case ErrorKind::invalid:
    case ErrorKind::not_executable:
    case ErrorKind::no_such_command:
      return 400;
    case ErrorKind::not_found:
      return 404;
    case ErrorKind::conflict:
      return 409;
    case ErrorKind::unsupported:
      return 501;
    case ErrorKind::unavailable:
      return 503;
    case ErrorKind::not_permitted:
      return 403;
  }
  return 500;
}

}  // namespace stack::api
