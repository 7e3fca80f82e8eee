#include "engine/api/json_text.h"

#include <rapidjson/stringbuffer.h>
#include <rapidjson/writer.h>

#include "base/utf8.h"

namespace stack::api {
namespace {

constexpr std::string_view kReplacement = "\xEF\xBF\xBD";

std::string replaced(std::string_view text) {
  std::string whole;
  while (!text.empty()) {
    const std::size_t right = std::min(first_not_utf8(text), text.size());
    whole += text.substr(0, right);
    if (right < text.size()) whole += kReplacement;
    text.remove_prefix(std::min(right + 1, text.size()));
  }
  return whole;
}

rapidjson::SizeType length_of(std::string_view text) { return static_cast<rapidjson::SizeType>(text.size()); }

}  // namespace

struct JsonText::Writer {
  rapidjson::StringBuffer buffer;
  rapidjson::Writer<rapidjson::StringBuffer> to{buffer};
};

JsonText::JsonText() : writer_(std::make_unique<Writer>()) {}
JsonText::~JsonText() = default;

std::string JsonText::take() const { return {writer_->buffer.GetString(), writer_->buffer.GetSize()}; }

void JsonText::value(std::nullptr_t) { writer_->to.Null(); }
void JsonText::value(std::string_view text) {
  if (first_not_utf8(text) != std::string_view::npos) return value(replaced(text));
  writer_->to.String(text.empty() ? "" : text.data(), length_of(text));
}
void JsonText::name(std::string_view text) { value(text); }
void JsonText::boolean(bool truth) { writer_->to.Bool(truth); }
void JsonText::whole(std::int64_t number) { writer_->to.Int64(number); }
void JsonText::natural(std::uint64_t number) { writer_->to.Uint64(number); }
void JsonText::begin_object() { writer_->to.StartObject(); }
void JsonText::end_object() { writer_->to.EndObject(); }
void JsonText::begin_array() { writer_->to.StartArray(); }
void JsonText::end_array() { writer_->to.EndArray(); }

}  // namespace stack::api
