#include <nlohmann/json.hpp>

#include "base/error.h"
#include "base/model/reference.h"
#include "base/thrown.h"
#include "engine/build/cache_record.h"

namespace stack::build {
namespace {

using nlohmann::json;

constexpr int kVersion = 1;

Wall moment(const json& value) { return Wall{Nanos{value.get<std::int64_t>()}}; }

std::string digest(const json& value) {
  auto text = value.get<std::string>();
  if (!model::is_digest(text)) throw Error(ErrorKind::invalid, "\"" + text.substr(0, 100) + "\" is not a digest");
  return text;
}

}  // namespace

std::string write_cache_record(const CacheRecord& record) {
  json parts = json::array();
  for (const KeyPart& part : record.parts) parts.push_back({part.name, part.value});
  const json root{{"version", kVersion},
                  {"key", record.key},
                  {"definition", record.definition},
                  {"slot", record.slot},
                  {"description", record.description},
                  {"layers", record.layers},
                  {"bytes", record.bytes},
                  {"created_ns", record.created.time_since_epoch().count()},
                  {"last_used_ns", record.last_used.time_since_epoch().count()},
                  {"uses", record.uses},
                  {"parts", parts},
                  {"files", record.files}};
  return root.dump(-1, ' ', false, json::error_handler_t::replace) + "\n";
}

CacheRecord read_cache_record(std::string_view text) {
  try {
    const json root = json::parse(text);
    if (root.at("version").get<int>() != kVersion)
      throw Error(ErrorKind::invalid, "the record was written by another version of stackd");
    CacheRecord record{.key = digest(root.at("key")),
                       .definition = root.value("definition", ""),
                       .slot = root.at("slot").get<std::string>(),
                       .description = root.at("description").get<std::string>(),
                       .layers = {},
                       .bytes = root.at("bytes").get<std::uint64_t>(),
                       .created = moment(root.at("created_ns")),
                       .last_used = moment(root.at("last_used_ns")),
                       .uses = root.at("uses").get<int>(),
                       .parts = {},
                       .files = root.at("files").get<ListedFiles>()};
    for (const json& layer : root.at("layers")) record.layers.push_back(digest(layer));
    for (const json& part : root.at("parts"))
      record.parts.push_back({part.at(0).get<std::string>(), part.at(1).get<std::string>()});
    if (record.layers.empty()) throw Error(ErrorKind::invalid, "the record names no layer");
    return record;
  } catch (const json::exception& e) {
    throw Error(ErrorKind::invalid, "the record is damaged: " + std::string{json_reason(e)});
  }
}

}  // namespace stack::build
