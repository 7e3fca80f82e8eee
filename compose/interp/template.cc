#include "compose/interp/template.h"

namespace stack::compose {
namespace {

constexpr int kMaxDepth = 100;
constexpr std::size_t kMaxOutput = std::size_t{16} << 20U;

bool name_start(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_'; }
bool name_part(char c) { return name_start(c) || (c >= '0' && c <= '9'); }

std::size_t name_length(std::string_view text) {
  if (text.empty() || !name_start(text.front())) return 0;
  std::size_t length = 1;
  while (length < text.size() && name_part(text[length])) ++length;
  return length;
}

// `${...}` taken apart.
struct Expression {
  std::string_view name, operation, operand;
};

// The index of the brace that closes the one before `text`, or npos.
std::size_t closing_brace(std::string_view text) {
  std::size_t open = 1;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '{') ++open;
    if (text[i] == '}' && --open == 0) return i;
  }
  return std::string_view::npos;
}

std::optional<Expression> parse_expression(std::string_view inside) {
  Expression parsed;
  parsed.name = inside.substr(0, name_length(inside));
  if (parsed.name.empty()) return std::nullopt;
  auto rest = inside.substr(parsed.name.size());
  if (rest.empty()) return parsed;
  constexpr std::string_view kOperators = "-?+";
  const std::size_t length = rest.front() == ':' ? 2 : 1;
  if (rest.size() < length || kOperators.find(rest[length - 1]) == std::string_view::npos) return std::nullopt;
  parsed.operation = rest.substr(0, length);
  parsed.operand = rest.substr(length);
  return parsed;
}

class Interpolation {
 public:
  Interpolation(const Lookup& lookup, Interpolated& result) : lookup_(lookup), result_(result) {}

  // Adds the meaning of `text` to `out`; false after an error.
  bool expand(std::string_view text, std::string& out, int depth) {
    if (depth > kMaxDepth) return fail("defaults are nested too deep", "");
    while (!text.empty()) {
      const auto dollar = text.find('$');
      out += text.substr(0, dollar);
      if (dollar == std::string_view::npos) break;
      text.remove_prefix(dollar + 1);
      if (text.starts_with('$')) {
        out += '$';
        text.remove_prefix(1);
      } else if (text.starts_with('{')) {
        const auto end = closing_brace(text.substr(1));
        const auto inside = text.substr(1, end);
        const auto parsed = end == std::string_view::npos ? std::nullopt : parse_expression(inside);
        if (!parsed) return malformed(text, end);
        text.remove_prefix(end + 2);
        if (!evaluate(*parsed, out, depth)) return false;
      } else if (const auto length = name_length(text); length > 0) {
        put(text.substr(0, length), out);
        text.remove_prefix(length);
      } else {
        out += '$';
      }
      if (out.size() > kMaxOutput) return fail("the text becomes too large when its variables are put in", "");
    }
    return true;
  }

 private:
  using Part = VariableTaken::Part;

  void take(std::string_view name, Part part) { result_.taken.push_back({std::string{name}, part}); }

  bool fail(std::string message, std::string remedy) {
    result_.error = std::move(message);
    result_.remedy = std::move(remedy);
    return false;
  }

  bool malformed(std::string_view text, std::size_t end) {
    constexpr std::size_t kShown = 40;
    const std::size_t length = end == std::string_view::npos ? text.size() : end + 2;
    const bool cut = length > kShown;
    return fail("\"$" + std::string{text.substr(0, cut ? kShown : length)} + (cut ? "..." : "") +
                    "\" is not a valid variable expression",
                "write $$ for a dollar sign itself");
  }

  void put(std::string_view name, std::string& out) {
    if (auto value = lookup_(name)) {
      take(name, Part::value);
      out += *value;
    } else {
      take(name, Part::nothing);
      result_.unset.emplace_back(name);
    }
  }

  bool evaluate(const Expression& it, std::string& out, int depth) {
    if (it.operation.empty()) {
      put(it.name, out);
      return true;
    }
    const auto value = lookup_(it.name);
    const bool present = value && (it.operation.size() == 1 || !value->empty());
    switch (it.operation.back()) {
      case '-':
        take(it.name, present ? Part::value : Part::default_text);
        if (!present) return expand(it.operand, out, depth + 1);
        out += *value;
        return true;
      case '+':
        take(it.name, present ? Part::alternate_text : Part::nothing);
        return !present || expand(it.operand, out, depth + 1);
      default:
        break;
    }
    if (present) {
      take(it.name, Part::value);
      out += *value;
      return true;
    }
    std::string message;
    if (!expand(it.operand, message, depth + 1)) return false;
    const std::string name{it.name};
    const bool says_it = message.find("set " + name) != std::string::npos;
    return fail("the required variable " + name + " has no value" + (message.empty() ? "" : ": " + message),
                (says_it ? "variables come from" : "set " + name + " in") + std::string{" the environment or"} +
                    (says_it ? " from .env" : " in .env"));
  }

  const Lookup& lookup_;
  Interpolated& result_;
};

void collect(std::string_view text, std::vector<VariableUse>& uses, int depth) {
  while (depth <= kMaxDepth) {
    const auto dollar = text.find('$');
    if (dollar == std::string_view::npos) return;
    text.remove_prefix(dollar + 1);
    if (text.starts_with('$')) {
      text.remove_prefix(1);
    } else if (text.starts_with('{')) {
      const auto end = closing_brace(text.substr(1));
      if (end == std::string_view::npos) return;
      if (const auto parsed = parse_expression(text.substr(1, end))) {
        VariableUse use{std::string{parsed->name}, false, "", ""};
        const char kind = parsed->operation.empty() ? ' ' : parsed->operation.back();
        use.required = kind == '?';
        if (kind == '-') use.default_value = parsed->operand;
        if (kind == '+') use.alternate_value = parsed->operand;
        uses.push_back(std::move(use));
        collect(parsed->operand, uses, depth + 1);
      }
      text.remove_prefix(end + 2);
    } else if (const auto length = name_length(text); length > 0) {
      uses.push_back({std::string{text.substr(0, length)}, false, "", ""});
      text.remove_prefix(length);
    }
  }
}

}  // namespace

Interpolated interpolate(std::string_view text, const Lookup& lookup) {
  Interpolated result;
  std::string out;
  Interpolation{lookup, result}.expand(text, out, 0);
  result.text = std::move(out);
  return result;
}

std::vector<VariableUse> variables_in(std::string_view text) {
  std::vector<VariableUse> uses;
  collect(text, uses, 0);
  return uses;
}

}  // namespace stack::compose
