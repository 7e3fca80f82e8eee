// Where the drivers of logging that send lines away send them: their names and addresses. Pure.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>

namespace stack::model {

// syslog, gelf, fluentd, journald: they have the options of json-file besides their own.
bool sends_log(std::string_view driver);

struct LogEndpoint {
  enum class Transport { udp, tcp, unix_socket };
  Transport transport = Transport::udp;
  std::string host;  // of udp and tcp
  std::uint16_t port = 0;
  std::string path;  // of a unix socket
  bool operator==(const LogEndpoint&) const = default;
};

// Throws stack::Error(invalid) for an address that cannot be one, and Error(unsupported) for TLS.
LogEndpoint log_endpoint(std::string_view driver, const std::map<std::string, std::string>& options);

}  // namespace stack::model
