#include "compose/source/yaml_reader.h"

#include <algorithm>
#include <sstream>

#include <yaml-cpp/exceptions.h>
#include <yaml-cpp/parser.h>

#include "compose/source/utf8.h"
#include "compose/source/yaml_builder.h"

namespace stack::compose {
namespace {

Diagnostic syntax_error(const std::string& file, const YAML::Exception& problem) {
  Diagnostic found;
  found.code = "yaml_syntax";
  found.message = "this is not valid YAML: " + problem.msg;
  found.place.file = file;
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
        result.diagnostics.emplace_back(bad_file(*name, "not_utf8", "this byte is not UTF-8, so the file is no text"));
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
    result.diagnostics.push_back(syntax_error(*name, problem));
  }
  return result;
}

}  // namespace stack::compose
