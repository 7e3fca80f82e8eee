#include "engine/model/log_options.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <optional>

#include "engine/base/bytes.h"
#include "engine/base/truth.h"

namespace stack::model {
namespace {

constexpr std::int64_t kSizeMax = std::int64_t{1} << 50;
constexpr int kFilesMax = 10'000;

constexpr std::array<std::string_view, 5> kAttributes{"tag", "labels", "labels-regex", "env", "env-regex"};

bool among(std::string_view text, std::initializer_list<std::string_view> words) {
  return std::find(words.begin(), words.end(), text) != words.end();
}

std::string quoted(const std::string& value) { return "\"" + value + "\""; }

std::string size_fault(const std::string& value) {
  const auto size = parse_bytes(value);
  if (size && *size > 0 && *size <= kSizeMax) return {};
  return quoted(value) + " is no size of a log; write one such as 10m";
}

std::string files_fault(const std::string& value) {
  int files = 0;
  const auto [end, error] = std::from_chars(value.data(), value.data() + value.size(), files);
  if (error == std::errc{} && end == value.data() + value.size() && files >= 1 && files <= kFilesMax) return {};
  return quoted(value) + " is no number of files; write one from 1 to 10000";
}

}  // namespace

LogOptionVerdict judge_log_option(std::string_view driver, const std::string& name, const std::string& value) {
  if (driver == "none") return {{}, "nothing is logged"};
  if (name == "max-size") return {size_fault(value), {}};
  if (name == "max-file") return {files_fault(value), {}};
  if (name == "compress") {
    const auto wanted = parse_truth(value);
    if (!wanted) return {quoted(value) + " is neither true nor false", {}};
    return {{}, *wanted ? "logs that are full stay as they are" : ""};
  }
  if (name == "mode") {
    if (among(value, {"blocking", "non-blocking", ""})) return {};  // a container never waits for its log
    return {quoted(value) + " is no mode; write blocking or non-blocking", {}};
  }
  if (name == "max-buffer-size") {
    const std::string fault = size_fault(value);
    return {fault, fault.empty() ? "the buffer of a log has a size of its own" : ""};
  }
  const bool attribute = std::find(kAttributes.begin(), kAttributes.end(), name) != kAttributes.end();
  if (attribute && driver != "local") return {{}, "records hold no attributes"};
  return {"there is no such option of the driver " + std::string{driver.empty() ? "json-file" : driver} +
              "; known are max-size, max-file, compress, mode and max-buffer-size",
          {}};
}

}  // namespace stack::model
