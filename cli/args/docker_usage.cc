#include "cli/args/docker_usage.h"

#include <algorithm>
#include <array>

namespace stack::cli {
namespace {

struct Usage {
  std::string_view path, words;
};

// By the path without the program's name. A verb of a noun that is not listed takes what the one at the top takes.
constexpr std::array kUsages{
    Usage{"attach", "[OPTIONS] CONTAINER"},
    Usage{"build", "[OPTIONS] PATH | URL | -"},
    Usage{"builder du", "[OPTIONS]"},
    Usage{"builder prune", "[OPTIONS]"},
    Usage{"commit", "[OPTIONS] CONTAINER [REPOSITORY[:TAG]]"},
    Usage{"compose", "[OPTIONS] COMMAND"},
    Usage{"container inspect", "[OPTIONS] CONTAINER [CONTAINER...]"},
    Usage{"container ls", "[OPTIONS]"},
    Usage{"container prune", "[OPTIONS]"},
    Usage{"context inspect", "[OPTIONS] [CONTEXT] [CONTEXT...]"},
    Usage{"context ls", "[OPTIONS]"},
    Usage{"context show", ""},
    Usage{"context use", "CONTEXT"},
    Usage{"cp", "[OPTIONS] CONTAINER:SRC_PATH DEST_PATH|-\n\tdocker cp [OPTIONS] SRC_PATH|- CONTAINER:DEST_PATH"},
    Usage{"create", "[OPTIONS] IMAGE [COMMAND] [ARG...]"},
    Usage{"diff", "CONTAINER"},
    Usage{"events", "[OPTIONS]"},
    Usage{"exec", "[OPTIONS] CONTAINER COMMAND [ARG...]"},
    Usage{"export", "[OPTIONS] CONTAINER"},
    Usage{"history", "[OPTIONS] IMAGE"},
    Usage{"image inspect", "[OPTIONS] IMAGE [IMAGE...]"},
    Usage{"image ls", "[OPTIONS] [REPOSITORY[:TAG]]"},
    Usage{"image prune", "[OPTIONS]"},
    Usage{"image rm", "[OPTIONS] IMAGE [IMAGE...]"},
    Usage{"images", "[OPTIONS] [REPOSITORY[:TAG]]"},
    Usage{"import", "[OPTIONS] file|URL|- [REPOSITORY[:TAG]]"},
    Usage{"info", "[OPTIONS]"},
    Usage{"inspect", "[OPTIONS] NAME|ID [NAME|ID...]"},
    Usage{"kill", "[OPTIONS] CONTAINER [CONTAINER...]"},
    Usage{"load", "[OPTIONS]"},
    Usage{"login", "[OPTIONS] [SERVER]"},
    Usage{"logout", "[SERVER]"},
    Usage{"logs", "[OPTIONS] CONTAINER"},
    Usage{"network connect", "[OPTIONS] NETWORK CONTAINER"},
    Usage{"network create", "[OPTIONS] NETWORK"},
    Usage{"network disconnect", "[OPTIONS] NETWORK CONTAINER"},
    Usage{"network inspect", "[OPTIONS] NETWORK [NETWORK...]"},
    Usage{"network ls", "[OPTIONS]"},
    Usage{"network prune", "[OPTIONS]"},
    Usage{"network rm", "NETWORK [NETWORK...]"},
    Usage{"pause", "CONTAINER [CONTAINER...]"},
    Usage{"port", "CONTAINER [PRIVATE_PORT[/PROTO]]"},
    Usage{"ps", "[OPTIONS]"},
    Usage{"pull", "[OPTIONS] NAME[:TAG|@DIGEST]"},
    Usage{"push", "[OPTIONS] NAME[:TAG]"},
    Usage{"rename", "CONTAINER NEW_NAME"},
    Usage{"restart", "[OPTIONS] CONTAINER [CONTAINER...]"},
    Usage{"rm", "[OPTIONS] CONTAINER [CONTAINER...]"},
    Usage{"rmi", "[OPTIONS] IMAGE [IMAGE...]"},
    Usage{"run", "[OPTIONS] IMAGE [COMMAND] [ARG...]"},
    Usage{"save", "[OPTIONS] IMAGE [IMAGE...]"},
    Usage{"search", "[OPTIONS] TERM"},
    Usage{"start", "[OPTIONS] CONTAINER [CONTAINER...]"},
    Usage{"stats", "[OPTIONS] [CONTAINER...]"},
    Usage{"stop", "[OPTIONS] CONTAINER [CONTAINER...]"},
    Usage{"system df", "[OPTIONS]"},
    Usage{"system dial-stdio", ""},
    Usage{"system events", "[OPTIONS]"},
    Usage{"system info", "[OPTIONS]"},
    Usage{"system prune", "[OPTIONS]"},
    Usage{"tag", "SOURCE_IMAGE[:TAG] TARGET_IMAGE[:TAG]"},
    Usage{"top", "CONTAINER [ps OPTIONS]"},
    Usage{"unpause", "CONTAINER [CONTAINER...]"},
    Usage{"update", "[OPTIONS] CONTAINER [CONTAINER...]"},
    Usage{"version", "[OPTIONS]"},
    Usage{"volume create", "[OPTIONS] [VOLUME]"},
    Usage{"volume inspect", "[OPTIONS] VOLUME [VOLUME...]"},
    Usage{"volume ls", "[OPTIONS]"},
    Usage{"volume prune", "[OPTIONS]"},
    Usage{"volume rm", "[OPTIONS] VOLUME [VOLUME...]"},
    Usage{"wait", "CONTAINER [CONTAINER...]"},
};

const Usage* usage_of(std::string_view path) {
  const auto* found =
      std::find_if(kUsages.begin(), kUsages.end(), [&](const Usage& each) { return each.path == path; });
  return found == kUsages.end() ? nullptr : found;
}

// The next word of a usage; a bracket is one word, and so are alternatives. Nothing at the end.
std::string_view next_word(std::string_view& rest) {
  while (rest.starts_with(' ')) rest.remove_prefix(1);
  std::size_t depth = 0, end = 0;
  for (; end < rest.size() && (depth > 0 || rest[end] != ' '); ++end) {
    depth += rest[end] == '[' ? 1 : 0;
    depth -= rest[end] == ']' ? 1 : 0;
  }
  while (rest.substr(end).starts_with(" | ")) end = std::min(rest.find(' ', end + 3), rest.size());
  const std::string_view word = rest.substr(0, end);
  rest.remove_prefix(end);
  return word;
}

std::string arguments(std::size_t count) { return std::to_string(count) + (count == 1 ? " argument" : " arguments"); }

}  // namespace

std::string docker_usage(const std::string& path) {
  std::string_view tail = path;
  tail.remove_prefix(std::min(tail.find(' ') + 1, tail.size()));
  const Usage* usage = usage_of(tail);
  if (usage == nullptr && tail.find(' ') != std::string_view::npos) usage = usage_of(tail.substr(tail.find(' ') + 1));
  return usage == nullptr || usage->words.empty() ? path : path + " " + std::string{usage->words};
}

WordCount words_of_usage(std::string_view usage) {
  WordCount count;
  usage = usage.substr(0, usage.find('\n'));  // the others are further forms
  for (std::string_view word = next_word(usage); !word.empty(); word = next_word(usage)) {
    if (word == "[OPTIONS]") continue;
    const bool optional = word.starts_with('[');
    if (word.ends_with("...]")) {
      count.max = WordCount::kAny;
    } else {
      count.min += optional ? 0 : 1;
      count.max += count.max == WordCount::kAny ? 0 : 1;
    }
  }
  return count;
}

std::string docker_count_mistake(const std::string& path, const WordCount& count) {
  const std::string begin = "'" + path + "' ";
  if (count.max == 0) return begin + "accepts no arguments";
  if (count.max == count.min) return begin + "requires " + arguments(count.min);
  if (count.max == WordCount::kAny) return begin + "requires at least " + arguments(count.min);
  if (count.min == 0) return begin + "requires at most " + arguments(count.max);
  return begin + "requires at least " + std::to_string(count.min) + " and at most " + arguments(count.max);
}

}  // namespace stack::cli
