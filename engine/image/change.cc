#include "engine/image/change.h"

#include <algorithm>
#include <charconv>
#include <utility>

#include "base/duration.h"
#include "base/error.h"
#include "base/model/signals.h"
#include "engine/image/image_config_json.h"

namespace stack::image {
namespace {

std::string_view trim(std::string_view text) {
  const std::size_t first = text.find_first_not_of(" \t");
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(" \t") - first + 1);
}

[[noreturn]] void refuse(std::string_view instruction, const std::string& why) {
  throw Error(ErrorKind::invalid, "change \"" + std::string{instruction} + "\": " + why);
}

// Words separated by blanks; quotes group and disappear, a backslash keeps the next character.
std::vector<std::string> words(std::string_view text, std::string_view instruction) {
  std::vector<std::string> result;
  std::string word;
  bool in_word = false;
  char quote = 0;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    if (c == '\\' && quote != '\'' && i + 1 < text.size()) {
      word += text[++i];
      in_word = true;
    } else if (quote != 0) {
      if (c == quote) {
        quote = 0;
      } else {
        word += c;
      }
    } else if (c == '"' || c == '\'') {
      quote = c;
      in_word = true;
    } else if (c == ' ' || c == '\t') {
      if (in_word) result.push_back(std::exchange(word, {}));
      in_word = false;
    } else {
      word += c;
      in_word = true;
    }
  }
  if (quote != 0) refuse(instruction, "a quote is not closed");
  if (in_word) result.push_back(word);
  return result;
}

// The exec form (a JSON list) as it is, the shell form behind the shell.
std::vector<std::string> command_of(std::string_view rest, const model::ImageConfig& config) {
  if (const auto list = parse_string_list(rest)) return *list;
  std::vector<std::string> argv = config.shell.empty() ? std::vector<std::string>{"/bin/sh", "-c"} : config.shell;
  argv.emplace_back(rest);
  return argv;
}

std::vector<std::string> list_or_words(std::string_view rest, std::string_view instruction) {
  if (const auto list = parse_string_list(rest)) return *list;
  return words(rest, instruction);
}

// "A=1 B=2", or the old form "A 1".
std::vector<std::pair<std::string, std::string>> pairs(std::string_view rest, std::string_view instruction) {
  std::vector<std::pair<std::string, std::string>> result;
  const std::size_t blank = rest.find(' ');
  if (rest.substr(0, blank).find('=') == std::string_view::npos) {
    if (blank == std::string_view::npos) refuse(instruction, "a name and a value are needed, as in NAME=value");
    result.emplace_back(rest.substr(0, blank), trim(rest.substr(blank)));
    return result;
  }
  for (const std::string& word : words(rest, instruction)) {
    const std::size_t equals = word.find('=');
    if (equals == std::string::npos || equals == 0) refuse(instruction, "\"" + word + "\" is not NAME=value");
    result.emplace_back(word.substr(0, equals), word.substr(equals + 1));
  }
  return result;
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

std::string exposed_port(const std::string& word, std::string_view instruction) {
  const std::size_t slash = word.find('/');
  const std::string protocol = slash == std::string::npos ? "tcp" : word.substr(slash + 1);
  unsigned port = 0;
  const char* last = word.data() + std::min(slash, word.size());
  const auto [end, error] = std::from_chars(word.data(), last, port);
  if (error != std::errc{} || end != last || port == 0 || port > 65535 ||
      (protocol != "tcp" && protocol != "udp" && protocol != "sctp")) {
    refuse(instruction, "\"" + word + "\" is not a port (1 to 65535, then /tcp, /udp or /sctp)");
  }
  return std::to_string(port) + "/" + protocol;
}

model::Healthcheck healthcheck_of(std::string_view rest, std::string_view instruction) {
  model::Healthcheck check;
  while (rest.starts_with("--")) {
    const std::size_t end = std::min(rest.find(' '), rest.size());
    const std::string_view option = rest.substr(2, end - 2);
    const std::size_t equals = std::min(option.find('='), option.size());
    const std::string_view name = option.substr(0, equals);
    const std::string_view value = option.substr(std::min(equals + 1, option.size()));
    const auto duration = parse_duration(value);
    if (name == "retries") {
      int retries = 0;
      const auto [stop, error] = std::from_chars(value.data(), value.data() + value.size(), retries);
      if (error != std::errc{} || stop != value.data() + value.size() || retries < 0) {
        refuse(instruction, "--retries needs a number");
      }
      check.retries = retries;
    } else if (!duration) {
      refuse(instruction, "--" + std::string{name} + " needs a duration such as 30s");
    } else if (name == "interval") {
      check.interval = duration;
    } else if (name == "timeout") {
      check.timeout = duration;
    } else if (name == "start-period") {
      check.start_period = duration;
    } else if (name == "start-interval") {
      check.start_interval = duration;
    } else {
      refuse(instruction, "unknown option --" + std::string{name});
    }
    rest = trim(rest.substr(end));
  }
  if (rest == "NONE") {
    check.test = {"NONE"};
    return check;
  }
  if (!rest.starts_with("CMD")) refuse(instruction, "CMD or NONE is needed");
  rest = trim(rest.substr(3));
  if (const auto list = parse_string_list(rest)) {
    check.test = {"CMD"};
    check.test.insert(check.test.end(), list->begin(), list->end());
  } else {
    check.test = {"CMD-SHELL", std::string{rest}};
  }
  return check;
}

}  // namespace

void apply_change(model::ImageConfig& config, std::string_view instruction) {
  const std::string_view line = trim(instruction);
  const std::size_t blank = std::min(line.find_first_of(" \t"), line.size());
  std::string keyword;
  for (const char c : line.substr(0, blank)) keyword += static_cast<char>(c >= 'a' && c <= 'z' ? c - 'a' + 'A' : c);
  const std::string_view rest = trim(line.substr(blank));
  if (rest.empty()) refuse(instruction, "an argument is needed");
  if (keyword == "CMD") {
    config.command = command_of(rest, config);
  } else if (keyword == "ENTRYPOINT") {
    config.entrypoint = command_of(rest, config);
    config.command.clear();
  } else if (keyword == "ENV") {
    for (const auto& [name, value] : pairs(rest, instruction)) set_env(config.env, name, value);
  } else if (keyword == "LABEL") {
    for (const auto& [name, value] : pairs(rest, instruction)) config.labels[name] = value;
  } else if (keyword == "EXPOSE") {
    for (const std::string& word : words(rest, instruction))
      config.exposed_ports.push_back(exposed_port(word, instruction));
  } else if (keyword == "VOLUME") {
    for (const std::string& path : list_or_words(rest, instruction)) config.volumes.push_back(path);
  } else if (keyword == "USER") {
    config.user = rest;
  } else if (keyword == "WORKDIR") {
    config.working_dir = rest.front() == '/' || config.working_dir.empty()
                             ? std::string{rest}
                             : config.working_dir + "/" + std::string{rest};
    if (config.working_dir.front() != '/') config.working_dir.insert(0, "/");
  } else if (keyword == "STOPSIGNAL") {
    if (!model::parse_signal(rest)) refuse(instruction, "there is no such signal");
    config.stop_signal = rest;
  } else if (keyword == "HEALTHCHECK") {
    config.healthcheck = healthcheck_of(rest, instruction);
  } else {
    refuse(instruction, keyword +
                            " cannot be changed on import; CMD, ENTRYPOINT, ENV, EXPOSE, HEALTHCHECK, LABEL, "
                            "STOPSIGNAL, USER, VOLUME and WORKDIR can");
  }
}

}  // namespace stack::image
