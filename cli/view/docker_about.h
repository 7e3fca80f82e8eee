// What `docker version`, `docker info` and `docker context` show. Input is what the engine answers; throws stack::Error for text of
// another shape. Pure.
#pragma once

#include <string>

namespace stack::cli {

struct ClientAbout {
  std::string version, os, arch;
};
// The machine's architecture by its Docker name: amd64.
std::string machine_arch();

// `server` is what GET /version answers; empty: there is no engine.
std::string version_text(const ClientAbout& client, const std::string& server);
std::string version_line(const ClientAbout& client, const std::string& server);

// `answer` is what GET /info answers.
std::string docker_info_text(const ClientAbout& client, const std::string& answer);
std::string docker_info_line(const ClientAbout& client, const std::string& answer);

// A row of `docker context ls`, and what `docker context inspect` has of it.
std::string context_line(const std::string& address);
std::string context_object(const std::string& address);

}  // namespace stack::cli
