#include "cli/commands/flag_values.h"

#include <algorithm>
#include <array>
#include <cerrno>
#include <charconv>
#include <cstdlib>
#include <sstream>

#include "base/bytes.h"
#include "base/duration.h"
#include "base/given_file.h"
#include "cli/commands/flag_error.h"

namespace stack::cli {
namespace {

constexpr std::int64_t kBillion = 1'000'000'000;
constexpr std::size_t kBillionDigits = 9;

bool is_blank(char c) { return c == ' ' || c == '\t' || c == '\r'; }

// A line of a file of variables. Nothing for comments, empty lines and variables that are not set.
std::optional<std::string> variable_line(const std::string& path, std::string line) {
  while (!line.empty() && (line.back() == '\r' || line.back() == '\n')) line.pop_back();
  line.erase(0, static_cast<std::size_t>(std::find_if_not(line.begin(), line.end(), is_blank) - line.begin()));
  if (line.empty() || line.front() == '#') return {};
  const std::size_t equals = line.find('=');
  const std::string name = line.substr(0, equals);
  if (name.empty())
    throw Error(ErrorKind::invalid, "invalid env file (" + path + "): no variable name on line '" + line + "'");
  if (std::any_of(name.begin(), name.end(), is_blank))
    throw Error(ErrorKind::invalid, "invalid env file (" + path + "): variable '" + name + "' contains whitespaces");
  if (equals != std::string::npos) return line;
  const char* value = std::getenv(name.c_str());
  if (value == nullptr) return {};
  return name + "=" + value;
}

// One field of a line of CSV; `at` moves behind its comma.
std::string csv_field(const char* flag, const std::string& text, std::size_t& at) {
  std::string field;
  if (at < text.size() && text[at] == '"') {
    for (++at; at < text.size(); ++at) {
      if (text[at] != '"') {
        field += text[at];
      } else if (at + 1 < text.size() && text[at + 1] == '"') {
        field += text[at++];
      } else {
        break;
      }
    }
    if (at >= text.size() || (at + 1 < text.size() && text[at + 1] != ','))
      throw FlagError(
          flag, text,
          "parse error on line 1, column " + std::to_string(at + 1) + ": extraneous or missing \" in quoted-field");
    at += 2;
    return field;
  }
  const std::size_t end = std::min(text.find(',', at), text.size());
  field = text.substr(at, end - at);
  at = end + 1;
  return field;
}

// As Go's time package says it.
std::string mistake_in_duration(std::string_view text) {
  constexpr std::array<std::string_view, 8> kUnits{"ns", "us", "\xc2\xb5s", "\xce\xbcs", "ms", "s", "m", "h"};
  constexpr std::string_view kDigits = "0123456789";
  if (text.starts_with('-') || text.starts_with('+')) text.remove_prefix(1);
  if (text.find_first_of(kDigits) != 0) return "invalid";
  while (!text.empty()) {
    const std::size_t unit = text.find_first_not_of("0123456789.");
    if (unit == std::string_view::npos) return "missing unit in";
    if (unit == 0) return "invalid";
    const std::size_t next = std::min(text.find_first_of("0123456789.", unit), text.size());
    const std::string_view word = text.substr(unit, next - unit);
    if (std::ranges::find(kUnits, word) == kUnits.end()) return "unknown unit \"" + std::string{word} + "\" in";
    text.remove_prefix(next);
  }
  return "invalid";
}

}  // namespace

std::int64_t bytes_of_flag(const char* flag, const std::string& text) {
  const auto bytes = parse_bytes(text);
  const bool unlimited = std::string_view{flag} == "memory-swap";
  if (!bytes || (*bytes < 0 && !unlimited)) throw FlagError(flag, text, "invalid size: '" + text + "'");
  return *bytes;
}

std::int64_t integer_of_flag(const char* flag, const std::string& text) {
  std::int64_t number = 0;
  const char* begin = text.data() + (text.starts_with('+') ? 1 : 0);
  const char* end = text.data() + text.size();
  const auto [stop, error] = std::from_chars(begin, end, number);
  if (error == std::errc::result_out_of_range)
    throw FlagError(flag, text, "strconv.ParseInt: parsing \"" + text + "\": value out of range");
  if (error != std::errc{} || stop != end)
    throw FlagError(flag, text, "strconv.ParseInt: parsing \"" + text + "\": invalid syntax");
  return number;
}

std::int64_t duration_of_flag(const char* flag, const std::optional<std::string>& text) {
  if (!text) return 0;
  const auto duration = parse_duration(*text);
  if (duration) return duration->count();
  throw FlagError(flag, *text, "time: " + mistake_in_duration(*text) + " duration \"" + *text + "\"");
}

std::int64_t cpus_of_flag(const std::string& text) {
  const auto fail = [&](const std::string& why) { return FlagError("cpus", text, why); };
  const std::size_t sign = text.starts_with('-') || text.starts_with('+') ? 1 : 0;  // the engine refuses negative ones
  const std::size_t point = std::min(text.find('.'), text.size());
  const std::string whole = text.substr(sign, point - sign);
  std::string fraction = point == text.size() ? "" : text.substr(point + 1);
  while (!fraction.empty() && fraction.back() == '0') fraction.pop_back();
  const std::string digits = whole + fraction;
  const bool some =
      digits.find_first_not_of("0123456789") == std::string::npos && text.substr(sign) != "." && text.size() > sign;
  if (!some || whole.size() > kBillionDigits) throw fail("failed to parse " + text + " as a rational number");
  if (fraction.size() > kBillionDigits) throw fail("value is too precise");
  fraction.resize(kBillionDigits, '0');
  const std::int64_t billionths = (whole.empty() ? 0 : std::stoll(whole)) * kBillion + std::stoll(fraction);
  return text.starts_with('-') ? -billionths : billionths;
}

std::vector<std::string> environment_of(const std::vector<std::string>& words) {
  std::vector<std::string> result;
  for (const std::string& word : words) {
    if (word.empty() || word.front() == '=') throw FlagError("env", word, "invalid environment variable: " + word);
    const char* value = word.find('=') == std::string::npos ? std::getenv(word.c_str()) : nullptr;
    result.push_back(value == nullptr ? word : word + "=" + value);
  }
  return result;
}

std::vector<std::string> lines_of_files(const std::vector<std::string>& files) {
  std::vector<std::string> lines;
  for (const std::string& path : files) {
    const auto text = read_given_file(path);
    if (!text) throw Error::from_errno(ENOENT, "open " + path);
    std::istringstream file{*text};
    for (std::string line; std::getline(file, line);) {
      if (auto variable = variable_line(path, line)) lines.push_back(std::move(*variable));
    }
  }
  return lines;
}

std::map<std::string, std::string> labels_of(const std::vector<std::string>& words) {
  std::map<std::string, std::string> labels;
  for (const std::string& word : words) {
    const std::size_t equals = std::min(word.find('='), word.size());
    if (equals == 0) throw FlagError("label", word, "invalid label '" + word + "': empty name");
    const std::string name = word.substr(0, equals);
    if (std::ranges::any_of(name, is_blank))
      throw FlagError("label", word, "label '" + name + "' contains whitespaces");
    labels[name] = equals == word.size() ? "" : word.substr(equals + 1);
  }
  return labels;
}

std::vector<Field> fields_of_flag(const char* flag, const std::string& text) {
  std::vector<Field> fields;
  for (std::size_t at = 0; at < text.size();) {
    const std::string word = csv_field(flag, text, at);
    const std::size_t equals = std::min(word.find('='), word.size());
    Field& field = fields.emplace_back();
    field.key = word.substr(0, equals);
    std::transform(field.key.begin(), field.key.end(), field.key.begin(),
                   [](char c) { return static_cast<char>(c >= 'A' && c <= 'Z' ? c - 'A' + 'a' : c); });
    field.assigned = equals != word.size();
    if (field.assigned) field.value = word.substr(equals + 1);
  }
  return fields;
}

bool truth_of_field(const char* flag, const std::string& text, const Field& field) {
  const std::string& value = field.value;
  if (!field.assigned || value == "1" || value == "t" || value == "true" || value == "T" || value == "TRUE" ||
      value == "True")
    return true;
  if (value == "0" || value == "f" || value == "false" || value == "F" || value == "FALSE" || value == "False")
    return false;
  throw FlagError(flag, text,
                  "invalid value for '" + field.key + "': invalid boolean value (\"" + value +
                      "\"): must be one of \"true\", \"1\", \"false\", or \"0\" (default \"true\")");
}

}  // namespace stack::cli
