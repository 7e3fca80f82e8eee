#include "compose/source/yaml_reader.h"

#include <algorithm>
#include <sstream>
#include <tuple>
#include <utility>

#include <yaml-cpp/exceptions.h>
#include <yaml-cpp/parser.h>

#include "base/suggest.h"
#include "base/utf8.h"
#include "compose/source/syntax_cause.h"
#include "compose/source/yaml_builder.h"

namespace stack::compose {
namespace {

// The name of the alias or anchor whose sign is at `at`.
std::string_view name_behind(std::string_view text, std::size_t at) {
  return text.substr(at + 1, std::min(text.find_first_of(" \t\r\n,]}", at), text.size()) - at - 1);
}

// "name" of the "*name" that stands at or before `column`.
std::string_view alias_in(std::string_view line, std::size_t column) {
  const auto star = line.rfind('*', column);
  return star == std::string_view::npos ? std::string_view{} : name_behind(line, star);
}

// The anchors of a text, and whatever else begins with their sign.
std::vector<std::string_view> anchors_in(std::string_view text) {
  std::vector<std::string_view> names;
  for (auto at = text.find('&'); at != std::string_view::npos; at = text.find('&', at + 1)) {
    const bool begins = at == 0 || std::string_view{" \t\n[{,"}.find(text[at - 1]) != std::string_view::npos;
    if (begins && !name_behind(text, at).empty()) names.push_back(name_behind(text, at));
  }
  return names;
}

// What the library calls a problem, in the words of somebody who writes a file.
std::pair<std::string, std::string> in_plain_words(const std::string& problem, std::string_view text,
                                                   std::string_view line, std::size_t column) {
  const auto indent = line.substr(0, line.find_first_not_of(" \t"));
  if (indent.find('\t') != std::string_view::npos) return {"a tab cannot indent a line", "use spaces"};
  if (problem == "illegal map value") {
    if (line.find(": ") != line.rfind(": ")) return {"a second \": \" in one line", "put the value in quotes"};
    return {"a key is not allowed here, inside the value that begins above",
            "indent it like the other keys of its mapping"};
  }
  if (problem == "end of sequence flow not found")
    return {"a list that begins with \"[\" is not closed", "close it with ]"};
  if (problem == "end of map flow not found")
    return {"a mapping that begins with \"{\" is not closed", "close it with }"};
  if (problem == "end of map not found" || problem == "end of sequence not found") {
    return {"this line stands neither in the block before it nor at the level of one above", "correct its indentation"};
  }
  // Newer versions of the library name it.
  if (problem.starts_with("the referenced anchor is not defined")) {
    const auto name = alias_in(line, column);
    const auto above = text.substr(0, static_cast<std::size_t>(line.data() - text.data()));
    const std::string near = did_you_mean(name, anchors_in(above));
    return {"the alias " + (name.empty() ? "here" : "\"" + std::string{name} + "\"") + " is not defined",
            near.empty() ? "set its anchor before it, in the same document" : near};
  }
  if (problem == "illegal flow end")
    return {"a bracket closes what is not open here", "\"[\" is closed by ] and \"{\" by }"};
  if (problem == "illegal block entry") return {"a list cannot begin with \"-\" here", "put it on a line of its own"};
  if (problem == "illegal map key")
    return {"a key is not allowed here", "put it on a line of its own, indented below its mapping"};
  if (problem.starts_with("unknown escape character")) {
    return {"a \"...\" text holds a backslash that escapes nothing", "write it twice, or use single quotes"};
  }
  if (problem == "unknown token") return {"a text cannot begin with this character", "put it in quotes"};
  return {"this is not valid YAML: " + problem, ""};
}

std::string_view line_of(std::string_view text, int number) {
  for (; number > 0 && !text.empty(); --number) text.remove_prefix(std::min(text.find('\n'), text.size() - 1) + 1);
  return text.substr(0, text.find('\n'));
}

Diagnostic syntax_error(const std::string& file, std::string_view text, const YAML::Exception& problem) {
  Diagnostic found;
  found.code = "yaml_syntax";
  found.place.file = file;
  if (!problem.mark.is_null()) {
    const auto at_line = static_cast<std::size_t>(problem.mark.line),
               at_column = static_cast<std::size_t>(problem.mark.column);
    if (auto cause = find_syntax_cause(text, problem.msg, at_line, at_column)) {
      found.message = std::move(cause->message);
      found.remedy = std::move(cause->remedy);
      found.place.line = static_cast<std::uint32_t>(cause->line + 1);
      found.place.column = static_cast<std::uint32_t>(cause->column + 1);
      return found;
    }
  }
  const std::string_view line = problem.mark.is_null() ? text.substr(0, 0) : line_of(text, problem.mark.line);
  std::tie(found.message, found.remedy) = in_plain_words(
      problem.msg, text, line, problem.mark.is_null() ? 0 : static_cast<std::size_t>(problem.mark.column));
  if (!problem.mark.is_null()) {
    found.place.line = static_cast<std::uint32_t>(problem.mark.line + 1);
    found.place.column = static_cast<std::uint32_t>(problem.mark.column + 1);
  }
  return found;
}

Diagnostic bad_file(const std::string& file, std::string code, std::string message) {
  Diagnostic found;
  found.code = std::move(code);
  found.message = std::move(message);
  found.place.file = file;
  return found;
}

}  // namespace

YamlResult read_yaml(std::string_view text, std::string_view file, const YamlLimits& limits) {
  YamlResult result;
  const auto name = std::make_shared<const std::string>(file);
  if (text.size() > limits.bytes) {
    result.diagnostics.push_back(bad_file(*name, "too_large", "the file is too large for a Compose file"));
    return result;
  }
  if (text.find('\0') != std::string_view::npos) {
    result.diagnostics.push_back(bad_file(*name, "yaml_syntax", "the file holds a zero byte, so it is not YAML"));
    return result;
  }
  if (const auto at = first_not_utf8(text); at != std::string_view::npos) {
    auto& found =
        result.diagnostics.emplace_back(bad_file(*name, "not_utf8", "this byte is not UTF-8, so the file is not text"));
    const auto before = text.substr(0, at);
    found.place.line = static_cast<std::uint32_t>(std::ranges::count(before, '\n') + 1);
    found.place.column = static_cast<std::uint32_t>(at - (before.rfind('\n') + 1) + 1);
    return result;
  }
  std::istringstream stream{std::string{text}};
  try {
    YAML::Parser parser{stream};
    YamlBuilder builder{text, name, limits, result.diagnostics};
    while (parser.HandleNextDocument(builder)) result.documents.push_back(builder.take());
  } catch (const YamlStopped& stopped) {
    result.diagnostics.push_back(stopped.diagnostic);
  } catch (const YAML::Exception& problem) {
    // What looked like a key before a bracket turned out to be open was none.
    std::erase_if(result.diagnostics, [](const Diagnostic& it) { return it.code == "bad_key"; });
    result.diagnostics.push_back(syntax_error(*name, text, problem));
  }
  return result;
}

}  // namespace stack::compose
