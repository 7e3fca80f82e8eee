#include <nlohmann/json.hpp>

#include "base/error.h"
#include "engine/fetch/fetched_record.h"

namespace stack::fetch {

using nlohmann::json;

namespace {

constexpr int kVersion = 1;

}  // namespace

std::string write_fetched_record(const FetchedRecord& record) {
  const json root{{"version", kVersion},
                  {"key", record.key},
                  {"description", record.description},
                  {"digest", record.digest},
                  {"etag", record.etag},
                  {"bytes", record.bytes},
                  {"created_ns", record.created.time_since_epoch().count()}};
  return root.dump(-1, ' ', false, json::error_handler_t::replace) + "\n";
}

FetchedRecord read_fetched_record(std::string_view text) {
  try {
    const json root = json::parse(text);
    if (root.at("version").get<int>() != kVersion)
      throw Error(ErrorKind::invalid, "the record was written by another version of stackd");
    return {.key = root.at("key").get<std::string>(),
            .description = root.at("description").get<std::string>(),
            .digest = root.at("digest").get<std::string>(),
            .etag = root.at("etag").get<std::string>(),
            .bytes = root.at("bytes").get<std::uint64_t>(),
            .created = Wall{Nanos{root.at("created_ns").get<std::int64_t>()}}};
  } catch (const json::exception& error) {
    throw Error(ErrorKind::invalid, std::string{"the record of a download is damaged: "} + error.what());
  }
}

}  // namespace stack::fetch
