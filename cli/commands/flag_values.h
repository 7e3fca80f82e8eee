// The values of Docker's flags, as its own client reads them. Pure but for files and variables of the environment that flags name.
// Throws FlagError, which names the flag and the value.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace stack::cli {

// "512m" in bytes; of memory-swap -1 as well, for no limit.
std::int64_t bytes_of_flag(const char* flag, const std::string& text);
std::int64_t integer_of_flag(const char* flag, const std::string& text);
// "1m30s" in nanoseconds; 0 without a value.
std::int64_t duration_of_flag(const char* flag, const std::optional<std::string>& text);
// "1.5" processors in billionths.
std::int64_t cpus_of_flag(const std::string& text);

// NAME=VALUE as it stands, NAME with its value of this environment, or as it stands where there is none: what takes the variable away.
std::vector<std::string> environment_of(const std::vector<std::string>& words);
// The lines of files of NAME=VALUE, without comments, then `words`. NAME alone is looked up, and left out where it is not set.
std::vector<std::string> lines_of_files(const std::vector<std::string>& files);
// NAME=VALUE words by name; the last one counts.
std::map<std::string, std::string> labels_of(const std::vector<std::string>& words);

// The fields of a comma-separated value, "type=bind,readonly": key and value, an empty value where there is none. Quotes as in CSV.
struct Field {
  std::string key, value;
  bool assigned = false;
};
std::vector<Field> fields_of_flag(const char* flag, const std::string& text);
// As Go's ParseBool; a field without a value is true.
bool truth_of_field(const char* flag, const std::string& text, const Field& field);

}  // namespace stack::cli
