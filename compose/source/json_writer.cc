#include "compose/source/json_writer.h"

#include <charconv>
#include <cmath>

#include "base/utf8.h"

namespace stack::compose {
namespace {

class JsonWriter {
 public:
  explicit JsonWriter(unsigned indent) : indent_(indent) {}
  std::string take() { return std::move(out_); }

  void write(const Value& value, std::size_t level) {
    if (const auto* list = std::get_if<Value::List>(&value.data)) {
      open('[');
      for (std::size_t i = 0; i < list->size(); ++i) {
        separate(i, level + 1);
        write((*list)[i], level + 1);
      }
      close(']', list->empty(), level);
    } else if (const auto* object = std::get_if<Value::Object>(&value.data)) {
      open('{');
      for (std::size_t i = 0; i < object->size(); ++i) {
        separate(i, level + 1);
        write_string((*object)[i].first);
        out_ += indent_ > 0 ? ": " : ":";
        write((*object)[i].second, level + 1);
      }
      close('}', object->empty(), level);
    } else if (const auto* text = std::get_if<std::string>(&value.data)) {
      write_string(*text);
    } else if (const auto* flag = std::get_if<bool>(&value.data)) {
      out_ += *flag ? "true" : "false";
    } else if (const auto* whole = std::get_if<std::int64_t>(&value.data)) {
      out_ += std::to_string(*whole);
    } else if (const auto* number = std::get_if<double>(&value.data)) {
      write_number(*number);
    } else {
      out_ += "null";
    }
  }

 private:
  void open(char bracket) { out_ += bracket; }
  void separate(std::size_t index, std::size_t level) {
    if (index > 0) out_ += ',';
    if (indent_ > 0) out_.append(1, '\n').append(level * indent_, ' ');
  }
  void close(char bracket, bool empty, std::size_t level) {
    if (indent_ > 0 && !empty) out_.append(1, '\n').append(level * indent_, ' ');
    out_ += bracket;
  }

  void write_number(double number) {
    if (!std::isfinite(number)) return write_string(float_text(number));  // JSON has no such numbers
    char buffer[400];
    const double size = std::fabs(number);
    const bool plain = size == 0 || (size >= 1e-6 && size < 1e21);
    const auto end = std::to_chars(std::begin(buffer), std::end(buffer), number,
                                   plain ? std::chars_format::fixed : std::chars_format::scientific);
    out_.append(buffer, end.ptr);
  }

  void write_string(std::string_view text) {
    constexpr char kDigits[] = "0123456789abcdef";
    out_ += '"';
    for (std::size_t i = 0; i < text.size();) {
      const std::size_t length = utf8_length(text, i);
      const char c = text[i];
      if (length == 0) {
        out_ += "\xEF\xBF\xBD";
      } else if (text.substr(i, length) == "\xE2\x80\xA8" || text.substr(i, length) == "\xE2\x80\xA9") {
        out_ += text[i + 2] == '\xA8' ? "\\u2028" : "\\u2029";
      } else if (length > 1) {
        out_.append(text, i, length);
      } else if (c == '"' || c == '\\') {
        out_ += '\\';
        out_ += c;
      } else if (static_cast<unsigned char>(c) >= 0x20 && c != '<' && c != '>' && c != '&') {
        out_ += c;
      } else {
        constexpr std::string_view kNamed = "\b\f\n\r\t", kNames = "bfnrt";
        const auto named = kNamed.find(c);
        out_ += '\\';
        if (named != std::string_view::npos) {
          out_ += kNames[named];
        } else {
          out_ += "u00";
          out_ += kDigits[static_cast<unsigned char>(c) >> 4U];
          out_ += kDigits[static_cast<unsigned char>(c) & 15U];
        }
      }
      i += length == 0 ? 1 : length;
    }
    out_ += '"';
  }

  unsigned indent_;
  std::string out_;
};

}  // namespace

std::string write_json(const Value& value, unsigned indent) {
  JsonWriter writer{indent};
  writer.write(value, 0);
  return writer.take();
}

}  // namespace stack::compose
