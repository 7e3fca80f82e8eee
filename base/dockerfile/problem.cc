#include "base/dockerfile/problem.h"

#include <algorithm>
#include <array>

#include "base/dockerfile/check_rules.h"

namespace stack::dockerfile {
namespace {

std::string escaped(std::string_view text) {
  static constexpr std::string_view kDigits = "0123456789abcdef";
  std::string out;
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (byte >= 0x20 && byte != 0x7f) {
      out += c;
    } else if (c == '\n') {
      out += "\\n";
    } else if (c == '\t') {
      out += "\\t";
    } else {
      out.append("\\x").append(1, kDigits[byte >> 4]).append(1, kDigits[byte & 15]);
    }
  }
  return out;
}

}  // namespace

bool has_errors(const Problems& problems) {
  return std::ranges::any_of(problems, [](const Problem& it) { return it.severity == Severity::error; });
}

std::string render(const Problem& problem, std::string_view file) {
  std::string out = escaped(file);
  if (problem.range.begin.line != 0) {
    out += ":" + std::to_string(problem.range.begin.line) + ":" + std::to_string(problem.range.begin.column);
  }
  out += problem.severity == Severity::error ? ": error: " : ": warning: ";
  if (find_check_rule(problem.code) != nullptr) out += problem.code + ": ";
  out += escaped(problem.message);
  if (!problem.remedy.empty()) out += "; " + escaped(problem.remedy);
  return out + "\n";
}

std::string render(const Problems& problems, std::string_view file) {
  std::string out;
  for (const Problem& problem : problems) out += render(problem, file);
  return out;
}

}  // namespace stack::dockerfile
