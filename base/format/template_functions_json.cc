#include "base/format/template_functions_json.h"

#include <algorithm>
#include <cctype>
#include <functional>
#include <map>
#include <optional>

#include "base/error.h"
#include "base/format/field_types.h"
#include "base/percent.h"

namespace stack::format {
namespace {

using Value = TemplateValue;
using Arguments = std::vector<Value>;

constexpr std::size_t kWidthMax = 1000;

[[noreturn]] void wrong(const std::string& name, const std::string& what) {
  throw Error(ErrorKind::invalid, name + " " + what);
}

std::string text_of(const std::string& name, const Value& value) {
  if (!value.is_string()) wrong(name, "needs text, not " + value.dump());
  return value.get<std::string>();
}
std::size_t count_of(const std::string& name, const Value& value) {
  if (!value.is_number_integer() || value.get<std::int64_t>() < 0) wrong(name, "needs a number that is not negative");
  return value.get<std::size_t>();
}

template <class F>
std::string mapped(std::string text, F change) {
  for (char& c : text) c = static_cast<char>(change(static_cast<unsigned char>(c)));
  return text;
}

std::string titled(std::string text) {
  bool begins = true;
  for (char& c : text) {
    if (begins) c = static_cast<char>(std::toupper(static_cast<unsigned char>(c)));
    begins = std::isspace(static_cast<unsigned char>(c)) != 0;
  }
  return text;
}

Value split(const std::string& text, const std::string& separator) {
  Value parts = Value::array();
  if (separator.empty()) {
    for (const char c : text) parts.push_back(std::string(1, c));
    return parts;
  }
  for (std::size_t at = 0;;) {
    const std::size_t end = text.find(separator, at);
    parts.push_back(text.substr(at, end - at));
    if (end == std::string::npos) return parts;
    at = end + separator.size();
  }
}

std::string joined(const Value& parts, const std::string& separator) {
  std::string text;
  for (const Value& part : parts) text += (text.empty() ? "" : separator) + printed(part);
  return text;
}

// -1, 0, 1.
int compare(const std::string& name, const Value& a, const Value& b) {
  if (a.is_number() && b.is_number()) {
    const double x = a.get<double>(), y = b.get<double>();
    return x < y ? -1 : x > y ? 1 : 0;
  }
  if (a.type() != b.type()) wrong(name, "compares values of different kinds: " + a.dump() + " and " + b.dump());
  return a < b ? -1 : b < a ? 1 : 0;
}

Value element(const Value& in, const Value& key) {
  if (in.is_object() && key.is_string()) {
    if (in.contains(key)) return in.at(key.get<std::string>());
    // In Go's map of texts, as labels are, what is not there is the empty text.
    const bool texts = std::all_of(in.begin(), in.end(), [](const Value& each) { return each.is_string(); });
    return texts ? Value("") : Value(nullptr);
  }
  if (in.is_array() && key.is_number_integer()) {
    const auto at = key.get<std::int64_t>();
    if (at < 0 || at >= static_cast<std::int64_t>(in.size())) wrong("index", "out of range: " + std::to_string(at));
    return in.at(static_cast<std::size_t>(at));
  }
  wrong("index", "cannot be taken of " + in.dump() + " by " + key.dump());
}

Value part(const Arguments& all) {
  const std::size_t size =
      all.front().is_string() ? all.front().get_ref<const std::string&>().size() : all.front().size();
  const std::size_t from = all.size() > 1 ? count_of("slice", all[1]) : 0;
  const std::size_t to = all.size() > 2 ? count_of("slice", all[2]) : size;
  if (from > to || to > size) wrong("slice", "is out of range");
  if (all.front().is_string()) return all.front().get<std::string>().substr(from, to - from);
  Value result = Value::array();
  for (std::size_t i = from; i < to; ++i) result.push_back(all.front().at(i));
  return result;
}

std::string padded(const std::string& text, std::size_t width, bool left) {
  const auto size = static_cast<std::size_t>(
      std::count_if(text.begin(), text.end(), [](char c) { return (static_cast<unsigned char>(c) & 0xc0) != 0x80; }));
  const std::string blanks(std::min(width, kWidthMax) > size ? std::min(width, kWidthMax) - size : 0, ' ');
  return left ? text + blanks : blanks + text;
}

// "%-12.4s": what stands between % and the verb.
struct FormatRule {
  bool left = false, zeros = false;
  std::size_t width = 0;
  std::optional<std::size_t> precision;  // characters of a text, digits behind the point
};

// The first characters of it, as many bytes as each has.
std::string beginning(const std::string& text, std::size_t characters) {
  std::size_t end = 0;
  for (; end < text.size(); ++end) {
    const bool begins = (static_cast<unsigned char>(text[end]) & 0xc0) != 0x80;
    if (begins && characters-- == 0) break;
  }
  return text.substr(0, end);
}

std::string with_digits(double value, std::size_t digits) {
  constexpr std::size_t kDigitsMax = 40;
  char text[400];
  std::snprintf(text, sizeof text, "%.*f", static_cast<int>(std::min(digits, kDigitsMax)), value);
  return text;
}

std::string one_format(const FormatRule& rule, char verb, const Value& value) {
  constexpr std::size_t kDigits = 6;
  const auto shortened = [&](const std::string& text) {
    return rule.precision ? beginning(text, *rule.precision) : text;
  };
  std::string text;
  if (verb == 'q') {
    text = value.is_string() ? Value(shortened(value.get<std::string>())).dump() : printed(value);
  } else if (verb == 'x' && value.is_number_integer()) {
    char digits[32];
    std::snprintf(digits, sizeof digits, "%llx", static_cast<unsigned long long>(value.get<std::int64_t>()));
    text = digits;
  } else if (value.is_string() && (verb == 's' || verb == 'v')) {
    text = shortened(value.get<std::string>());
  } else if (value.is_number() && (verb == 'f' || (verb == 'v' && rule.precision && value.is_number_float()))) {
    text = with_digits(value.get<double>(), rule.precision.value_or(kDigits));
  } else if ((verb == 'd' && value.is_number_integer()) || verb == 'v' || (verb == 't' && value.is_boolean()) ||
             (verb == 'g' && value.is_number())) {
    text = printed(value);
  } else {
    wrong("printf", std::string{"cannot show "} + value.dump() + " as %" + verb);
  }
  if (rule.zeros && !rule.left && value.is_number() && text.size() < rule.width) {
    return std::string(std::min(rule.width, kWidthMax) - text.size(), '0') + text;
  }
  return padded(text, rule.width, rule.left);
}

// A number at `i`, which is moved behind it.
std::size_t number_at(const std::string& format, std::size_t& i) {
  std::size_t number = 0;
  for (; i < format.size() && std::isdigit(static_cast<unsigned char>(format[i])) != 0; ++i) {
    number = std::min<std::size_t>(number * 10 + static_cast<std::size_t>(format[i] - '0'), kWidthMax);
  }
  return number;
}

std::string formatted(const Arguments& all) {
  const std::string format = text_of("printf", all.front());
  std::string out;
  std::size_t next = 1;
  for (std::size_t i = 0; i < format.size(); ++i) {
    if (format[i] != '%') {
      out += format[i];
      continue;
    }
    FormatRule rule;
    for (++i; i < format.size() && std::string_view{"-+ #0"}.find(format[i]) != std::string_view::npos; ++i) {
      rule.left = rule.left || format[i] == '-';
      rule.zeros = rule.zeros || format[i] == '0';
    }
    rule.width = number_at(format, i);
    if (i < format.size() && format[i] == '.') rule.precision = number_at(format, ++i);
    if (i >= format.size()) wrong("printf", "ends within %");
    if (format[i] == '%') {
      out += '%';
    } else if (next >= all.size()) {
      wrong("printf", "has too few values");
    } else {
      out += one_format(rule, format[i], all[next++]);
    }
  }
  return out;
}

std::string printed_together(const Arguments& all, bool line) {
  std::string out;
  for (std::size_t i = 0; i < all.size(); ++i) {
    const bool apart = i > 0 && (line || (!all[i].is_string() && !all[i - 1].is_string()));
    out += (apart ? " " : "") + printed(all[i]);
  }
  return line ? out + "\n" : out;
}

// As Go's template.HTMLEscapeString, JSEscapeString and url.QueryEscape.
std::string html_escaped(std::string_view text) {
  std::string out;
  for (const char c : text) {
    switch (c) {
      case '&':
        out += "&amp;";
        break;
      case '\'':
        out += "&#39;";
        break;
      case '"':
        out += "&#34;";
        break;
      case '<':
        out += "&lt;";
        break;
      case '>':
        out += "&gt;";
        break;
      default:
        out += c;
    }
  }
  return out;
}

std::string js_escaped(std::string_view text) {
  constexpr std::string_view kHex = "0123456789ABCDEF";
  std::string out;
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (c == '\\' || c == '\'' || c == '"') {
      out += {'\\', c};
    } else if (byte < 0x20 || c == '<' || c == '>' || c == '&' || c == '=') {
      out += "\\u00";
      out += {kHex[byte >> 4U], kHex[byte & 15U]};
    } else {
      out += c;
    }
  }
  return out;
}

std::string query_escaped(std::string_view text) {
  std::string out = percent_encode(text, [](char c) { return c == ' ' || is_unreserved(c); });
  std::ranges::replace(out, ' ', '+');
  return out;
}

struct Function {
  std::size_t least, most;  // arguments
  std::function<Value(const std::string& name, const Arguments&)> call;
};

// Table: every function of templates.
const std::map<std::string, Function>& functions() {
  constexpr std::size_t kAny = 100;
  using Name = const std::string&;
  using All = const Arguments&;
  static const std::map<std::string, Function> kAll{
      {"json", {1, 1, [](Name, All a) { return a[0].dump(-1, ' ', false, Value::error_handler_t::replace); }}},
      {"upper", {1, 1, [](Name n, All a) { return mapped(text_of(n, a[0]), ::toupper); }}},
      {"lower", {1, 1, [](Name n, All a) { return mapped(text_of(n, a[0]), ::tolower); }}},
      {"title", {1, 1, [](Name n, All a) { return titled(text_of(n, a[0])); }}},
      {"split", {2, 2, [](Name n, All a) { return split(text_of(n, a[0]), text_of(n, a[1])); }}},
      {"join", {2, 2, [](Name n, All a) { return joined(a[0], text_of(n, a[1])); }}},
      {"truncate", {2, 2, [](Name n, All a) { return text_of(n, a[0]).substr(0, count_of(n, a[1])); }}},
      {"pad",
       {3, 3,
        [](Name n, All a) {
          const std::string text = text_of(n, a[0]);
          if (text.empty()) return text;
          return std::string(std::min(count_of(n, a[1]), kWidthMax), ' ') + text +
                 std::string(std::min(count_of(n, a[2]), kWidthMax), ' ');
        }}},
      {"len",
       {1, 1,
        [](Name n, All a) -> Value {
          if (a[0].is_string()) return a[0].get_ref<const std::string&>().size();
          if (!a[0].is_structured()) wrong(n, "cannot be taken of " + a[0].dump());
          return a[0].size();
        }}},
      {"index",
       {1, kAny,
        [](Name, All a) {
          Value value = a[0];
          for (std::size_t i = 1; i < a.size(); ++i) value = element(Value(value), a[i]);
          return value;
        }}},
      {"slice", {1, 3, [](Name, All a) { return part(a); }}},
      {"print", {0, kAny, [](Name, All a) { return printed_together(a, false); }}},
      {"println", {0, kAny, [](Name, All a) { return printed_together(a, true); }}},
      {"html", {0, kAny, [](Name, All a) { return html_escaped(printed_together(a, false)); }}},
      {"js", {0, kAny, [](Name, All a) { return js_escaped(printed_together(a, false)); }}},
      {"urlquery", {0, kAny, [](Name, All a) { return query_escaped(printed_together(a, false)); }}},
      {"printf", {1, kAny, [](Name, All a) { return formatted(a); }}},
      {"eq",
       {2, kAny,
        [](Name n, All a) -> Value {
          return std::any_of(a.begin() + 1, a.end(), [&](const Value& other) { return compare(n, a[0], other) == 0; });
        }}},
      {"ne", {2, 2, [](Name n, All a) -> Value { return compare(n, a[0], a[1]) != 0; }}},
      {"lt", {2, 2, [](Name n, All a) -> Value { return compare(n, a[0], a[1]) < 0; }}},
      {"le", {2, 2, [](Name n, All a) -> Value { return compare(n, a[0], a[1]) <= 0; }}},
      {"gt", {2, 2, [](Name n, All a) -> Value { return compare(n, a[0], a[1]) > 0; }}},
      {"ge", {2, 2, [](Name n, All a) -> Value { return compare(n, a[0], a[1]) >= 0; }}},
      {"not", {1, 1, [](Name, All a) -> Value { return !holds(a[0]); }}},
      {"and",
       {1, kAny,
        [](Name, All a) {
          const auto first = std::find_if_not(a.begin(), a.end(), holds);
          return first == a.end() ? a.back() : *first;
        }}},
      {"or", {1, kAny, [](Name, All a) {
                const auto first = std::find_if(a.begin(), a.end(), holds);
                return first == a.end() ? a.back() : *first;
              }}}};
  return kAll;
}

}  // namespace

bool has_fields(const Value& object) {
  return !object.empty() && std::all_of(object.items().begin(), object.items().end(), [](const auto& item) {
    return !item.key().empty() && item.key().front() >= 'A' && item.key().front() <= 'Z';
  });
}

namespace {

// `type`: of the field that has the value, where that is known.
std::string printed_as(const Value& value, std::optional<FieldType> type) {
  if (value.is_string()) return value.get<std::string>();
  if (value.is_null()) return type && *type != FieldType::pointer ? printed_as(empty_of(*type), type) : "<nil>";
  if (value.is_discarded()) return "<no value>";
  std::string text;
  if (value.is_array()) {
    for (const Value& item : value) text += (text.empty() ? "" : " ") + printed_as(item, std::nullopt);
    return "[" + text + "]";
  }
  if (value.is_object()) {
    const bool fields = has_fields(value) && type != FieldType::map;
    for (const auto& item : value.items()) {
      text += (text.empty() ? "" : " ") + (fields ? "" : item.key() + ":");
      text += printed_as(item.value(), fields ? std::optional{type_of_null(item.key())} : std::nullopt);
    }
    return fields ? "{" + text + "}" : "map[" + text + "]";
  }
  return value.dump();
}

}  // namespace

std::string printed(const Value& value) { return printed_as(value, std::nullopt); }

bool holds(const Value& value) {
  if (value.is_string()) return !value.get_ref<const std::string&>().empty();
  if (value.is_structured()) return !value.empty();
  if (value.is_boolean()) return value.get<bool>();
  if (value.is_number()) return value.get<double>() != 0;
  return false;
}

void check_template_function(const std::string& name) {
  if (functions().contains(name)) return;
  std::string known;
  for (const auto& [other, function] : functions()) known += (known.empty() ? "" : ", ") + other;
  throw Error(ErrorKind::invalid, "there is no function " + name).remedy("the functions are " + known);
}

Value call_template_function(const std::string& name, const Arguments& arguments) {
  check_template_function(name);
  const Function& function = functions().at(name);
  if (arguments.size() < function.least || arguments.size() > function.most)
    wrong(name, "is given " + std::to_string(arguments.size()) + " arguments");
  return function.call(name, arguments);
}

}  // namespace stack::format
