#include "base/log.h"

#include <cerrno>
#include <cstdio>

#include <spdlog/sinks/basic_file_sink.h>
#include <spdlog/sinks/rotating_file_sink.h>
#include <spdlog/sinks/stdout_sinks.h>
#include <spdlog/spdlog.h>
#include <sys/stat.h>

#include "base/engine_tree.h"
#include "base/error.h"

namespace stack {
namespace {

constexpr std::size_t kFileBytesMax = 10 << 20;
constexpr std::size_t kOldFiles = 2;

spdlog::level::level_enum to_spdlog(LogLevel level) {
  switch (level) {
    case LogLevel::debug:
      return spdlog::level::debug;
    case LogLevel::info:
      return spdlog::level::info;
    case LogLevel::warning:
      return spdlog::level::warn;
    case LogLevel::error:
      return spdlog::level::err;
  }
  return spdlog::level::info;
}

std::shared_ptr<spdlog::logger>& logger() {
  static std::shared_ptr<spdlog::logger> instance =
      std::make_shared<spdlog::logger>("stackd", std::make_shared<spdlog::sinks::stderr_sink_mt>());
  return instance;
}

// What is there and no file, as a link to /dev/null: it has its mode from somebody else, and another name would take it from everybody.
bool is_device(const std::filesystem::path& file) {
  struct stat info {};
  return ::stat(file.c_str(), &info) == 0 && !S_ISREG(info.st_mode);
}

std::shared_ptr<spdlog::sinks::sink> sink_of(const std::filesystem::path& file) {
  if (is_device(file)) return std::make_shared<spdlog::sinks::basic_file_sink_mt>(file.string());
  // Each new file, also after a rotation.
  spdlog::file_event_handlers handlers;
  handlers.after_open = [](const spdlog::filename_t&, std::FILE* opened) {
    if (::fchmod(::fileno(opened), tree::kPrivateFile) != 0) throw spdlog::spdlog_ex("setting its mode", errno);
  };
  return std::make_shared<spdlog::sinks::rotating_file_sink_mt>(file.string(), kFileBytesMax, kOldFiles, false,
                                                                handlers);
}

}  // namespace

void log_to(const std::filesystem::path& file, LogLevel least) {
  try {
    logger() = std::make_shared<spdlog::logger>("stackd", sink_of(file));
  } catch (const spdlog::spdlog_ex& e) {
    throw Error(std::string{"opening the log: "} + e.what());
  }
  logger()->set_pattern("%Y-%m-%dT%H:%M:%S.%f%z %l %v");
  logger()->set_level(to_spdlog(least));
  logger()->flush_on(spdlog::level::debug);
}

void log_line(LogLevel level, std::string_view text) { logger()->log(to_spdlog(level), text); }

}  // namespace stack
