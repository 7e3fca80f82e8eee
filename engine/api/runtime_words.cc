#include "engine/api/runtime_words.h"

#include <string_view>

namespace stack::api {
namespace {

constexpr std::string_view kFolder = "entering the working directory ";
constexpr std::string_view kMissing = ": there is no such folder", kFile = ": it is a file";

}  // namespace

std::string file_for_folder(const std::string& message) {
  if (!message.starts_with(kFolder) || !message.ends_with(kFile)) return "";
  return message.substr(kFolder.size(), message.size() - kFolder.size() - kFile.size());
}

std::string runtime_words(const std::string& message) {
  const auto failed = [](const std::string& folder, const char* why) {
    return "chdir to cwd (\"" + folder + "\") set in config.json failed: " + why;
  };
  if (const std::string file = file_for_folder(message); !file.empty()) return failed(file, "not a directory");
  if (!message.starts_with(kFolder) || !message.ends_with(kMissing)) return message;
  return failed(message.substr(kFolder.size(), message.size() - kFolder.size() - kMissing.size()),
                "no such file or directory");
}

bool concerns_program(const std::string& message) {
  return message.starts_with("exec: ") || message.starts_with(kFolder);
}

}  // namespace stack::api
