#include "engine/logs/file_names.h"

#include <cstring>

#include <fcntl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/unique_fd.h"

namespace stack::logs {
namespace {

constexpr const char kPrefix[] = "log.";
constexpr std::size_t kPrefixBytes = sizeof kPrefix - 1;

struct LinuxDirent {
  std::uint64_t inode;
  std::int64_t offset;
  std::uint16_t length;
  std::uint8_t type;
  char name[1];
};

const char* ending_of(FileKind kind) noexcept {
  switch (kind) {
    case FileKind::compressed:
      return ".gz";
    case FileKind::unfinished:
      return ".gz.new";
    case FileKind::plain:
    case FileKind::none:
      break;
  }
  return "";
}

}  // namespace

std::size_t write_decimal(char* to, std::uint64_t value) noexcept {
  char digits[20];
  std::size_t count = 0;
  do {
    digits[count++] = static_cast<char>('0' + value % 10);
    value /= 10;
  } while (value != 0);
  for (std::size_t i = 0; i < count; ++i) to[i] = digits[count - 1 - i];
  return count;
}

FileName parse_file_name(const char* name) noexcept {
  if (std::strncmp(name, kPrefix, kPrefixBytes) != 0) return {};
  FileName found;
  const char* digit = name + kPrefixBytes;
  for (; *digit >= '0' && *digit <= '9' && found.generation < (std::uint64_t{1} << 59); ++digit) {
    found.generation = found.generation * 10 + static_cast<std::uint64_t>(*digit - '0');
  }
  if (found.generation == 0) return {};
  for (const FileKind kind : {FileKind::plain, FileKind::compressed, FileKind::unfinished}) {
    if (std::strcmp(digit, ending_of(kind)) == 0) found.kind = kind;
  }
  return found.kind == FileKind::none ? FileName{} : found;
}

void write_file_name(std::uint64_t generation, FileKind kind, NameText& name) noexcept {
  std::memcpy(name, kPrefix, kPrefixBytes);
  const std::size_t digits = write_decimal(name + kPrefixBytes, generation);
  std::strcpy(name + kPrefixBytes + digits, ending_of(kind));
}

// opendir allocates; this visits the names with one buffer on the stack.
void each_file(int folder, void* context, void (*visit)(void* context, const FileName& name)) noexcept {
  const UniqueFd dir{::openat(folder, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC)};
  if (!dir) return;
  alignas(8) char buffer[4096];
  for (;;) {
    const long n = ::syscall(SYS_getdents64, dir.get(), buffer, sizeof buffer);
    if (n <= 0) return;
    for (long at = 0; at < n;) {
      const auto* entry = reinterpret_cast<const LinuxDirent*>(buffer + at);
      if (const FileName name = parse_file_name(entry->name); name.kind != FileKind::none) visit(context, name);
      at += entry->length;
    }
  }
}

}  // namespace stack::logs
