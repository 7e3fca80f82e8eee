// Reads a container's log (record.h) while it is being written, across rotation, without locks.
//
// A Cursor is a place between two records, a value that may be kept. The daemon follows a log by watching the folder
// with inotify (IN_MODIFY | IN_CREATE) and calling read() with its cursor after each event. Blocking file reads; any
// thread, one Reader each. Cost: proportional to what is read; `tail` walks backwards from the end and does not read
// what lies before. A compressed file is decompressed (decompress.h) whenever a Reader comes to it.
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/unique_fd.h"
#include "engine/logs/record.h"

namespace stack::logs {

struct Entry {
  Stream stream = Stream::out;
  bool partial = false;     // the line continues in the next entry of this stream
  bool no_newline = false;  // nothing was behind it: print no newline
  Wall time{};
  std::uint64_t sequence = 0;
  std::string text;  // without a newline
};

struct Cursor {
  std::uint64_t generation = 0;  // 0: before everything
  std::uint64_t offset = 0;
  bool operator==(const Cursor&) const = default;
};

struct Range {
  std::optional<Wall> since, until;  // both inclusive, as with dockerd
};

class Reader {
 public:
  // `folder` holds the "log.<generation>" files; it need not exist yet: the log is empty then.
  explicit Reader(std::filesystem::path folder);

  // Before the oldest record, behind the newest, before the last `lines` lines (partial records of a line count once; a
  // line of either stream counts).
  [[nodiscard]] Cursor begin() const;
  [[nodiscard]] Cursor end() const;
  [[nodiscard]] Cursor tail(std::uint64_t lines) const;

  // Appends records behind `cursor` that lie in `range` and advances the cursor; stops at about `max_bytes` of text.
  // False when the end of what is written is reached (also when records were appended on the way). Records whose file
  // has gone since are skipped. Throws stack::Error when a file cannot be read.
  bool read(Cursor& cursor, const Range& range, std::vector<Entry>& out, std::size_t max_bytes = 1 << 20);
  // The time of the newest record lies after `until`: a reader with that bound can stop.
  [[nodiscard]] static bool past(const Entry& entry, const Range& range) {
    return range.until && entry.time > *range.until;
  }

 private:
  std::filesystem::path folder_;
  UniqueFd file_;  // of open_generation_
  std::uint64_t open_generation_ = 0;
};

// Size on disk of all files of the log, for inspection and quotas.
std::uint64_t bytes_on_disk(const std::filesystem::path& folder);

}  // namespace stack::logs
