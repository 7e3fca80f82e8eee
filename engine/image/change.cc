#include "engine/image/change.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <utility>

#include "base/dockerfile/expand_instruction.h"
#include "base/dockerfile/runes.h"
#include "base/error.h"
#include "base/model/signals.h"
#include "base/path_text.h"

namespace stack::image {
namespace {

constexpr const char* kNoChange =
    " is not a valid change command; CMD, ENTRYPOINT, ENV, EXPOSE, HEALTHCHECK, LABEL, ONBUILD, SHELL, STOPSIGNAL, "
    "USER, VOLUME and WORKDIR are";

using dockerfile::CommandLine;
using dockerfile::Pair;
using dockerfile::Word;

constexpr unsigned kPortsMax = 65535;

[[noreturn]] void refuse(const std::string& why) { throw Error(ErrorKind::invalid, why); }

std::vector<std::string> texts(const std::vector<Word>& words) {
  std::vector<std::string> result;
  for (const Word& word : words) result.push_back(word.text);
  return result;
}

// The exec form as it is, the shell form behind the shell.
std::vector<std::string> command_of(const CommandLine& command, const model::ImageConfig& config) {
  if (command.exec) return texts(command.words);
  std::vector<std::string> argv = config.shell.empty() ? std::vector<std::string>{"/bin/sh", "-c"} : config.shell;
  argv.push_back(command.words.front().text);
  return argv;
}

void set_env(std::vector<std::string>& env, const std::string& name, const std::string& value) {
  const std::string prefix = name + "=";
  for (std::string& entry : env) {
    if (entry.starts_with(prefix)) {
      entry = prefix + value;
      return;
    }
  }
  env.push_back(prefix + value);
}

std::pair<unsigned, unsigned> port_range(std::string_view text, const std::string& word) {
  const std::size_t dash = std::min(text.find('-'), text.size());
  const auto number = [&](std::string_view digits) {
    unsigned port = 0;
    const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), port);
    if (error != std::errc{} || end != digits.data() + digits.size() || port > kPortsMax) {
      refuse("\"" + word + "\" is not a port (1 to 65535, then /tcp, /udp or /sctp)");
    }
    return port;
  };
  const unsigned first = number(text.substr(0, dash));
  const unsigned last = dash == text.size() ? first : number(text.substr(dash + 1));
  if (first == 0 || last < first) refuse("\"" + word + "\" is not a port (1 to 65535, then /tcp, /udp or /sctp)");
  return {first, last};
}

// What a host would publish it as ("8080:80") has no meaning in an image and is left out.
void expose(model::ImageConfig& config, const std::string& word) {
  const std::size_t slash = std::min(word.find('/'), word.size());
  std::string protocol = slash == word.size() ? "tcp" : word.substr(slash + 1);
  for (char& c : protocol) c = static_cast<char>(c >= 'A' && c <= 'Z' ? c - 'A' + 'a' : c);
  if (protocol != "tcp" && protocol != "udp" && protocol != "sctp") {
    refuse("\"" + word + "\" is not a port (1 to 65535, then /tcp, /udp or /sctp)");
  }
  const std::string_view ports = std::string_view{word}.substr(0, slash);
  const auto [first, last] = port_range(ports.substr(ports.rfind(':') + 1), word);
  for (unsigned port = first; port <= last; ++port) {
    std::string exposed = std::to_string(port) + "/" + protocol;
    if (std::ranges::find(config.exposed_ports, exposed) == config.exposed_ports.end()) {
      config.exposed_ports.push_back(std::move(exposed));
    }
  }
}

model::Healthcheck healthcheck_of(const dockerfile::Healthcheck& given) {
  model::Healthcheck check;
  if (given.none) {
    check.test = {"NONE"};
    return check;
  }
  check.test = {given.command.exec ? "CMD" : "CMD-SHELL"};
  for (const Word& word : given.command.words) check.test.push_back(word.text);
  check.interval = given.interval;
  check.timeout = given.timeout;
  check.start_period = given.start_period;
  check.start_interval = given.start_interval;
  if (given.retries && *given.retries > 0) check.retries = *given.retries;
  return check;
}

// "/a" and "b/../c" are "/a/c".
std::string joined_path(const std::string& folder, const std::string& path) {
  return clean_path(path.starts_with('/') ? path : "/" + folder + "/" + path);
}

struct Application {
  model::ImageConfig& config;
  bool& command_set;

  void operator()(const dockerfile::Cmd& it) const {
    config.command = command_of(it.command, config);
    command_set = true;
  }
  void operator()(const dockerfile::Entrypoint& it) const {
    config.entrypoint = command_of(it.command, config);
    if (!command_set) config.command.clear();
  }
  void operator()(const dockerfile::Shell& it) const { config.shell = texts(it.words); }
  void operator()(const dockerfile::Env& it) const {
    for (const Pair& pair : it.pairs) set_env(config.env, pair.name.text, pair.value.text);
  }
  void operator()(const dockerfile::Label& it) const {
    for (const Pair& pair : it.pairs) config.labels[pair.name.text] = pair.value.text;
  }
  void operator()(const dockerfile::Expose& it) const {
    for (const Word& port : it.ports) expose(config, port.text);
  }
  void operator()(const dockerfile::Volume& it) const {
    for (const Word& path : it.paths) {
      if (path.text.empty()) refuse("a volume's path is empty");
      if (std::ranges::find(config.volumes, path.text) == config.volumes.end()) config.volumes.push_back(path.text);
    }
  }
  void operator()(const dockerfile::User& it) const { config.user = it.name.text; }
  void operator()(const dockerfile::Workdir& it) const {
    config.working_dir = joined_path(config.working_dir, it.path.text);
  }
  void operator()(const dockerfile::StopSignal& it) const {
    if (!model::parse_signal(it.signal.text)) refuse("\"" + it.signal.text + "\" is not a signal");
    config.stop_signal = it.signal.text;
  }
  void operator()(const dockerfile::Healthcheck& it) const { config.healthcheck = healthcheck_of(it); }
  void operator()(const dockerfile::Onbuild& it) const { config.on_build.push_back(it.expression); }
  void operator()(const dockerfile::Add& /*it*/) const {}
  void operator()(const dockerfile::Arg& /*it*/) const {}
  void operator()(const dockerfile::Copy& /*it*/) const {}
  void operator()(const dockerfile::Maintainer& /*it*/) const {}
  void operator()(const dockerfile::Run& /*it*/) const {}
};

constexpr std::array<std::string_view, 12> kKeywords{"CMD",         "ENTRYPOINT", "ENV",     "EXPOSE",
                                                     "HEALTHCHECK", "LABEL",      "ONBUILD", "SHELL",
                                                     "STOPSIGNAL",  "USER",       "VOLUME",  "WORKDIR"};

[[noreturn]] void refuse(const dockerfile::Problem& problem) {
  throw Error(ErrorKind::invalid, problem.message).remedy(problem.remedy);
}

}  // namespace

void ConfigChanges::apply(const dockerfile::Instruction& instruction) {
  std::visit(Application{config_, command_set_}, instruction.value);
}

void ConfigChanges::apply(std::string_view instructions) {
  if (instructions.find_first_not_of(" \t\r\n") == std::string_view::npos) return apply_one(instructions);
  for (std::size_t at = 0; at < instructions.size();) {
    std::size_t end = instructions.find('\n', at);
    while (end != std::string_view::npos && end > at && instructions[end - 1] == '\\')
      end = instructions.find('\n', end + 1);
    const std::string_view line = instructions.substr(at, end - at);
    at += std::min(line.size(), instructions.size() - at) + 1;
    if (line.find_first_not_of(" \t\r") != std::string_view::npos) apply_one(line);
  }
}

void ConfigChanges::apply_one(std::string_view instruction) {
  const dockerfile::Lookup environment = [&](std::string_view name) -> std::optional<std::string> {
    for (const std::string& entry : config_.env) {
      if (entry.size() > name.size() && entry.starts_with(name) && entry[name.size()] == '=')
        return entry.substr(name.size() + 1);
    }
    return std::nullopt;
  };
  try {
    auto parsed = dockerfile::parse_instruction(instruction);
    for (const auto& problem : parsed.problems) {
      if (problem.code == "unknown_instruction")
        refuse(std::string{instruction.substr(0, instruction.find(' '))} + kNoChange);
      if (problem.severity == dockerfile::Severity::error) refuse(problem);
    }
    const std::string& keyword = parsed.instruction->keyword;
    if (std::ranges::find(kKeywords, keyword) == kKeywords.end()) {
      refuse(keyword + kNoChange);
    }
    if (dockerfile::trim_space(parsed.instruction->text).size() == keyword.size()) refuse("an argument is needed");
    if (auto problem = dockerfile::expand_instruction(*parsed.instruction, environment, '\\')) refuse(*problem);
    apply(*parsed.instruction);
  } catch (Error& error) {
    throw error.context("change \"" + std::string{instruction} + "\"");
  }
}

}  // namespace stack::image
