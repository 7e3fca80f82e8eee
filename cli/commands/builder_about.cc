// `stack builder ls`, `inspect` and `version`: scripts look for a builder before they build. There is one, the engine's own.
#include <iostream>

#include "cli/commands/image_build.h"
#include "cli/view/docker_about.h"
#include "cli/view/format_json.h"
#include "cli/view/table.h"

namespace stack::cli {
namespace {

constexpr const char* kName = "default";

std::string platform() { return "linux/" + machine_arch(); }

}  // namespace

int builder_ls(Session& session, const BuilderLsFlags& flags) {
  const api::SystemInfo info = session.engine().info();
  if (!flags.format.empty() && flags.format != "table") {
    std::cout << format_rows(flags.format,
                             std::string{R"({"Name":")"} + kName +
                                 R"(","DriverEndpoint":"docker","Status":"running","Buildkit":")" + info.version +
                                 R"(","Platforms":")" + platform() + "\"}\n",
                             {});
    return 0;
  }
  std::cout << table(
      {"NAME/NODE", "DRIVER/ENDPOINT", "STATUS", "BUILDKIT", "PLATFORMS"},
      {{std::string{kName} + "*", "docker", "", "", ""},
       {std::string{" \\_ "} + kName, std::string{" \\_ "} + kName, "running", info.version, platform()}});
  return 0;
}

int builder_inspect(Session& session, const BuilderInspectFlags& flags) {
  if (!flags.name.empty() && flags.name != kName)
    throw Error(ErrorKind::not_found, "no builder \"" + flags.name + "\" found")
        .remedy("there is one, the engine's own: default");
  const api::SystemInfo info = session.engine().info();
  std::cout << "Name:          " << kName << "\nDriver:        docker\n\nNodes:\nName:             " << kName
            << "\nEndpoint:         " << session.socket_path()
            << "\nStatus:           running\nBuildKit version: " << info.version << "\nPlatforms:        " << platform()
            << "\n";
  return 0;
}

int builder_version(Session& /*session*/, const BuilderVersionFlags& /*flags*/) {
  std::cout << "stack " STACK_VERSION " (the engine's own builder)\n";
  return 0;
}

}  // namespace stack::cli
