// What became of a program that could not be started, in the words of the runtime below dockerd, which clients look for. Pure.
#pragma once

#include <string>

namespace stack::api {

// A working directory: `chdir to cwd ("/x") set in config.json failed: no such file or directory`. Anything else stays.
std::string runtime_words(const std::string& message);
// The working directory that is a file; empty for any other message.
std::string file_for_folder(const std::string& message);
// Whether the message tells of the program or its working directory.
bool concerns_program(const std::string& message);

}  // namespace stack::api
