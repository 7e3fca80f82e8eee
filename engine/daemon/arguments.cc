#include "engine/daemon/arguments.h"

#include <charconv>

#include "base/duration.h"
#include "base/error.h"

namespace stack::daemon {
namespace {

LogLevel parse_level(const std::string& text) {
  if (text == "debug") return LogLevel::debug;
  if (text == "info") return LogLevel::info;
  if (text == "warning") return LogLevel::warning;
  if (text == "error") return LogLevel::error;
  throw Error(ErrorKind::invalid, "--log-level must be debug, info, warning or error, not " + text);
}

}  // namespace

Arguments parse_arguments(const std::vector<std::string>& words, const char* (*environment)(const char*)) {
  Arguments result;
  if (const char* root = environment("STACK_ROOT"); root != nullptr && *root != 0) result.root = root;
  if (const char* run = environment("STACK_RUN"); run != nullptr && *run != 0) result.run = run;
  if (const char* config = environment("STACK_CONFIG"); config != nullptr && *config != 0) result.config = config;
  for (std::size_t i = 0; i < words.size(); ++i) {
    std::string name = words[i];
    std::string value;
    const std::size_t equals = name.find('=');
    const bool attached = name.starts_with("--") && equals != std::string::npos;
    if (attached) {
      value = name.substr(equals + 1);
      name = name.substr(0, equals);
    }
    const auto take = [&]() -> const std::string& {
      if (!attached) {
        if (i + 1 >= words.size()) throw Error(ErrorKind::invalid, name + " needs a value");
        value = words[++i];
      }
      return value;
    };
    if (name == "--root") {
      result.root = take();
    } else if (name == "--run") {
      result.run = take();
    } else if (name == "--config") {
      result.config = take();
    } else if (name == "--ready-fd") {
      const std::string& text = take();
      const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), result.ready_fd);
      if (error != std::errc{} || end != text.data() + text.size())
        throw Error(ErrorKind::invalid, "--ready-fd needs a number");
    } else if (name == "--idle-after") {
      const auto duration = parse_duration(take());
      if (!duration) throw Error(ErrorKind::invalid, "--idle-after needs a duration such as 60s");
      result.idle_after = *duration;
    } else if (name == "--log-level") {
      result.log_level = parse_level(take());
    } else if (name == "--on-demand") {
      result.on_demand = true;
    } else if (name == "--log-to-stderr") {
      result.log_to_stderr = true;
    } else if (name == "--stop-containers") {
      result.stop_containers = true;
    } else if (name == "--purge") {
      result.purge = true;
    } else if (name == "--help" || name == "-h") {
      result.help = true;
    } else if (name == "--version" || name == "-v") {
      result.version = true;
    } else {
      throw Error(ErrorKind::invalid, "unknown option " + words[i]).remedy("stackd --help lists the options");
    }
  }
  for (const std::filesystem::path* path : {&result.root, &result.run}) {
    if (!path->is_absolute())
      throw Error(ErrorKind::invalid, "--root and --run must be absolute paths, not " + path->string());
  }
  return result;
}

std::string usage() {
  return
      R"(Usage: stackd [OPTIONS]

The engine of stack: owns containers, images, networks and volumes, and answers on a unix socket. It is started by
stack when needed, or by systemd.

Options:
  --root PATH         durable state (default /var/lib/stack, or STACK_ROOT)
  --run PATH          socket and other files of this boot (default /run/stack, or STACK_RUN)
  --config FILE       registries, mirrors, proxies and limits (default /etc/stack/stackd.json, or STACK_CONFIG)
  --on-demand         leave when nothing runs and nobody is connected
  --idle-after TIME   how long that must last (default 60s)
  --log-level LEVEL   debug, info, warning or error (default info)
  --log-to-stderr     instead of the file stackd.log below the root
  --ready-fd N        write a byte to this descriptor when clients are answered
  --stop-containers   stop all containers of this engine, which must not be running, and keep everything that is stored
  --purge             stop and remove everything this engine has made, its root and run folders included
  -h, --help          show this
  -v, --version       show the version
)";
}

}  // namespace stack::daemon
