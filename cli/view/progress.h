// What an operation has told so far: one entry for each resource, in the order of their first report. A value; fold() is pure.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "base/clock.h"
#include "engine/api/backend.h"

namespace stack::cli {

struct Part {
  std::uint64_t current = 0, total = 0;  // bytes; total is 0 where it is not known
  bool over = false;
};

struct Resource {
  std::string id;              // "Container shop-web-1"
  std::string text;            // "Creating", "Created", ...; empty: nothing has happened yet
  std::string status;          // Pending, Working, Done, Warning, Error
  std::string details;         // of a warning or an error
  std::string waits_for;       // what it waits for now
  std::string last_text;       // with this the resource is finished; empty: with whatever is done
  std::string last_waits_for;  // what the step that leads there waits for
  std::string cause;           // why it is changed
  Mono since{}, until{};       // of what it does now: from its beginning to its end
  bool over = false;
  std::map<std::string, Part> parts;  // layers, in the order of their names
};

struct Progress {
  std::vector<Resource> resources;
  [[nodiscard]] std::size_t finished() const;
};

// A report of kind `progress`; others change nothing.
void fold(Progress& progress, const api::Report& report, Mono now);

}  // namespace stack::cli
