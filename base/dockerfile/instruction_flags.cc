#include "base/dockerfile/instruction_flags.h"

#include <algorithm>

#include "base/dockerfile/runes.h"
#include "base/suggest.h"

namespace stack::dockerfile {
namespace {

// One flag from `at` on, which is moved behind it. A backslash takes the next character as it is, whatever the escape directive says.
std::string take_flag(std::string_view text, std::size_t& at) {
  std::string word;
  char quote = 0;
  for (; at < text.size(); ++at) {
    const char c = text[at];
    if (quote == 0 && (is_blank(c) || c == '\n')) break;
    if (c == '\\') {
      if (at + 1 < text.size()) word += text[++at];
    } else if (quote != 0) {
      if (c == quote) {
        quote = 0;
      } else {
        word += c;
      }
    } else if (c == '"' || c == '\'') {
      quote = c;
    } else {
      word += c;
    }
  }
  return word;
}

}  // namespace

std::vector<Word> take_flags(const LogicalLine& line, std::string_view& text) {
  std::vector<Word> flags;
  while (true) {
    text = trim_left(text);
    if (!text.starts_with("--")) return flags;
    std::size_t end = 0;
    std::string word = take_flag(text, end);
    const std::string_view part = text.substr(0, end);
    text.remove_prefix(end);
    if (word == "--") return flags;
    flags.push_back({std::move(word), line.range(part)});
  }
}

FlagSet::FlagSet(const std::vector<Word>& flags, std::string_view keyword, const std::vector<FlagRule>& rules,
                 Problems& problems) {
  const std::size_t before = problems.size();
  for (const Word& flag : flags) take(flag, keyword, rules, problems);
  ok_ = problems.size() == before;
}

void FlagSet::take(const Word& flag, std::string_view keyword, const std::vector<FlagRule>& rules, Problems& problems) {
  const std::size_t equals = flag.text.find('=');
  const std::string name = flag.text.substr(2, equals == std::string::npos ? equals : equals - 2);
  const auto refuse = [&](std::string message, std::string remedy) {
    problems.push_back({Severity::error, "flag", std::move(message), std::move(remedy), flag.range});
  };
  const auto rule = std::ranges::find(rules, name, &FlagRule::name);
  if (rule == rules.end()) {
    std::vector<std::string_view> names;
    for (const FlagRule& it : rules) names.push_back(it.name);
    std::string remedy = did_you_mean(name, names);
    if (remedy.empty()) {
      remedy = rules.empty() ? std::string{keyword} + " takes no flags" : std::string{keyword} + " takes";
      for (const FlagRule& it : rules) remedy += (&it == &rules.front() ? " --" : ", --") + std::string{it.name};
    }
    return refuse("unknown flag --" + name + " of " + std::string{keyword}, remedy);
  }
  std::vector<Word>& values = values_[name];
  if (!values.empty() && rule->kind != FlagKind::list)
    return refuse("the flag --" + name + " occurs twice", "keep one of them");
  Word value{equals == std::string::npos ? "" : flag.text.substr(equals + 1), flag.range};
  if (rule->kind == FlagKind::boolean) {
    const std::string answer = equals == std::string::npos ? "true" : lower(value.text);
    if (answer != "true" && answer != "false")
      return refuse("\"" + value.text + "\" is not a valid value for --" + name, "write true or false");
    value.text = answer;
  } else if (equals == std::string::npos) {
    return refuse("the flag --" + name + " has no value", "write --" + name + "=VALUE");
  }
  values.push_back(std::move(value));
}

std::optional<Word> FlagSet::text(std::string_view name) const {
  const auto found = values_.find(name);
  return found == values_.end() || found->second.empty() ? std::nullopt : std::optional{found->second.front()};
}

std::optional<bool> FlagSet::boolean(std::string_view name) const {
  const auto value = text(name);
  return value ? std::optional{value->text == "true"} : std::nullopt;
}

std::vector<Word> FlagSet::list(std::string_view name) const {
  const auto found = values_.find(name);
  return found == values_.end() ? std::vector<Word>{} : found->second;
}

}  // namespace stack::dockerfile
