#include "base/dockerfile/instruction_parser.h"

#include <algorithm>
#include <array>

#include "base/dockerfile/heredocs.h"
#include "base/dockerfile/runes.h"
#include "base/dockerfile/word_list.h"
#include "base/suggest.h"

namespace stack::dockerfile {
namespace {

bool is_stage_name(std::string_view name) {
  if (name.empty() || name.front() < 'a' || name.front() > 'z') return false;
  return std::ranges::all_of(name, [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' || c == '_' || c == '.';
  });
}

// What a comment "# NAME description" right above says about a name.
std::string description_of(std::string_view name, const std::vector<std::string>& comments) {
  for (const std::string& comment : comments) {
    if (comment.size() > name.size() && comment.starts_with(name) && comment[name.size()] == ' ')
      return comment.substr(name.size() + 1);
  }
  return {};
}

std::string last_comment(const LogicalLine& line) { return line.comments.empty() ? "" : line.comments.back(); }

}  // namespace

InstructionLine split_instruction(const LogicalLine& line, std::string_view text) {
  InstructionLine parts;
  text = trim_space(text);
  std::size_t end = 0;
  while (end < text.size() && !is_blank(text[end])) ++end;
  parts.name = text.substr(0, end);
  parts.keyword = upper(parts.name);
  std::string_view rest = trim_left(text.substr(end));
  parts.flags = take_flags(line, rest);
  parts.arguments = trim_space(rest);
  return parts;
}

InstructionParser::Rule InstructionParser::rule_of(std::string_view keyword) {
  using P = InstructionParser;
  static constexpr std::array<std::pair<std::string_view, Rule>, 17> kRules{{{"ADD", &P::add},
                                                                             {"ARG", &P::arg},
                                                                             {"CMD", &P::cmd},
                                                                             {"COPY", &P::copy},
                                                                             {"ENTRYPOINT", &P::entrypoint},
                                                                             {"ENV", &P::env},
                                                                             {"EXPOSE", &P::expose},
                                                                             {"HEALTHCHECK", &P::healthcheck},
                                                                             {"LABEL", &P::label},
                                                                             {"MAINTAINER", &P::maintainer},
                                                                             {"ONBUILD", &P::onbuild},
                                                                             {"RUN", &P::run},
                                                                             {"SHELL", &P::shell},
                                                                             {"STOPSIGNAL", &P::stop_signal},
                                                                             {"USER", &P::user},
                                                                             {"VOLUME", &P::volume},
                                                                             {"WORKDIR", &P::workdir}}};
  const auto found = std::ranges::find(kRules, keyword, &std::pair<std::string_view, Rule>::first);
  return found == kRules.end() ? nullptr : found->second;
}

std::optional<Instruction> InstructionParser::instruction() {
  try {
    const Rule rule = rule_of(parts_.keyword);
    if (rule == nullptr) {
      static const std::vector<std::string_view> kNames{
          "ADD",   "ARG",        "CMD",     "COPY", "ENTRYPOINT", "ENV",        "EXPOSE", "FROM",   "HEALTHCHECK",
          "LABEL", "MAINTAINER", "ONBUILD", "RUN",  "SHELL",      "STOPSIGNAL", "USER",   "VOLUME", "WORKDIR"};
      std::string meant = did_you_mean(parts_.keyword, kNames);
      if (meant.empty()) meant = "an instruction such as RUN or COPY begins the line";
      problems_.push_back({Severity::error, "unknown_instruction", "unknown instruction: " + std::string{parts_.name},
                           meant, line_.range(parts_.name)});
      return std::nullopt;
    }
    const std::string_view whole = trim_space(line_.text);
    return Instruction{.value = (this->*rule)(),
                       .keyword = parts_.keyword,
                       .text = std::string{whole},
                       .range = line_.range(whole),
                       .written = std::string{parts_.name},
                       .comment = last_comment(line_)};
  } catch (const Rejected&) {
    return std::nullopt;
  }
}

std::optional<Stage> InstructionParser::from() {
  try {
    const FlagSet given = flags({{"platform"}});
    const auto words = split_blanks(parts_.arguments);
    const bool named = words.size() == 3 && lower(words[1]) == "as";
    if (words.size() != 1 && !named) {
      refuse(words.empty() ? "FROM names no image" : "FROM takes an image and a name for the stage",
             "write FROM IMAGE or FROM IMAGE AS NAME");
    }
    Stage stage;
    stage.base = line_.word(words[0]);
    stage.platform = given.text("platform");
    stage.range = line_.range(trim_space(line_.text));
    stage.written = parts_.name;
    stage.comment = last_comment(line_);
    if (named) {
      stage.written_as = words[1];
      stage.written_name = words[2];
      stage.name = line_.word(words[2]);
      stage.name->text = lower(words[2]);
      stage.description = description_of(stage.name->text, line_.comments);
      if (!is_stage_name(stage.name->text)) {
        refuse("\"" + std::string{words[2]} + "\" is not a valid stage name",
               "a name begins with a letter; digits, \"-\", \"_\" and \".\" may follow", words[2]);
      }
    }
    return stage;
  } catch (const Rejected&) {
    return std::nullopt;
  }
}

void InstructionParser::refuse(std::string message, std::string remedy, std::string_view part) {
  problems_.push_back({Severity::error, "syntax", std::move(message), std::move(remedy),
                       line_.range(part.data() == nullptr ? parts_.name : part)});
  throw Rejected{};
}

void InstructionParser::warn(std::string code, std::string message, std::string remedy) {
  problems_.push_back(
      {Severity::warning, std::move(code), std::move(message), std::move(remedy), line_.range(trim_space(line_.text))});
}

FlagSet InstructionParser::flags(const std::vector<FlagRule>& rules) {
  FlagSet given{parts_.flags, parts_.keyword, rules, problems_};
  if (!given.ok()) throw Rejected{};
  return given;
}

Word InstructionParser::the_argument(std::string_view example) {
  (void)flags({});
  if (parts_.arguments.empty()) refuse(parts_.keyword + " has no argument", "write " + std::string{example});
  return line_.word(parts_.arguments);
}

std::vector<Word> InstructionParser::list_or_words() {
  std::vector<Word> words;
  const JsonList json = parse_json_list(parts_.arguments);
  if (json.not_only_strings)
    refuse("the JSON list holds more than strings", "put each word in double quotes", parts_.arguments);
  if (json.list) {
    for (const JsonText& it : *json.list) words.push_back({it.value, line_.range(it.part)});
  } else {
    for (const std::string_view word : split_blanks(parts_.arguments)) words.push_back(line_.word(word));
  }
  return words;
}

InstructionParser::Value InstructionParser::arg() {
  (void)flags({});
  Arg result;
  for (const std::string_view word : split_quoted(parts_.arguments, escape_)) {
    const std::size_t equals = word.find('=');
    if (equals == 0) refuse("ARG has no name in front of \"=\"", "write ARG NAME=value", word);
    ArgDeclaration declaration{line_.word(word.substr(0, equals)), std::nullopt,
                               description_of(word.substr(0, equals), line_.comments)};
    if (equals != std::string_view::npos) declaration.value = line_.word(word.substr(equals + 1));
    result.declarations.push_back(std::move(declaration));
  }
  if (result.declarations.empty()) refuse("ARG has no name", "write ARG NAME or ARG NAME=default");
  return result;
}

InstructionParser::Value InstructionParser::env() {
  Env result;
  result.pairs = pairs(result.legacy);
  return result;
}

InstructionParser::Value InstructionParser::label() {
  Label result;
  result.pairs = pairs(result.legacy);
  return result;
}

InstructionParser::Value InstructionParser::expose() {
  (void)flags({});
  Expose result;
  for (const std::string_view word : split_blanks(parts_.arguments)) result.ports.push_back(line_.word(word));
  if (result.ports.empty()) refuse("EXPOSE names no port", "write EXPOSE 80 or EXPOSE 53/udp");
  return result;
}

InstructionParser::Value InstructionParser::volume() {
  (void)flags({});
  Volume result{list_or_words()};
  if (result.paths.empty()) refuse("VOLUME names no path", "write VOLUME /data");
  for (const Word& path : result.paths) {
    if (trim_space(path.text).empty()) refuse("VOLUME has an empty path", "write VOLUME /data");
  }
  return result;
}

InstructionParser::Value InstructionParser::maintainer() {
  return Maintainer{the_argument("LABEL org.opencontainers.image.authors=\"NAME\" instead")};
}

InstructionParser::Value InstructionParser::stop_signal() { return StopSignal{the_argument("STOPSIGNAL SIGTERM")}; }
InstructionParser::Value InstructionParser::user() { return User{the_argument("USER NAME or USER NAME:GROUP")}; }
InstructionParser::Value InstructionParser::workdir() { return Workdir{the_argument("WORKDIR /path")}; }

InstructionParser::Value InstructionParser::shell() {
  (void)flags({});
  const JsonList json = parse_json_list(parts_.arguments);
  if (json.not_only_strings)
    refuse("the JSON list holds more than strings", "put each word in double quotes", parts_.arguments);
  if (!json.list || json.list->empty()) refuse("SHELL takes a JSON list", "write SHELL [\"/bin/sh\", \"-c\"]");
  return Shell{list_or_words()};
}

InstructionParser::Value InstructionParser::onbuild() {
  (void)flags({});
  if (parts_.arguments.empty()) refuse("ONBUILD has no instruction", "write ONBUILD RUN make");
  Onbuild result;
  result.expression = parts_.arguments;
  for (const Heredoc& heredoc : heredocs_) result.expression += "\n" + heredoc.content + heredoc.name;
  check_trigger(parts_.arguments);
  std::size_t end = 0;
  while (end < parts_.arguments.size() && !is_blank(parts_.arguments[end])) ++end;
  result.trigger = upper(parts_.arguments.substr(0, end));
  return result;
}

// A trigger's syntax is an error; what else is wrong with it shows where an image is built from this one, and is a warning here.
void InstructionParser::check_trigger(std::string_view text) {
  InstructionLine trigger = split_instruction(line_, text);
  if (trigger.keyword == "ONBUILD" || trigger.keyword == "FROM" || trigger.keyword == "MAINTAINER") {
    refuse(trigger.keyword + " cannot be a trigger of ONBUILD", "write ONBUILD RUN make", trigger.name);
  }
  Problems found;
  (void)InstructionParser{line_, std::move(trigger), heredocs_, escape_, found}.instruction();
  const bool errors = std::ranges::any_of(
      found, [](const Problem& it) { return it.severity == Severity::error && it.code == "key_value"; });
  for (Problem& problem : found) {
    if (problem.code != "key_value") problem.severity = Severity::warning;
    problems_.push_back(std::move(problem));
  }
  if (errors) throw Rejected{};
}

}  // namespace stack::dockerfile
