#include "cli/commands/api_socket.h"

#include <algorithm>
#include <utility>

#include <sys/mman.h>
#include <unistd.h>

#include "base/error.h"
#include "base/file.h"
#include "base/sys/syscalls.h"
#include "base/tar/tar_encode.h"

namespace stack::cli {
namespace {

// No key of a file begins like this.
constexpr const char* kConfig = "#apisocket";

}  // namespace

compose::Project with_api_sockets(compose::Project project, const std::string& config) {
  for (auto& [name, service] : project.services) {
    if (!std::exchange(service.use_api_socket, false)) continue;
    const bool mounted = std::ranges::any_of(
        service.volumes, [](const compose::ServiceMount& mount) { return mount.target == kApiSocket; });
    if (!mounted)
      service.volumes.push_back(
          {.type = "bind", .source = kApiSocket, .target = kApiSocket, .bind = compose::BindOptions{}});
    if (service.environment.contains("DOCKER_CONFIG")) continue;
    service.environment["DOCKER_CONFIG"] = kApiConfigFolder;
    service.configs.push_back({.source = kConfig, .target = std::string{kApiConfigFolder} + "/config.json"});
    project.configs[kConfig].content = config;
  }
  return project;
}

void put_api_config(client::EngineClient& engine, const std::string& container, const std::string& config) {
  const tar::Entry entry{.path = std::string{kApiConfigFolder}.substr(1) + "/config.json",
                         .mode = 0600,
                         .size = config.size(),
                         .attributes = {}};
  auto archive = sys::memfd("config.json", MFD_CLOEXEC);
  if (!archive) throw Error::from_errno(archive.err(), "making a file in memory");
  write_all(*archive, tar::header_of(entry) + config + tar::padding_of(config.size()) + tar::end_mark());
  if (::lseek(archive->get(), 0, SEEK_SET) != 0) throw Error::from_errno(errno, "going back in a file in memory");
  engine.write_files({.container = container, .folder = "/"}, *archive);
}

}  // namespace stack::cli
