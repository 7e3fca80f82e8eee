// The instructions that run commands, copy files or take pairs of names and values.
#include <charconv>

#include "base/dockerfile/heredocs.h"
#include "base/dockerfile/instruction_parser.h"
#include "base/dockerfile/runes.h"
#include "base/dockerfile/word_list.h"
#include "base/duration.h"

namespace stack::dockerfile {
namespace {

constexpr Nanos kIntervalMin = std::chrono::milliseconds{1};

bool almost_json(std::string_view text) {
  if (!text.starts_with('[') || !text.ends_with(']')) return false;
  const std::string_view inside = trim_left(text.substr(1));
  return inside.starts_with('"') || inside.starts_with('\'');
}

bool is_checksum(std::string_view text) {
  const std::size_t colon = text.find(':');
  const std::string_view hex = colon == std::string_view::npos ? text : text.substr(colon + 1);
  return hex.size() >= 32 && hex.find_first_not_of("0123456789abcdef") == std::string_view::npos && colon != 0;
}

}  // namespace

CommandLine InstructionParser::command(std::string_view text) {
  CommandLine result;
  result.heredocs = heredocs_;
  const JsonList json = parse_json_list(text);
  if (json.not_only_strings) refuse("the JSON list holds more than strings", "put each word in double quotes", text);
  if (json.list) {
    result.exec = true;
    for (const JsonText& it : *json.list) result.words.push_back({it.value, line_.range(it.part)});
    return result;
  }
  if (almost_json(text)) {
    warn("not_json", "the command looks like a JSON list and is not one: a shell runs it as it is written",
         "put each word in double quotes, with commas between them");
  }
  result.words.push_back(line_.word(text));
  return result;
}

InstructionParser::Value InstructionParser::cmd() {
  (void)flags({});
  return Cmd{command(parts_.arguments)};
}

InstructionParser::Value InstructionParser::entrypoint() {
  (void)flags({});
  return Entrypoint{command(parts_.arguments)};
}

InstructionParser::Value InstructionParser::run() {
  const FlagSet given = flags({{"mount", FlagKind::list}, {"network"}, {"security"}, {"device", FlagKind::list}});
  Run result;
  for (const Word& value : given.list("mount")) {
    auto mount = parse_mount(value, problems_);
    if (!mount) throw Rejected{};
    result.mounts.push_back(std::move(*mount));
  }
  const auto one_of = [&](std::string_view flag, std::initializer_list<std::string_view> words,
                          std::string_view remedy) {
    const auto value = given.text(flag);
    if (!value || std::ranges::find(words, value->text) != words.end()) return value;
    problems_.push_back({Severity::error, "flag",
                         "\"" + value->text + "\" is not a valid value for --" + std::string{flag}, std::string{remedy},
                         value->range});
    throw Rejected{};
  };
  result.network = one_of("network", {"default", "none", "host"}, "write default, none or host");
  result.security = one_of("security", {"sandbox", "insecure"}, "write sandbox or insecure");
  result.devices = given.list("device");
  result.command = command(parts_.arguments);
  return result;
}

void InstructionParser::transfer(FileTransfer& to, const FlagSet& given) {
  to.chown = given.text("chown");
  to.chmod = given.text("chmod");
  to.link = given.boolean("link").value_or(false);
  to.excludes = given.list("exclude");
  auto words = list_or_words();
  if (words.size() < 2) {
    refuse(words.empty() ? parts_.keyword + " has no arguments" : parts_.keyword + " has no destination",
           "write " + parts_.keyword + " SOURCE... DESTINATION");
  }
  to.destination = std::move(words.back());
  words.pop_back();
  if (parse_heredoc(to.destination.text)) {
    problems_.push_back({Severity::error, "syntax", "a here-document cannot be the destination",
                         "write " + parts_.keyword + " <<NAME /path", to.destination.range});
    throw Rejected{};
  }
  for (Word& word : words) {
    const auto opened = parse_heredoc(word.text);
    // The last one of a name counts, as for BuildKit.
    const auto content = !opened ? heredocs_.rend()
                                 : std::find_if(heredocs_.rbegin(), heredocs_.rend(),
                                                [&](const Heredoc& it) { return it.name == opened->name; });
    if (!opened) {
      to.sources.push_back(std::move(word));
    } else {
      Heredoc file = content == heredocs_.rend() ? *opened : *content;
      file.strip_tabs = opened->strip_tabs;
      file.expand = opened->expand;
      file.range = word.range;
      if (file.strip_tabs) file.content = without_tabs(file.content);
      to.inline_files.push_back(std::move(file));
    }
  }
}

InstructionParser::Value InstructionParser::add() {
  const FlagSet given = flags({{"chown"},
                               {"chmod"},
                               {"link", FlagKind::boolean},
                               {"keep-git-dir", FlagKind::boolean},
                               {"checksum"},
                               {"exclude", FlagKind::list},
                               {"unpack", FlagKind::boolean}});
  Add result;
  transfer(result, given);
  result.keep_git_dir = given.boolean("keep-git-dir");
  result.unpack = given.boolean("unpack");
  result.checksum = given.text("checksum");
  if (result.checksum && result.checksum->text.find('$') == std::string::npos && !is_checksum(result.checksum->text)) {
    problems_.push_back({Severity::error, "flag", "\"" + result.checksum->text + "\" is not a checksum",
                         "write --checksum=sha256: and 64 hexadecimal digits, or a commit for a Git repository",
                         result.checksum->range});
    throw Rejected{};
  }
  return result;
}

InstructionParser::Value InstructionParser::copy() {
  const FlagSet given = flags({{"chown"},
                               {"chmod"},
                               {"link", FlagKind::boolean},
                               {"from"},
                               {"exclude", FlagKind::list},
                               {"parents", FlagKind::boolean}});
  Copy result;
  transfer(result, given);
  result.from = given.text("from");
  result.parents = given.boolean("parents").value_or(false);
  const std::size_t dollar = result.from ? result.from->text.find('$') : std::string::npos;
  if (dollar != std::string::npos && dollar + 1 < result.from->text.size()) {
    problems_.push_back({Severity::error, "flag", "--from takes no variables",
                         "name a stage \"FROM " + result.from->text + " AS name\" and write --from=name",
                         result.from->range});
    throw Rejected{};
  }
  return result;
}

std::vector<Pair> InstructionParser::pairs(bool& legacy) {
  (void)flags({});
  const auto refuse_pair = [&](std::string message, std::string remedy, std::string_view part) {
    problems_.push_back({Severity::error, "key_value", std::move(message), std::move(remedy), line_.range(part)});
    throw Rejected{};
  };
  const std::string example = "write " + parts_.keyword + " NAME=value";
  const auto words = split_quoted(parts_.arguments, escape_);
  if (words.empty()) refuse(parts_.keyword + " has no name and value", example);
  if (words.front().find('=') == std::string_view::npos) {
    const std::string_view name = split_blanks(parts_.arguments).front();
    const std::string_view value = parts_.arguments.substr(name.size());
    std::size_t blanks = 0;
    while (blanks < value.size() && is_blank(value[blanks])) ++blanks;
    if (blanks == 0) refuse_pair(parts_.keyword + " has no value for \"" + std::string{name} + "\"", example, name);
    legacy = true;
    return {{line_.word(name), line_.word(value.substr(blanks))}};
  }
  std::vector<Pair> result;
  for (const std::string_view word : words) {
    const std::size_t equals = word.find('=');
    if (equals == std::string_view::npos)
      refuse_pair("\"" + std::string{word} + "\" has no \"=\"", example + ", with quotes around blanks", word);
    if (equals == 0) refuse(parts_.keyword + " has no name in front of \"=\"", example, word);
    result.push_back({line_.word(word.substr(0, equals)), line_.word(word.substr(equals + 1))});
  }
  return result;
}

std::optional<Nanos> InstructionParser::interval(const FlagSet& given, std::string_view name) {
  const auto value = given.text(name);
  if (!value || value->text.empty()) return std::nullopt;
  const auto duration = parse_duration(value->text);
  if (duration && duration->count() == 0) return std::nullopt;
  if (duration && *duration >= kIntervalMin) return duration;
  problems_.push_back(
      {Severity::error, "flag",
       duration ? "--" + std::string{name} + " is shorter than 1ms" : "\"" + value->text + "\" is not a duration",
       "write --" + std::string{name} + "=30s", value->range});
  throw Rejected{};
}

InstructionParser::Value InstructionParser::healthcheck() {
  Healthcheck result;
  const std::string_view text = parts_.arguments;
  std::size_t end = 0;
  while (end < text.size() && !is_space(static_cast<unsigned char>(text[end]))) ++end;
  const std::string_view kind = text.substr(0, end);
  const std::string_view rest = trim_left(text.substr(end));
  const std::string word = upper(kind);
  if (word == "NONE") {
    if (!rest.empty()) refuse("HEALTHCHECK NONE takes no arguments", "write HEALTHCHECK NONE", rest);
    result.none = true;
    return result;
  }
  const FlagSet given = flags({{"interval"}, {"timeout"}, {"start-period"}, {"start-interval"}, {"retries"}});
  if (word != "CMD") {
    refuse(word.empty() ? "HEALTHCHECK has no command" : "\"" + std::string{kind} + "\" is not a health check type",
           "write HEALTHCHECK CMD COMMAND or HEALTHCHECK NONE", kind.empty() ? parts_.name : kind);
  }
  result.command = command(rest);
  if (rest.empty() || result.command.words.empty())
    refuse("HEALTHCHECK CMD has no command", "write HEALTHCHECK CMD COMMAND");
  result.interval = interval(given, "interval");
  result.timeout = interval(given, "timeout");
  result.start_period = interval(given, "start-period");
  result.start_interval = interval(given, "start-interval");
  if (const auto retries = given.text("retries"); retries && !retries->text.empty()) {
    int number = 0;
    const char* last = retries->text.data() + retries->text.size();
    const auto [stop, error] = std::from_chars(retries->text.data(), last, number);
    if (error != std::errc{} || stop != last || number < 0) {
      problems_.push_back({Severity::error, "flag", "\"" + retries->text + "\" is not a valid number of retries",
                           "write --retries=3", retries->range});
      throw Rejected{};
    }
    result.retries = number;
  }
  return result;
}

}  // namespace stack::dockerfile
