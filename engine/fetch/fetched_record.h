// One thing that was fetched, as the store remembers it. As JSON on disk.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/clock.h"

namespace stack::fetch {

struct FetchedRecord {
  std::string key;          // what was asked for, as a digest: it may hold a password
  std::string description;  // the same for people, without user and password
  std::string digest;       // of a file "sha256:<64 hex>", of a repository its commit
  std::string etag;         // with which the server says whether it has changed; empty: it cannot say so
  std::uint64_t bytes = 0;
  Wall created{};
  bool operator==(const FetchedRecord&) const = default;
};

std::string write_fetched_record(const FetchedRecord& record);
// Throws stack::Error(invalid).
FetchedRecord read_fetched_record(std::string_view text);

}  // namespace stack::fetch
