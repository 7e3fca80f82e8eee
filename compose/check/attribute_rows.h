// The rows of the attribute table, in the order of the specification. Only for attributes.cc.
#pragma once

#include <cstdint>
#include <span>

#include "compose/check/attribute_table.h"

namespace stack::compose {

// Rows that several attributes share.
enum class SharedPart : std::uint8_t { none, hook, device_request, ulimits, throttle, grant, update, own };

struct AttributeRow {
  std::string_view path;
  Kinds kinds = kAnything;
  Format format = Format::any;
  Merge merge = Merge::natural;
  Identity identity = Identity::none;
  Form form = Form::none;
  std::string_view words = {};
  std::string_view required = {};
  bool is_path = false;
  SharedPart part = SharedPart::none;
  Effect effect = {};
};

std::span<const AttributeRow> file_rows();     // everything but services
std::span<const AttributeRow> service_rows();  // relative to a service
std::span<const AttributeRow> build_rows();    // the same, build
std::span<const AttributeRow> deploy_rows();   // the same, deploy and develop
std::span<const AttributeRow> shared_rows(SharedPart part);

constexpr Kinds kValue = kScalars | kNull;

// Kinds of rows that occur often.
constexpr AttributeRow text(std::string_view path, std::string_view words = {}) {
  return {.path = path, .kinds = kText, .words = words};
}
constexpr AttributeRow file_path(std::string_view path) { return {.path = path, .kinds = kText, .is_path = true}; }
constexpr AttributeRow flag(std::string_view path) { return {.path = path, .kinds = kBool, .format = Format::boolean}; }
constexpr AttributeRow integer(std::string_view path) {
  return {.path = path, .kinds = kInt, .format = Format::integer};
}
constexpr AttributeRow natural(std::string_view path) {
  return {.path = path, .kinds = kInt, .format = Format::natural};
}
constexpr AttributeRow number(std::string_view path) {
  return {.path = path, .kinds = kInt | kNumber, .format = Format::number};
}
constexpr AttributeRow bytes(std::string_view path) {
  return {.path = path, .kinds = kInt | kText, .format = Format::bytes};
}
constexpr AttributeRow duration(std::string_view path) {
  return {.path = path, .kinds = kText, .format = Format::duration};
}
constexpr AttributeRow mapping(std::string_view path, std::string_view required = {}) {
  return {.path = path, .kinds = kMap, .required = required};
}
constexpr AttributeRow mapping_or_null(std::string_view path) { return {.path = path, .kinds = kMap | kNull}; }
constexpr std::string_view kOneMachine = "there is one machine";
// A row whose attribute does nothing here; see Effect.
constexpr AttributeRow idle(AttributeRow row, std::string_view reason, std::string_view harmless = {},
                            std::string_view prefix = {}) {
  row.effect = {reason, harmless, prefix};
  return row;
}
// A list whose items are distinguished by their value.
constexpr AttributeRow unique_texts(std::string_view path, Identity identity = Identity::value) {
  return {.path = path, .kinds = kList, .merge = Merge::unique, .identity = identity, .form = Form::texts};
}
constexpr AttributeRow texts(std::string_view path) { return {.path = path, .kinds = kList, .form = Form::texts}; }
constexpr AttributeRow text_or_texts(std::string_view path) {
  return {.path = path, .kinds = kText | kList, .form = Form::texts};
}
constexpr AttributeRow item(std::string_view path, Kinds kinds) { return {.path = path, .kinds = kinds}; }
constexpr AttributeRow assignments(std::string_view path, Form form = Form::assignments) {
  return {.path = path, .kinds = kList | kMap, .merge = Merge::assign, .form = form};
}
// Values that the user chooses, kept as text.
constexpr AttributeRow text_values(std::string_view path) {
  return {.path = path, .kinds = kMap, .form = Form::text_values};
}

}  // namespace stack::compose
