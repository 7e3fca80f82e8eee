#include "base/dockerfile/ignore_file.h"

#include <algorithm>

#include "base/dockerfile/runes.h"
#include "base/path_text.h"

namespace stack::dockerfile {

std::array<std::string, 2> ignore_file_names(std::string_view dockerfile) {
  return {std::string{dockerfile} + ".dockerignore", ".dockerignore"};
}

IgnoreFile IgnoreFile::parse(std::string_view text, Problems& problems) {
  IgnoreFile result;
  if (text.starts_with("\xEF\xBB\xBF")) text.remove_prefix(3);
  std::uint32_t number = 0;
  while (!text.empty()) {
    const std::size_t end = std::min(text.find('\n'), text.size());
    const std::string_view line = text.substr(0, end);
    text.remove_prefix(std::min(end + 1, text.size()));
    ++number;
    if (line.starts_with('#')) continue;
    std::string_view word = trim_space(line);
    if (word.empty()) continue;
    const auto refuse = [&](std::string message, std::string remedy) {
      problems.push_back(
          {Severity::error, "ignore_pattern", std::move(message), std::move(remedy), {{number, 1}, {number, 1}}});
    };
    const bool exception = word.front() == '!';
    if (exception) word = trim_space(word.substr(1));
    if (word.empty()) {
      refuse("\"!\" has no pattern", "write !PATH");
      continue;
    }
    std::string pattern = clean_path(word);
    if (pattern.size() > 1 && pattern.front() == '/') pattern.erase(0, 1);
    auto compiled = PathPattern::compile(pattern);
    if (!compiled) {
      refuse("\"" + std::string{word} + "\" is not a pattern",
             "close the brackets, and escape \"[\" and \"\\\" with \"\\\"");
      continue;
    }
    if (result.rules_.size() == kIgnorePatternsMax) {
      refuse("the file has more than " + std::to_string(kIgnorePatternsMax) + " patterns",
             "name folders instead of files");
      break;
    }
    result.exceptions_ = result.exceptions_ || exception;
    result.rules_.push_back({std::move(pattern), exception, std::move(*compiled)});
  }
  return result;
}

bool IgnoreFile::ignores(std::string_view path) const {
  bool ignored = false;
  for (const Rule& rule : rules_) {
    // A rule that would change nothing is not asked.
    if (rule.exception != ignored) continue;
    bool match = rule.pattern.matches(path);
    for (std::size_t slash = path.find('/'); !match && slash != std::string_view::npos;
         slash = path.find('/', slash + 1)) {
      match = rule.pattern.matches(path.substr(0, slash));
    }
    if (match) ignored = !rule.exception;
  }
  return ignored;
}

std::vector<std::string> IgnoreFile::patterns() const {
  std::vector<std::string> result;
  for (const Rule& rule : rules_) result.push_back((rule.exception ? "!" : "") + rule.text);
  return result;
}

}  // namespace stack::dockerfile
