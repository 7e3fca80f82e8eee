#include "engine/api/reply.h"

#include <boost/beast/http/status.hpp>

#include "engine/api/api_version.h"
#include "engine/api/wire_version.h"

namespace stack::api {
namespace {

void append_header(std::string& text, std::string_view name, std::string_view value) {
  text.append(name).append(": ");
  for (const char c : value) text += c == '\r' || c == '\n' || c == '\0' ? ' ' : c;
  text += "\r\n";
}

}  // namespace

bool is_bodiless(int status) { return status < 200 || status == 204 || status == 304; }

std::string head_text(const AnswerHead& head, const std::vector<Header>& headers, Dialect dialect) {
  const auto reason = boost::beast::http::obsolete_reason(static_cast<boost::beast::http::status>(head.status));
  std::string text = "HTTP/1.1 " + std::to_string(head.status) + " ";
  text.append(reason.data(), reason.size()).append("\r\n");
  if (dialect == Dialect::docker) {
    append_header(text, "Api-Version", kApiVersionMax);
    append_header(text, "Docker-Experimental", "false");
    append_header(text, "Ostype", "linux");
    append_header(text, "Server", "Stack/" STACK_VERSION " (linux)");
  }
  if (dialect == Dialect::stack) append_header(text, kWireHeader, kWireVersionText);
  const bool bodiless = is_bodiless(head.status);
  if (!bodiless && !head.content_type.empty()) append_header(text, "Content-Type", head.content_type);
  for (const Header& each : headers) append_header(text, each.name, each.value);
  if (!bodiless && head.length) append_header(text, "Content-Length", std::to_string(*head.length));
  if (!bodiless && head.chunked) append_header(text, "Transfer-Encoding", "chunked");
  if (!head.keep_alive) append_header(text, "Connection", "close");
  return text + "\r\n";
}

}  // namespace stack::api
