#include "engine/api/runtime_words.h"

#include <string_view>

namespace stack::api {
namespace {

constexpr std::string_view kFolder = "entering the working directory ";
constexpr std::string_view kMissing = ": there is no such folder", kFile = ": it is a file";

}  // namespace

std::string runtime_words(const std::string& message) {
  const bool is_file = message.ends_with(kFile);
  if (!message.starts_with(kFolder) || !(is_file || message.ends_with(kMissing))) return message;
  const std::size_t end = message.size() - (is_file ? kFile : kMissing).size();
  const std::string folder = message.substr(kFolder.size(), end - kFolder.size());
  return "chdir to cwd (\"" + folder +
         "\") set in config.json failed: " + (is_file ? "not a directory" : "no such file or directory");
}

bool concerns_program(const std::string& message) {
  return message.starts_with("exec: ") || message.starts_with(kFolder);
}

}  // namespace stack::api
