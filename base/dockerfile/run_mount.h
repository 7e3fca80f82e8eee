// The mounts of RUN (Dockerfile reference: "RUN --mount"): what is written, and what it means once variables are put in.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/dockerfile/problem.h"
#include "base/dockerfile/source_range.h"

namespace stack::dockerfile {

struct Word {
  std::string text;
  Range range;
  bool operator==(const Word&) const = default;
};

std::vector<std::string> texts_of(const std::vector<Word>& words);

struct MountOption {
  std::string key;                   // lower case
  std::optional<std::string> value;  // nothing: a word without "="
  bool operator==(const MountOption&) const = default;
};

enum class MountType : std::uint8_t { bind, cache, tmpfs, secret, ssh };
enum class CacheSharing : std::uint8_t { shared, private_, locked };

struct RunMount {
  std::vector<MountOption> options;  // as written
  Range range;
  // What the options say. Until every variable is put in (`resolved`) only `from` holds.
  bool resolved = false;
  MountType type = MountType::bind;
  std::string from, source, target, id;
  std::optional<std::string> env;  // of a secret: the variable that it becomes
  bool read_only = true;
  bool required = false;
  std::optional<CacheSharing> sharing;
  std::optional<std::uint64_t> size;  // bytes, of a tmpfs
  std::optional<std::uint32_t> mode, uid, gid;
  bool operator==(const RunMount&) const = default;
};

// The value of one --mount flag, a line of comma-separated values. What has variables stays unresolved.
std::optional<RunMount> parse_mount(const Word& value, Problems& problems);
// Gives the options their meaning, after their variables are put in. The first thing wrong is the answer.
std::optional<Problem> resolve_mount(RunMount& mount);

}  // namespace stack::dockerfile
