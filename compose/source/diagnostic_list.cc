#include "compose/source/diagnostic_list.h"

#include <algorithm>
#include <map>

#include "compose/source/json_writer.h"
#include "compose/source/value.h"

namespace stack::compose {
namespace {

// The lines of the files that diagnostics point into, read once.
class FileLines {
 public:
  explicit FileLines(const std::function<std::optional<std::string>(const std::string&)>& text) : text_(text) {}

  std::string_view line(const std::string& file, std::uint32_t number) {
    auto [at, added] = files_.try_emplace(file);
    if (added) at->second = text_(file).value_or("");
    std::string_view rest = at->second;
    for (std::uint32_t i = 1; i < number && !rest.empty(); ++i) {
      const auto end = rest.find('\n');
      rest.remove_prefix(end == std::string_view::npos ? rest.size() : end + 1);
    }
    const auto found = rest.substr(0, rest.find('\n'));
    return found.ends_with('\r') ? found.substr(0, found.size() - 1) : found;
  }

 private:
  const std::function<std::optional<std::string>(const std::string&)>& text_;
  std::map<std::string, std::string> files_;
};

Value value_of(const Diagnostic& it, FileLines& lines) {
  Value::List related;
  for (const auto& other : it.related) {
    related.emplace_back(Value::Object{{"file", other.place.file},
                                       {"line", std::int64_t{other.place.line}},
                                       {"column", std::int64_t{other.place.column}},
                                       {"message", other.note}});
  }
  const auto end = it.place.line == 0 ? 0 : token_end(lines.line(it.place.file, it.place.line), it.place.column);
  return Value::Object{{"severity", it.severity == Severity::error ? "error" : "warning"},
                       {"name", it.code},
                       {"message", it.message},
                       {"hint", it.remedy},
                       {"path", it.path},
                       {"file", it.place.file},
                       {"line", std::int64_t{it.place.line}},
                       {"column", std::int64_t{it.place.column}},
                       {"end_line", std::int64_t{it.place.line}},
                       {"end_column", static_cast<std::int64_t>(end)},
                       {"related", std::move(related)}};
}

}  // namespace

std::size_t token_end(std::string_view line, std::size_t column) {
  if (column == 0 || column > line.size()) return column;
  const auto rest = line.substr(column - 1);
  const char first = rest.front();
  if (first == '"' || first == '\'') {
    for (std::size_t i = 1; i < rest.size(); ++i) {
      if (first == '"' && rest[i] == '\\') {
        ++i;
      } else if (rest[i] == first) {
        return column + i + 1;
      }
    }
    return line.size() + 1;
  }
  if (first == '[' || first == '{') return column + 1;
  const auto before = line.substr(0, column - 1);
  const bool flow = std::ranges::count_if(before, [](char c) { return c == '[' || c == '{'; }) >
                    std::ranges::count_if(before, [](char c) { return c == ']' || c == '}'; });
  std::size_t length = 0;
  for (; length < rest.size(); ++length) {
    const char c = rest[length];
    const bool blank_next = length + 1 == rest.size() || rest[length + 1] == ' ';
    if (c == ':' && blank_next) break;
    if (c == ' ' && length + 1 < rest.size() && rest[length + 1] == '#') break;
    if (flow && (c == ',' || c == ']' || c == '}')) break;
  }
  while (length > 0 && (rest[length - 1] == ' ' || rest[length - 1] == '\t')) --length;
  return column + length;
}

std::string diagnostics_json(const Diagnostics& diagnostics,
                             const std::function<std::optional<std::string>(const std::string& file)>& text) {
  FileLines lines{text};
  Value::List list;
  for (const auto& it : diagnostics) list.push_back(value_of(it, lines));
  return write_json(Value::Object{{"version", std::int64_t{1}}, {"diagnostics", std::move(list)}}, 2) + "\n";
}

}  // namespace stack::compose
