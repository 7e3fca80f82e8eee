// Where the drivers of logging that send lines away send them: their names and addresses. Pure.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>

namespace stack::model {

// syslog, gelf, fluentd, journald: they have the options of json-file besides their own.
bool sends_log(std::string_view driver);

// How a connection is encrypted. Files are PEM, and of the engine's machine; empty ones: the machine's authorities, no certificate of ours.
struct LogTls {
  std::string authority;
  std::string certificate, key;
  bool verified = true;  // the other side's certificate
  bool operator==(const LogTls&) const = default;
};

struct LogEndpoint {
  enum class Transport { udp, tcp, unix_socket };
  Transport transport = Transport::udp;
  std::string host;  // of udp and tcp
  std::uint16_t port = 0;
  std::string path;           // of a unix socket
  std::optional<LogTls> tls;  // of tcp
  bool operator==(const LogEndpoint&) const = default;
};

// Throws stack::Error(invalid) for an address that cannot be one, and for files of TLS that are not absolute or lack their partner.
LogEndpoint log_endpoint(std::string_view driver, const std::map<std::string, std::string>& options);

}  // namespace stack::model
