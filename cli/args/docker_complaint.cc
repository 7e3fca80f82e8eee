#include <algorithm>
#include <array>
#include <string_view>

#include <CLI/CLI.hpp>

#include "cli/args/command_path.h"
#include "cli/args/docker_app.h"
#include "cli/args/docker_usage.h"
#include "cli/args/words.h"

namespace stack::cli {
namespace {

constexpr int kUsageExit = 125;

struct Instead {
  std::string_view command, advice;
};

constexpr std::string_view kNoSwarm = "there is no swarm; describe services in a Compose file: docker compose up";
constexpr std::array kInstead{
    Instead{"swarm", kNoSwarm},
    Instead{"service", kNoSwarm},
    Instead{"stack", kNoSwarm},
    Instead{"node", kNoSwarm},
    Instead{"config", "there is no swarm; use configs: of a Compose file, or docker compose config to read one"},
    Instead{"secret", "there is no swarm; use secrets: of a Compose file"},
    Instead{"plugin",
            "there are no plugins; network drivers are bridge, macvlan and ipvlan, the volume driver is local"},
    Instead{"trust", "signatures of images are not looked at; name an image by its digest, NAME@sha256:..."},
    Instead{"checkpoint", "checkpoints are not supported; docker commit keeps the files of a container"},
    Instead{"manifest", "lists of manifests are not edited here; docker pull --platform takes an image of one"},
    Instead{"search", "registries are not searched; docker pull NAME takes an image whose name is known"},
    Instead{"bake", "several images are built by a Compose file: docker compose build"},
    Instead{"scout", "images are not analysed here"},
};

std::string usage_of(const CLI::App& command) {
  if (command.get_parent() == nullptr) return command_path(command) + " [OPTIONS] COMMAND [ARG...]";
  return docker_usage(command_path(command));
}

std::string help_of(const CLI::App& command) {
  return "Run '" + command_path(command) + " --help' for more information\n";
}

DockerComplaint with_usage(const CLI::App& command, const std::string& mistake) {
  return {mistake + "\n\nUsage:  " + usage_of(command) + "\n\n" + help_of(command), kUsageExit};
}

std::string without_hyphens(const std::string& flag) {
  return flag.substr(std::min(flag.find_first_not_of('-'), flag.size()));
}

// Why Go's parser refuses a value of that type.
std::string why_refused(const CLI::Option* option, const std::string& given) {
  const bool number = option != nullptr && option->get_type_name() == "INT";
  return std::string{"strconv."} + (number ? "ParseInt" : "ParseBool") + ": parsing \"" + given + "\": invalid syntax";
}

}  // namespace

std::string instead_of_docker(const std::string& command) {
  const auto* found =
      std::find_if(kInstead.begin(), kInstead.end(), [&](const Instead& each) { return each.command == command; });
  return found == kInstead.end() ? std::string{} : std::string{found->advice};
}

DockerComplaint docker_flag_complaint(const CLI::App& command, const std::string& flag, const std::string& given,
                                      const std::string& why) {
  const std::string name = without_hyphens(flag);
  const CLI::Option* option = command.get_option_no_throw((name.size() == 1 ? "-" : "--") + name);
  std::string shown = (name.size() == 1 ? "-" : "--") + name;
  if (option != nullptr && !option->get_lnames().empty()) {
    shown = "--" + option->get_lnames().front();
    if (!option->get_snames().empty()) shown = "-" + option->get_snames().front() + ", " + shown;
  }
  return with_usage(command, "invalid argument \"" + given + "\" for \"" + shown + "\" flag: " + why);
}

DockerComplaint docker_complaint(const Words& words) {
  const CLI::App& command = *words.where;
  const std::string path = command_path(command);
  switch (words.kind) {
    case WordMistake::unknown_command: {
      const bool top = command.get_parent() == nullptr;
      const std::string advice = top ? instead_of_docker(words.subject) : std::string{};
      if (!advice.empty())
        return {"docker: '" + path + " " + words.subject + "' is not supported: " + advice + "\n", 1};
      return {"docker: unknown command: " + path + " " + words.subject + "\n\n" +
                  (top ? "" : "Usage:  " + path + "\n\n") + help_of(command),
              1};
    }
    case WordMistake::unknown_flag:
      return with_usage(command, "unknown flag: " + words.subject);
    case WordMistake::unknown_short_flag: {
      // The flags in front of it are taken off the group.
      const std::string group = "-" + words.given.substr(words.given.find(words.subject[1]));
      return with_usage(command, "unknown shorthand flag: '" + words.subject.substr(1) + "' in " + group);
    }
    case WordMistake::missing_value: {
      const bool brief = !words.subject.starts_with("--");
      return with_usage(command, brief ? "flag needs an argument: '" + words.subject.substr(1) + "' in " + words.subject
                                       : "flag needs an argument: " + words.subject);
    }
    case WordMistake::invalid_value:
      return docker_flag_complaint(command, words.subject, words.given,
                                   why_refused(command.get_option_no_throw(words.subject), words.given));
    case WordMistake::none:
      break;
  }
  return {"docker: " + words.mistake + "\n", 1};
}

DockerComplaint docker_count_complaint(const CLI::App& command) {
  const std::string path = command_path(command), usage = usage_of(command);
  const WordCount count = words_of_usage(usage.substr(std::min(path.size(), usage.size())));
  const char* begin = count.max == WordCount::kAny ? "See '" : "Run '";
  return {"docker: " + docker_count_mistake(path, count) + "\n\nUsage:  " + usage + "\n\n" + begin + path +
              " --help' for more information\n",
          1};
}

}  // namespace stack::cli
