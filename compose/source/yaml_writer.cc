#include "compose/source/yaml_writer.h"

#include <algorithm>
#include <cmath>

#include "compose/source/yaml_scalar.h"

namespace stack::compose {
namespace {

class YamlWriter {
 public:
  std::string take() { return std::move(out_); }

  // Writes `value` behind "key:" or "-", which stand at `level`; the line is ended.
  void write(const Value& value, std::size_t level, bool after_key) {
    if (const auto* list = std::get_if<Value::List>(&value.data)) {
      if (list->empty()) return line(after_key, "[]");
      write_list(*list, after_key ? level + 1 : level, after_key);
    } else if (const auto* object = std::get_if<Value::Object>(&value.data)) {
      if (object->empty()) return line(after_key, "{}");
      write_object(*object, after_key ? level + 1 : level, after_key);
    } else if (const auto* text = std::get_if<std::string>(&value.data)) {
      write_string(*text, level, after_key);
    } else {
      line(after_key, scalar(value));
    }
  }

 private:
  void line(bool after_key, std::string_view text) {
    if (after_key) out_ += ' ';
    out_ += text;
    out_ += '\n';
  }

  // `fresh_line`: the members begin on a line of their own instead of behind a dash.
  void write_list(const Value::List& list, std::size_t level, bool fresh_line) {
    if (fresh_line) out_ += '\n';
    bool indent = fresh_line;
    for (const auto& item : list) {
      if (indent) out_.append(level * 2, ' ');
      indent = true;
      out_ += "- ";
      write(item, level + 1, false);
    }
  }

  void write_object(const Value::Object& object, std::size_t level, bool fresh_line) {
    if (fresh_line) out_ += '\n';
    bool indent = fresh_line;
    for (const auto& [key, value] : object) {
      if (indent) out_.append(level * 2, ' ');
      indent = true;
      write_key(key);
      out_ += ':';
      write(value, level, true);
    }
  }

  void write_key(const std::string& key) {
    switch (scalar_style(key, true)) {
      case ScalarStyle::plain:
        out_ += key;
        break;
      case ScalarStyle::single_quoted:
        out_ += single_quoted(key);
        break;
      default:
        out_ += double_quoted(key);
    }
  }

  void write_string(const std::string& text, std::size_t level, bool after_key) {
    switch (scalar_style(text, false)) {
      case ScalarStyle::plain:
        return line(after_key, text);
      case ScalarStyle::single_quoted:
        return line(after_key, single_quoted(text));
      case ScalarStyle::double_quoted:
        return line(after_key, double_quoted(text));
      case ScalarStyle::literal:
        break;
    }
    line(after_key, "|" + literal_header(text));
    const std::size_t indent = std::max<std::size_t>(1, after_key ? level + 1 : level) * 2;
    for (std::size_t start = 0; start < text.size();) {
      const auto end = std::min(text.find('\n', start), text.size());
      if (end > start) out_.append(indent, ' ').append(text, start, end - start);
      out_ += '\n';
      start = end + 1;
    }
  }

  static std::string scalar(const Value& value) {
    if (const auto* flag = std::get_if<bool>(&value.data)) return *flag ? "true" : "false";
    if (const auto* whole = std::get_if<std::int64_t>(&value.data)) return std::to_string(*whole);
    if (const auto* number = std::get_if<double>(&value.data)) {
      if (std::isnan(*number)) return ".nan";
      if (std::isinf(*number)) return *number < 0 ? "-.inf" : ".inf";
      if (*number == 0 && std::signbit(*number)) return "-0.0";  // "-0" is an integer
      return float_text(*number);
    }
    return "null";
  }

  std::string out_;
};

}  // namespace

std::string write_yaml(const Value& value) {
  YamlWriter writer;
  writer.write(value, 0, false);
  return writer.take();
}

}  // namespace stack::compose
