#include "compose/check/json_schema.h"

#include "compose/check/attribute_table.h"
#include "compose/source/json_writer.h"
#include "compose/source/value.h"

namespace stack::compose {
namespace {

// What check_shape reads from text; variables may stand in all of it.
constexpr const char* kVariable = "\\$";
constexpr const char* kInteger = "^[+]?-?[0-9]+$|\\$";
constexpr const char* kNatural = "^[+]?[0-9]+$|^-0+$|\\$";
constexpr const char* kCount = "^all$|^[+]?-?[0-9]+$|\\$";
constexpr const char* kNumberText = "^-?([0-9]+[.]?[0-9]*|[.][0-9]+)([eE][-+]?[0-9]+)?$|\\$";
constexpr const char* kBytes =
    "^-1$|^-?0+$|^([0-9]+[.]?[0-9]*|[.][0-9]+)([eE][-+]?[0-9]+)? ?([bB]|[kKmMgGtTpP]([iI]?[bB])?)?$|\\$";
constexpr const char* kDuration = "^[-+]?(0|(([0-9]+[.]?[0-9]*|[.][0-9]+)(ns|us|\xC2\xB5s|ms|s|m|h|d|w))+)$|\\$";
constexpr const char* kMode = "^[0-7]+$|\\$";
constexpr const char* kBoolean =
    "^([tT][rR][uU][eE]|[fF][aA][lL][sS][eE]|[yY]([eE][sS])?|[nN][oO]?|[oO][nN]|[oO][fF][fF])$|\\$";
constexpr const char* kResourceName = "^[a-zA-Z0-9._-]+$";

const char* pattern_of(Format format) {
  switch (format) {
    case Format::boolean:
      return kBoolean;
    case Format::integer:
      return kInteger;
    case Format::natural:
      return kNatural;
    case Format::count:
      return kCount;
    case Format::number:
      return kNumberText;
    case Format::bytes:
      return kBytes;
    case Format::duration:
      return kDuration;
    case Format::mode:
      return kMode;
    case Format::any:
      break;
  }
  return nullptr;
}

Value::List split(std::string_view words) {
  Value::List out;
  while (!words.empty()) {
    const auto end = std::min(words.find('|'), words.size());
    out.emplace_back(std::string{words.substr(0, end)});
    words.remove_prefix(std::min(end + 1, words.size()));
  }
  return out;
}

bool names_resources(std::string_view path) {
  return path == "services" || path == "networks" || path == "volumes" || path == "secrets" || path == "configs" ||
         path == "models";
}

Value schema_of(const Attribute& attribute);

Value::Object text_schema(const Attribute& attribute) {
  Value::Object out{{"type", "string"}};
  if (!attribute.words.empty()) {
    return {{"anyOf", Value::List{Value::Object{{"enum", split(attribute.words)}},
                                  Value::Object{{"type", "string"}, {"pattern", kVariable}}}}};
  }
  if (const char* const pattern = pattern_of(attribute.format)) out.emplace_back("pattern", pattern);
  return out;
}

Value::Object mapping_schema(const Attribute& attribute) {
  Value::Object out{{"type", "object"}};
  Value::Object properties;
  for (const auto& [key, member] : attribute.members) properties.emplace_back(key, schema_of(*member));
  const bool closed = attribute.closed();
  if (!properties.empty()) out.emplace_back("properties", std::move(properties));
  if (closed) out.emplace_back("patternProperties", Value::Object{{"^x-", true}});
  if (names_resources(attribute.path)) out.emplace_back("propertyNames", Value::Object{{"pattern", kResourceName}});
  if (attribute.any) {
    out.emplace_back("additionalProperties", schema_of(*attribute.any));
  } else if (closed) {
    out.emplace_back("additionalProperties", false);
  }
  if (!attribute.required.empty()) out.emplace_back("required", split(attribute.required));
  return out;
}

Value::Object list_schema(const Attribute& attribute) {
  Value::Object out{{"type", "array"}};
  if (attribute.item) out.emplace_back("items", schema_of(*attribute.item));
  return out;
}

// What the attribute says of itself, for an editor to show.
void describe(const Attribute& attribute, Value::Object& out) {
  if (!attribute.effect.none.empty() && attribute.effect.prefix.empty()) {
    out.emplace_back("description", "No effect here: " + std::string{attribute.effect.none} + ".");
  }
  if (attribute.path == "version") {
    out.emplace_back("description", "Obsolete; remove it.");
    out.emplace_back("deprecated", true);
  }
}

Value schema_of(const Attribute& attribute) {
  if (attribute.kinds == kAnything && attribute.members.empty() && !attribute.any && !attribute.item) return true;
  Value::List forms;
  const Kinds kinds = attribute.kinds;
  if ((kinds & kNull) != 0) forms.emplace_back(Value::Object{{"type", "null"}});
  if ((kinds & kBool) != 0) forms.emplace_back(Value::Object{{"type", "boolean"}});
  if ((kinds & kNumber) != 0) {
    forms.emplace_back(Value::Object{{"type", "number"}});
  } else if ((kinds & kInt) != 0) {
    Value::Object form{{"type", "integer"}};
    if (attribute.format == Format::natural || attribute.format == Format::mode)
      form.emplace_back("minimum", std::int64_t{0});
    forms.emplace_back(std::move(form));
  }
  if ((kinds & kText) != 0 || attribute.format != Format::any) forms.emplace_back(text_schema(attribute));
  if ((kinds & kList) != 0) forms.emplace_back(list_schema(attribute));
  if ((kinds & kMap) != 0) forms.emplace_back(mapping_schema(attribute));
  Value::Object out;
  if (forms.size() == 1) {
    out = std::get<Value::Object>(std::move(forms.front().data));
  } else {
    out.emplace_back("anyOf", std::move(forms));
  }
  describe(attribute, out);
  return out;
}

}  // namespace

std::string compose_json_schema() {
  Value::Object out{
      {"$schema", "https://json-schema.org/draft/2020-12/schema"},
      {"title", "Compose file of stack"},
      {"description", "What stack accepts in compose.yaml. Made from its attribute table by: stack config --schema"}};
  for (auto& member : mapping_schema(compose_file())) out.push_back(std::move(member));
  return write_json(out, 1) + "\n";
}

}  // namespace stack::compose
