// The options of logging drivers: which there are, what they ask for, and which values are refused.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "base/model/container_spec.h"

namespace stack::model {

// What is to be said about one option.
struct LogOptionRemark {
  std::string name;
  std::string fault;      // why it is refused, with what would be right; empty: it is not
  std::string no_effect;  // why it changes nothing here; empty: it does, or it asks for what happens anyway
};

// Of a driver ("json-file", "local", "none", one of sends_log() or "", which is json-file); nothing for options that are right.
std::vector<LogOptionRemark> judge_log_options(std::string_view driver,
                                               const std::map<std::string, std::string>& options);

// How a log is written.
struct LogSettings {
  std::uint64_t max_bytes = 20'000'000;  // of one file
  std::uint32_t max_files = 5;
  bool compress = false;           // files that are full
  std::uint64_t buffer_bytes = 0;  // between a container that does not wait and the disk; 0: it waits
  bool operator==(const LogSettings&) const = default;
};

// Of options that judge_log_options does not refuse. The driver local compresses unless told otherwise, as Docker's does; json-file has the
// same bounds, where Docker's grows for ever.
LogSettings log_settings(const LogConfig& log);

}  // namespace stack::model
