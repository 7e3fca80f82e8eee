// The names of a log's files (record.h): "log.7" is written or full, "log.7.gz" is full and compressed, "log.7.gz.new" is being
// compressed and never read. No heap, no exceptions: the shim uses it as well as the readers.
#pragma once

#include <cstddef>
#include <cstdint>

namespace stack::logs {

enum class FileKind : std::uint8_t { none, plain, compressed, unfinished };

struct FileName {
  std::uint64_t generation = 0;
  FileKind kind = FileKind::none;
};

inline constexpr std::size_t kNameBytes = 40;
using NameText = char[kNameBytes];

// What a directory's entry is; none for names that are not a log's.
FileName parse_file_name(const char* name) noexcept;
void write_file_name(std::uint64_t generation, FileKind kind, NameText& name) noexcept;
// Writes digits without a zero behind them and says how many, at most 20.
std::size_t write_decimal(char* to, std::uint64_t value) noexcept;

// Calls `visit` with the name of each of a log's files, in no order, as far as the folder can be read.
void each_file(int folder, void* context, void (*visit)(void* context, const FileName& name)) noexcept;
template <class Visit>
void each_file(int folder, Visit&& visit) noexcept {
  each_file(folder, &visit, [](void* context, const FileName& name) { (*static_cast<Visit*>(context))(name); });
}

}  // namespace stack::logs
