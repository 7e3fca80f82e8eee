#include "compose/source/diagnostic.h"

#include <algorithm>
#include <map>

namespace stack::compose {
namespace {

// What a terminal could take for a command must not reach it from somebody else's file.
std::string printable(std::string_view text) {
  std::string out;
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (byte >= 0x20 && byte != 0x7F) {
      out += c;
    } else if (c == '\n') {
      out += "\\n";
    } else if (c == '\t') {
      out += "\\t";
    } else {
      constexpr char kDigits[] = "0123456789abcdef";
      out += "\\x";
      out += kDigits[byte >> 4U];
      out += kDigits[byte & 15U];
    }
  }
  return out;
}

}  // namespace

bool has_errors(const Diagnostics& diagnostics) {
  return std::ranges::any_of(diagnostics, [](const Diagnostic& it) { return it.severity == Severity::error; });
}

void sort_diagnostics(Diagnostics& diagnostics) {
  std::map<std::string, std::size_t> files;
  for (const auto& it : diagnostics) files.emplace(it.place.file, files.size());
  std::ranges::stable_sort(diagnostics, [&](const Diagnostic& a, const Diagnostic& b) {
    return std::make_tuple(files[a.place.file], a.place.line, a.place.column) <
           std::make_tuple(files[b.place.file], b.place.line, b.place.column);
  });
  diagnostics.erase(std::unique(diagnostics.begin(), diagnostics.end()), diagnostics.end());
}

namespace {

std::string rendered(const Diagnostic& diagnostic, bool named) {
  std::string out;
  if (!diagnostic.place.file.empty()) out += printable(to_text(diagnostic.place)) + ": ";
  out += diagnostic.severity == Severity::error ? "error: " : "warning: ";
  if (!diagnostic.path.empty()) out += printable(diagnostic.path) + ": ";
  out += printable(diagnostic.message);
  if (!diagnostic.remedy.empty()) out += "; " + printable(diagnostic.remedy);
  if (named && diagnostic.severity == Severity::warning) out += " [" + diagnostic.code + "]";
  out += '\n';
  for (const auto& related : diagnostic.related) {
    out += "  " + printable(to_text(related.place)) + ": " + printable(related.note) + '\n';
  }
  return out;
}

}  // namespace

std::string render(const Diagnostic& diagnostic) { return rendered(diagnostic, false); }

std::string render_with_line(const Diagnostic& diagnostic, std::string_view source, bool colour) {
  constexpr std::size_t kLongest = 160;
  std::string out = render(diagnostic);
  const bool error = diagnostic.severity == Severity::error;
  if (colour) {
    const std::string_view word = error ? "error:" : "warning:";
    if (const auto at = out.find(word); at != std::string::npos)
      out.replace(at, word.size(), (error ? "\033[1;31m" : "\033[1;33m") + std::string{word} + "\033[0m");
  }
  const std::size_t column = diagnostic.place.column;
  if (source.find_first_not_of(" \t\r") == std::string_view::npos || source.size() > kLongest || column == 0 ||
      column > source.size() + 1) {
    return out;
  }
  const std::string number = std::to_string(diagnostic.place.line);
  const std::string shown = printable(source.substr(0, source.find('\r')));
  const std::string before = printable(source.substr(0, column - 1));
  // Bytes that continue a character take no place of their own.
  const auto width =
      std::ranges::count_if(before, [](char c) { return (static_cast<unsigned char>(c) & 0xC0U) != 0x80U; });
  const std::string caret = colour ? "\033[1;32m^\033[0m" : "^";
  const auto end_of_first = out.find('\n') + 1;
  out.insert(end_of_first, "  " + number + " | " + shown + "\n  " + std::string(number.size(), ' ') + " | " +
                               std::string(static_cast<std::size_t>(width), ' ') + caret + "\n");
  return out;
}

std::string render_named(const Diagnostics& diagnostics) {
  std::string out;
  for (const auto& it : diagnostics) out += rendered(it, true);
  return out;
}

std::string render(const Diagnostics& diagnostics) {
  std::string out;
  for (const auto& it : diagnostics) out += render(it);
  return out;
}

}  // namespace stack::compose
