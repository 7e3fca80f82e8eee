#include "base/model/log_options.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <optional>

#include "base/bytes.h"
#include "base/duration.h"
#include "base/error.h"
#include "base/model/log_attributes.h"
#include "base/model/log_endpoint.h"
#include "base/model/name_pattern.h"
#include "base/truth.h"

namespace stack::model {
namespace {

using Options = std::map<std::string, std::string>;

constexpr std::int64_t kSizeMax = std::int64_t{1} << 50;
constexpr int kFilesMax = 10'000;
constexpr std::int64_t kBufferMax = std::int64_t{1} << 30;
constexpr std::uint64_t kBufferBytes = 1 << 20;
// Without a log driver output is kept only as long as somebody attached needs to see it.
constexpr std::uint64_t kNoneBytes = 1'000'000;

constexpr std::string_view kOfFiles = "max-size, max-file, compress, mode and max-buffer-size";
constexpr std::string_view kOfAll =
    "max-size, max-file, compress, mode, max-buffer-size, tag, labels, labels-regex, env and env-regex";

std::string quoted(const std::string& value) { return "\"" + value + "\""; }

std::string size_fault(const std::string& value) {
  const auto size = parse_bytes(value);
  if (size && *size > 0 && *size <= kSizeMax) return {};
  return quoted(value) + " is not a size of a log; write one such as 10m";
}

std::optional<int> file_count(const std::string& value) {
  int files = 0;
  const auto [end, error] = std::from_chars(value.data(), value.data() + value.size(), files);
  if (error == std::errc{} && end == value.data() + value.size() && files >= 1 && files <= kFilesMax) return files;
  return std::nullopt;
}

std::string files_fault(const std::string& value) {
  return file_count(value) ? "" : quoted(value) + " is not a number of files; write one from 1 to 10000";
}

std::string mode_fault(const std::string& value) {
  if (value.empty() || value == "blocking" || value == "non-blocking") return {};
  return quoted(value) + " is not a mode; write blocking or non-blocking";
}

std::string option_of(const Options& options, const char* name) {
  const auto found = options.find(name);
  return found == options.end() ? std::string{} : found->second;
}

std::string compress_fault(const std::string& value, const Options& options) {
  const auto wanted = parse_truth(value);
  if (!wanted) return quoted(value) + " is neither true nor false";
  if (*wanted && file_count(option_of(options, "max-file")) == 1)
    return "compress cannot be true when max-file is less than 2: only files that are full are compressed";
  return {};
}

std::string buffer_fault(const std::string& value, const Options& options) {
  const auto size = parse_bytes(value);
  if (!size || *size < 0 || *size > kBufferMax)
    return quoted(value) + " is not a size of a buffer; write one such as 4m, at most 1g";
  const std::string mode = option_of(options, "mode");
  if (mode == "non-blocking" || !mode_fault(mode).empty()) return {};
  return "max-buffer-size is only supported with mode: non-blocking";
}

std::string pattern_fault(const std::string& value) {
  try {
    const NamePattern pattern{value};
    return {};
  } catch (const Error& error) {
    return error.message();
  }
}

// Of the drivers that send lines away: their own options, beside those that choose attributes. Those of the cache are of the engine's log.
constexpr std::string_view kOfSyslog =
    "syslog-address, syslog-facility, syslog-format, syslog-tls-ca-cert, syslog-tls-cert, syslog-tls-key, "
    "syslog-tls-skip-verify";
constexpr std::string_view kOfGelf =
    "gelf-address, gelf-compression-type, gelf-compression-level, gelf-tcp-max-reconnect, gelf-tcp-reconnect-delay";
constexpr std::string_view kOfFluentd =
    "fluentd-address, fluentd-async, fluentd-sub-second-precision, fluentd-buffer-limit, fluentd-retry-wait, "
    "fluentd-max-retries, fluentd-async-reconnect-interval, fluentd-request-ack, fluentd-write-timeout";
constexpr std::string_view kOfCache = "cache-disabled, cache-max-size, cache-max-file, cache-compress";

bool is_one_of(std::string_view list, std::string_view name) {
  for (std::size_t at = 0; at < list.size();) {
    const std::size_t end = std::min(list.find(", ", at), list.size());
    if (list.substr(at, end - at) == name) return true;
    at = end + 2;
  }
  return false;
}

std::string_view own_options(std::string_view driver) {
  if (driver == "syslog") return kOfSyslog;
  if (driver == "gelf") return kOfGelf;
  return driver == "fluentd" ? kOfFluentd : std::string_view{};
}

std::string facility_fault(const std::string& value) {
  constexpr std::string_view kNames =
      "kern, user, mail, daemon, auth, syslog, lpr, news, uucp, cron, authpriv, ftp, local0, local1, local2, local3, "
      "local4, local5, local6, local7";
  if (value.empty() || is_one_of(kNames, value)) return {};
  int number = -1;
  const auto [end, error] = std::from_chars(value.data(), value.data() + value.size(), number);
  const bool whole = error == std::errc{} && end == value.data() + value.size();
  if (whole && number >= 0 && number <= 23 && (number < 12 || number > 15)) return {};
  return quoted(value) + " is no facility; write one such as daemon or local0";
}

// What says how datagrams are compressed is of UDP alone, and what says how to connect is of TCP.
std::string gelf_fault(const std::string& name, const std::string& value, const Options& options) {
  const bool tcp = option_of(options, "gelf-address").starts_with("tcp:");
  if (name.starts_with("gelf-compression-") && tcp) return "messages are compressed over UDP only";
  if (name.starts_with("gelf-tcp-") && !tcp) return "it is of an address with tcp:// only";
  if (name == "gelf-compression-type" && !is_one_of("gzip, zlib, none", value))
    return quoted(value) + " is no compression; write gzip, zlib or none";
  if (name != "gelf-compression-level" && !name.starts_with("gelf-tcp-")) return {};
  const bool level = name == "gelf-compression-level";
  int number = 0;
  const auto [end, error] = std::from_chars(value.data(), value.data() + value.size(), number);
  const bool whole = error == std::errc{} && end == value.data() + value.size();
  if (whole && number >= (level ? -1 : 0) && (!level || number <= 9)) return {};
  return quoted(value) + (level ? " is no level; write one from -1 to 9" : " is not a number from 0 on");
}

std::string truth_fault(const std::string& value) {
  return value.empty() || parse_truth(value) ? "" : quoted(value) + " is neither true nor false";
}

std::string fluentd_fault(const std::string& name, const std::string& value) {
  if (value.empty() || name == "fluentd-address") return {};
  if (is_one_of("fluentd-async, fluentd-sub-second-precision, fluentd-request-ack", name)) return truth_fault(value);
  if (name == "fluentd-buffer-limit") return size_fault(value);
  if (name == "fluentd-max-retries") {
    unsigned number = 0;
    const auto [end, error] = std::from_chars(value.data(), value.data() + value.size(), number);
    const bool whole = error == std::errc{} && end == value.data() + value.size();
    return whole ? "" : quoted(value) + " is not a number from 0 on";
  }
  const auto time = parse_duration(value);
  if (!time || *time < Nanos{0}) return quoted(value) + " is not a time; write one such as 500ms or 1s";
  if (name != "fluentd-async-reconnect-interval" || *time == Nanos{0}) return {};
  const bool fits = *time >= std::chrono::milliseconds{100} && *time <= std::chrono::seconds{10};
  return fits ? "" : quoted(value) + " is out of range; write a time from 100ms to 10s";
}

// What it has instead follows. The first words are dockerd's: clients look for them.
std::string unknown_option(const std::string& name, std::string_view driver) {
  return "unknown log opt '" + name + "' for " + std::string{driver} + " log driver; known are ";
}

std::string sender_fault(std::string_view driver, const std::string& name, const std::string& value,
                         const Options& options) {
  if (name == "labels" || name == "env") return {};
  if (name == "labels-regex" || name == "env-regex") return pattern_fault(value);
  if (name == "tag") return log_tag_fault(value);
  if (name == "mode") return mode_fault(value);
  if (name == "max-buffer-size") return buffer_fault(value, options);
  if (name == "cache-max-size") return size_fault(value);
  if (name == "cache-max-file") return files_fault(value);
  if (name == "syslog-facility" && driver == "syslog") return facility_fault(value);
  if (name == "syslog-format" && driver == "syslog" && !is_one_of("rfc3164, rfc5424, rfc5424micro", value) &&
      !value.empty())
    return quoted(value) + " is no format; write rfc3164, rfc5424 or rfc5424micro";
  if (name == "syslog-tls-skip-verify" && driver == "syslog") return truth_fault(value);
  const std::string_view own = own_options(driver);
  if (driver == "gelf" && is_one_of(own, name)) return gelf_fault(name, value, options);
  if (driver == "fluentd" && is_one_of(own, name)) return fluentd_fault(name, value);
  if (name == "cache-disabled" || name == "cache-compress") return truth_fault(value);
  if (is_one_of(own, name) || is_one_of(kOfCache, name)) return {};
  return unknown_option(name, driver) + std::string{own} + (own.empty() ? "" : ", ") +
         "tag, labels, labels-regex, env, env-regex, mode, max-buffer-size, " + std::string{kOfCache};
}

std::string sender_no_effect(const std::string& name, const std::string& value, const Options& options) {
  if (name.starts_with("syslog-tls-") && !option_of(options, "syslog-address").starts_with("tcp+tls:"))
    return "only an address with tcp+tls:// is encrypted";
  if (name == "cache-disabled" && parse_truth(value) == true) return "the engine keeps the log that it sends";
  if (name == "fluentd-request-ack" && parse_truth(value) == true)
    return "a line that was written is taken to have come; no answer is asked for";
  if (name == "fluentd-write-timeout" || name == "fluentd-async-reconnect-interval")
    return "a connection lasts as long as the other side keeps it";
  if (name == "fluentd-async" && parse_truth(value) == false) return "no container waits for the other side";
  if (name.starts_with("gelf-tcp-") || name == "fluentd-buffer-limit" || name == "fluentd-max-retries" ||
      name == "fluentd-retry-wait")
    return "what cannot be sent waits in the engine's log and is tried again for ever";
  return {};
}

std::string option_fault(bool local, const std::string& name, const std::string& value, const Options& options) {
  if (name == "max-size") return size_fault(value);
  if (name == "max-file") return files_fault(value);
  if (name == "mode") return mode_fault(value);
  if (name == "compress") return compress_fault(value, options);
  if (name == "max-buffer-size") return buffer_fault(value, options);
  if (!local) {
    if (name == "labels" || name == "env") return {};
    if (name == "labels-regex" || name == "env-regex") return pattern_fault(value);
    if (name == "tag") return log_tag_fault(value);
  }
  return unknown_option(name, local ? "local" : "json-file") + std::string{local ? kOfFiles : kOfAll};
}

}  // namespace

std::vector<LogOptionRemark> judge_log_options(std::string_view driver, const Options& options) {
  std::vector<LogOptionRemark> remarks;
  if (sends_log(driver)) {
    try {
      (void)log_endpoint(driver, options);
    } catch (const Error& error) {
      remarks.push_back({std::string{driver} + "-address", error.message(), {}});
    }
  }
  for (const auto& [name, value] : options) {
    if (sends_log(driver)) {
      std::string fault = sender_fault(driver, name, value, options), idle = sender_no_effect(name, value, options);
      if (!fault.empty() || !idle.empty()) remarks.push_back({name, std::move(fault), std::move(idle)});
    } else if (driver == "none") {
      remarks.push_back({name, {}, "nothing is logged"});
    } else if (std::string fault = option_fault(driver == "local", name, value, options); !fault.empty()) {
      remarks.push_back({name, std::move(fault), {}});
    }
  }
  return remarks;
}

LogSettings log_settings(const LogConfig& log) {
  LogSettings settings;
  if (log.driver == "none") return {.max_bytes = kNoneBytes, .max_files = 1};
  const bool sent = sends_log(log.driver);
  const auto option = [&](const char* name) {
    return option_of(log.options,
                     (sent && std::string_view{name} != "mode" && std::string_view{name} != "max-buffer-size"
                          ? "cache-" + std::string{name}
                          : std::string{name})
                         .c_str());
  };
  if (const auto size = parse_bytes(option("max-size"))) settings.max_bytes = static_cast<std::uint64_t>(*size);
  if (const auto files = file_count(option("max-file"))) settings.max_files = static_cast<std::uint32_t>(*files);
  settings.compress = parse_truth(option("compress")).value_or(log.driver == "local" || sent) && settings.max_files > 1;
  if (option("mode") == "non-blocking") {
    settings.buffer_bytes = static_cast<std::uint64_t>(parse_bytes(option("max-buffer-size")).value_or(0));
    if (settings.buffer_bytes == 0) settings.buffer_bytes = kBufferBytes;
  }
  return settings;
}

}  // namespace stack::model
