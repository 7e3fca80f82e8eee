#include <cctype>
#include <sstream>

#include <nlohmann/json.hpp>
#include <sys/utsname.h>

#include "base/bytes.h"
#include "base/error.h"
#include "base/thrown.h"
#include "cli/view/docker_about.h"

namespace stack::cli {
namespace {

using json = nlohmann::ordered_json;

// The newest version of the API that the client speaks.
constexpr const char* kApiVersion = "1.51";

json parsed(const std::string& answer) {
  try {
    return json::parse(answer);
  } catch (const json::exception& error) {
    throw Error(ErrorKind::invalid, "the engine's answer is malformed: " + std::string{json_reason(error)});
  }
}

std::string text_of(const json& object, const char* member) {
  const auto found = object.find(member);
  if (found == object.end() || found->is_null()) return {};
  return found->is_string() ? found->get<std::string>() : found->dump();
}

std::string line(int indent, const std::string& name, const std::string& value) {
  return std::string(static_cast<std::size_t>(indent), ' ') + name + ":" + (value.empty() ? "" : " " + value) + "\n";
}

// The name in a column of its own.
std::string column(int indent, std::string name, const std::string& value) {
  constexpr std::size_t kColumn = 18;
  name += ":";
  const auto blanks = static_cast<std::size_t>(indent);
  name.resize(std::max(name.size() + 1, kColumn - blanks + 1), ' ');
  return std::string(blanks, ' ') + name + value + "\n";
}

json client_object(const ClientAbout& client) {
  return {{"Version", client.version}, {"ApiVersion", kApiVersion}, {"DefaultAPIVersion", kApiVersion},
          {"Os", client.os},           {"Arch", client.arch},       {"Context", "default"}};
}

std::string yes_or_no(const json& info, const char* member) {
  return info.contains(member) && info.at(member) == true ? "true" : "false";
}

// A line each without a colon.
std::string items(const std::string& title, const json& list) {
  std::string text;
  if (!list.is_array() || list.empty()) return text;
  text = line(1, title, "");
  for (const json& each : list) text += "  " + each.get<std::string>() + "\n";
  return text;
}

std::string counts(const json& info) {
  return line(1, "Containers", text_of(info, "Containers")) + line(2, "Running", text_of(info, "ContainersRunning")) +
         line(2, "Paused", text_of(info, "ContainersPaused")) + line(2, "Stopped", text_of(info, "ContainersStopped")) +
         line(1, "Images", text_of(info, "Images"));
}

std::string drivers(const json& info) {
  std::string text =
      line(1, "Server Version", text_of(info, "ServerVersion")) + line(1, "Storage Driver", text_of(info, "Driver"));
  if (info.contains("DriverStatus") && info.at("DriverStatus").is_array()) {
    for (const json& pair : info.at("DriverStatus")) text += line(2, pair.at(0), pair.at(1));
  }
  text += line(1, "Logging Driver", text_of(info, "LoggingDriver")) +
          line(1, "Cgroup Driver", text_of(info, "CgroupDriver")) +
          line(1, "Cgroup Version", text_of(info, "CgroupVersion"));
  if (info.contains("Plugins") && info.at("Plugins").is_object()) {
    text += line(1, "Plugins", "");
    for (const char* kind : {"Volume", "Network", "Log"}) {
      std::string names;
      const json& plugins = info.at("Plugins");
      if (!plugins.contains(kind) || !plugins.at(kind).is_array()) continue;
      for (const json& name : plugins.at(kind)) names += (names.empty() ? "" : " ") + name.get<std::string>();
      text += line(2, kind, names);
    }
  }
  return text + items("CDI spec directories", info.value("CDISpecDirs", json()));
}

// "name=seccomp,profile=builtin" over two lines.
std::string security(const json& info) {
  if (!info.contains("SecurityOptions") || !info.at("SecurityOptions").is_array()) return {};
  std::string text = line(1, "Security Options", "");
  for (const json& each : info.at("SecurityOptions")) {
    std::istringstream pairs{each.get<std::string>()};
    for (std::string pair; std::getline(pairs, pair, ',');) {
      const std::string name = pair.substr(0, pair.find('=')), value = pair.substr(name.size() + 1);
      text += name == "name" ? "  " + value + "\n"
                             : "   " + std::string(1, static_cast<char>(std::toupper(name[0]))) + name.substr(1) +
                                   ": " + value + "\n";
    }
  }
  return text;
}

std::string runtimes(const json& info) {
  std::string names;
  if (info.contains("Runtimes")) {
    for (const auto& item : info.at("Runtimes").items()) names += (names.empty() ? "" : " ") + item.key();
  }
  return line(1, "Runtimes", names) + line(1, "Default Runtime", text_of(info, "DefaultRuntime")) +
         line(1, "Init Binary", text_of(info, "InitBinary"));
}

std::string machine(const json& info) {
  std::string text = line(1, "Swarm", "inactive") + runtimes(info) + security(info) +
                     line(1, "Kernel Version", text_of(info, "KernelVersion")) +
                     line(1, "Operating System", text_of(info, "OperatingSystem")) +
                     line(1, "OSType", text_of(info, "OSType")) +
                     line(1, "Architecture", text_of(info, "Architecture")) + line(1, "CPUs", text_of(info, "NCPU"));
  if (info.contains("MemTotal") && info.at("MemTotal").is_number_unsigned())
    text += line(1, "Total Memory", binary_bytes(info.at("MemTotal").get<std::uint64_t>()));
  text += line(1, "Name", text_of(info, "Name")) + line(1, "ID", text_of(info, "ID")) +
          line(1, "Docker Root Dir", text_of(info, "DockerRootDir")) + line(1, "Debug Mode", yes_or_no(info, "Debug")) +
          line(1, "Experimental", yes_or_no(info, "ExperimentalBuild")) +
          items("Insecure Registries",
                info.value("RegistryConfig", json::object()).value("InsecureRegistryCIDRs", json())) +
          line(1, "Live Restore Enabled", yes_or_no(info, "LiveRestoreEnabled"));
  if (info.contains("Warnings") && info.at("Warnings").is_array()) {
    for (const json& warning : info.at("Warnings")) text += warning.get<std::string>() + "\n";
  }
  return text;
}

}  // namespace

std::string machine_arch() {
  utsname names{};
  if (::uname(&names) != 0) return {};
  const std::string machine = names.machine;
  return machine == "x86_64" ? "amd64" : machine == "aarch64" ? "arm64" : machine;
}

std::string version_text(const ClientAbout& client, const std::string& server) {
  std::string text = "Client:\n" + column(1, "Version", client.version) + column(1, "API version", kApiVersion) +
                     column(1, "OS/Arch", client.os + "/" + client.arch) + column(1, "Context", "default");
  if (server.empty()) return text;
  const json value = parsed(server);
  text += "\nServer:\n Engine:\n" + column(2, "Version", text_of(value, "Version")) +
          column(2, "API version",
                 text_of(value, "ApiVersion") + " (minimum version " + text_of(value, "MinAPIVersion") + ")") +
          column(2, "OS/Arch", text_of(value, "Os") + "/" + text_of(value, "Arch")) +
          column(2, "Experimental", yes_or_no(value, "Experimental"));
  return text;
}

std::string version_line(const ClientAbout& client, const std::string& server) {
  json object{{"Client", client_object(client)}, {"Server", nullptr}};
  if (!server.empty()) object["Server"] = parsed(server);
  return object.dump() + "\n";
}

std::string docker_info_text(const ClientAbout& client, const std::string& answer) {
  const json info = parsed(answer);
  return "Client:\n" + line(1, "Version", client.version) + line(1, "Context", "default") +
         line(1, "Debug Mode", "false") + "\nServer:\n" + counts(info) + drivers(info) + machine(info);
}

std::string docker_info_line(const ClientAbout& client, const std::string& answer) {
  json info = parsed(answer);
  info["ClientInfo"] = client_object(client);
  return info.dump() + "\n";
}

std::string context_line(const std::string& address) {
  return json{{"Current", true},
              {"Description", "Current DOCKER_HOST based configuration"},
              {"DockerEndpoint", address},
              {"Error", ""},
              {"Name", "default"}}
             .dump() +
         "\n";
}

std::string context_object(const std::string& address) {
  return json{{"Name", "default"},
              {"Metadata", json::object()},
              {"Endpoints", {{"docker", {{"Host", address}, {"SkipTLSVerify", false}}}}},
              {"TLSMaterial", json::object()},
              {"Storage", {{"MetadataPath", "<IN MEMORY>"}, {"TLSPath", "<IN MEMORY>"}}}}
      .dump();
}

}  // namespace stack::cli
