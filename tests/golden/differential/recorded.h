// What the real program said about samples, kept as one compressed file of JSON lines. The samples are in it as well, so
// that replaying does not depend on how they were made.
#pragma once

#include <filesystem>
#include <vector>

#include "sample.h"

namespace stack::compose {

struct Recorded {
  Sample sample;
  Outcome answer;
};

// Throws stack::Error when the file cannot be read.
std::vector<Recorded> read_recorded(const std::filesystem::path& path);
void write_recorded(const std::filesystem::path& path, const std::vector<Recorded>& all);

}  // namespace stack::compose
