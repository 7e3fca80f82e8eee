#include "base/model/log_endpoint.h"

#include <charconv>

#include "base/error.h"
#include "base/truth.h"

namespace stack::model {
namespace {

using Transport = LogEndpoint::Transport;

constexpr std::size_t kSocketPathMax = 107;  // bytes: of sockaddr_un, with the zero behind them

[[noreturn]] void refuse(const std::string& address, const std::string& why) {
  throw Error(ErrorKind::invalid, "\"" + address + "\" is no address of a log: " + why);
}

// "host:514", "[::1]:514", "host"; `usual` 0: a port is needed.
LogEndpoint at_host(Transport transport, const std::string& address, std::string_view text, std::uint16_t usual) {
  LogEndpoint endpoint{.transport = transport, .host = {}, .port = usual, .path = {}, .tls = {}};
  const std::size_t bracket = text.starts_with('[') ? text.find(']') : std::string_view::npos;
  const std::size_t colon = text.find(':', bracket == std::string_view::npos ? 0 : bracket);
  std::string_view host = text.substr(0, colon);
  if (bracket != std::string_view::npos) host = text.substr(1, bracket - 1);
  if (host.empty()) refuse(address, "it names no host");
  endpoint.host = host;
  if (colon != std::string_view::npos) {
    const std::string_view number = text.substr(colon + 1);
    const auto [end, error] = std::from_chars(number.data(), number.data() + number.size(), endpoint.port);
    if (error != std::errc{} || end != number.data() + number.size() || endpoint.port == 0)
      refuse(address, "its port is no number from 1 to 65535");
  }
  if (endpoint.port == 0) refuse(address, "it names no port");
  return endpoint;
}

LogEndpoint at_path(const std::string& address, std::string_view path) {
  if (!path.starts_with('/')) refuse(address, "the path of a socket is absolute");
  if (path.size() > kSocketPathMax) refuse(address, "the path of a socket has at most 107 bytes");
  return {.transport = Transport::unix_socket, .host = {}, .port = 0, .path = std::string{path}, .tls = {}};
}

LogEndpoint at_url(const std::string& address, std::uint16_t usual_port) {
  const std::size_t at = address.find("://");
  if (at == std::string::npos) refuse(address, "it should be like tcp://HOST:PORT");
  const std::string scheme = address.substr(0, at);
  const std::string_view rest = std::string_view{address}.substr(at + 3);
  if (scheme == "udp") return at_host(Transport::udp, address, rest, usual_port);
  if (scheme == "tcp") return at_host(Transport::tcp, address, rest, usual_port);
  if (scheme == "unix" || scheme == "unixgram") return at_path(address, rest);
  if (scheme == "tcp+tls" || scheme == "tls") {
    LogEndpoint endpoint = at_host(Transport::tcp, address, rest, usual_port);
    endpoint.tls.emplace();
    return endpoint;
  }
  refuse(address, "the scheme \"" + scheme + "\" is not known; use udp, tcp, tcp+tls or unix");
}

// Of syslog alone; fluentd trusts the machine's authorities.
LogTls syslog_tls(const std::map<std::string, std::string>& options) {
  LogTls tls;
  const auto file = [&](const char* name) {
    const auto found = options.find(name);
    if (found == options.end() || found->second.empty()) return std::string{};
    if (!found->second.starts_with('/'))
      throw Error(ErrorKind::invalid, std::string{name} + ": \"" + found->second + "\" is not an absolute path");
    return found->second;
  };
  tls.authority = file("syslog-tls-ca-cert");
  tls.certificate = file("syslog-tls-cert");
  tls.key = file("syslog-tls-key");
  if (tls.certificate.empty() != tls.key.empty())
    throw Error(ErrorKind::invalid, "syslog-tls-cert and syslog-tls-key belong together: one of them is missing");
  const auto skip = options.find("syslog-tls-skip-verify");
  tls.verified = skip == options.end() || parse_truth(skip->second) == false;
  return tls;
}

}  // namespace

bool sends_log(std::string_view driver) {
  return driver == "syslog" || driver == "gelf" || driver == "fluentd" || driver == "journald";
}

LogEndpoint log_endpoint(std::string_view driver, const std::map<std::string, std::string>& options) {
  const auto found = options.find(std::string{driver} + "-address");
  const std::string address = found == options.end() ? std::string{} : found->second;
  if (driver == "journald") return at_path({}, "/run/systemd/journal/socket");
  if (driver == "syslog") {
    LogEndpoint endpoint = address.empty() ? at_path({}, "/dev/log") : at_url(address, 514);
    if (endpoint.tls) endpoint.tls = syslog_tls(options);
    return endpoint;
  }
  if (driver == "fluentd") {
    if (address.empty()) return at_host(Transport::tcp, address, "localhost", 24224);
    return address.find("://") == std::string::npos ? at_host(Transport::tcp, address, address, 24224)
                                                    : at_url(address, 24224);
  }
  if (address.empty()) throw Error(ErrorKind::invalid, "gelf-address is a required parameter");
  if (!address.starts_with("udp://") && !address.starts_with("tcp://"))
    refuse(address, "gelf goes to udp://HOST:PORT or tcp://HOST:PORT");
  return at_url(address, 0);
}

}  // namespace stack::model
