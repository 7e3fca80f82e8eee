// Archives of files: never a crash, and what was read is written so that it is read again.
#include <array>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <string>

#include "base/error.h"
#include "base/tar/tar_encode.h"
#include "base/tar/tar_stream.h"
#include "base/tar/tree_extract.h"

namespace {

using namespace stack::tar;

// A wrong sum would end most attempts at their first header.
void mend_sums(std::string& archive) {
  for (std::size_t block = 0; block + kBlockBytes <= archive.size(); block += kBlockBytes) {
    if (archive.compare(block + 257, 5, "ustar") != 0) continue;
    unsigned sum = 0;
    for (std::size_t i = 0; i < kBlockBytes; ++i)
      sum += i >= 148 && i < 156 ? ' ' : static_cast<unsigned char>(archive[block + i]);
    std::array<char, 16> text{};
    std::snprintf(text.data(), text.size(), "%06o", sum);
    archive.replace(block + 148, 7, text.data(), 7);
  }
}

Source source_from(const std::string& bytes, std::size_t piece) {
  return [&bytes, piece, at = std::size_t{0}]() mutable -> std::string_view {
    const std::string_view next = std::string_view{bytes}.substr(at, piece);
    at += next.size();
    return next;
  };
}

void check_again(Entry entry) {
  entry.size = 0;
  entry.device_major &= 0xfff;
  entry.device_minor &= 0xfffff;
  const std::string written = header_of(entry) + end_mark();
  Stream stream{source_from(written, 1000)};
  const auto back = stream.next();
  if (!back || back->path != entry.path || back->link != entry.link || back->attributes != entry.attributes)
    std::abort();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  std::string archive{reinterpret_cast<const char*>(data), size};
  mend_sums(archive);
  try {
    Stream stream{source_from(archive, 333)};
    while (auto entry = stream.next()) {
      std::uint64_t bytes = 0;
      for (auto piece = stream.content(); !piece.empty(); piece = stream.content()) bytes += piece.size();
      if (bytes != entry->size) std::abort();
      const auto path = clean_entry_name(entry->path);
      if (path && ("/" + *path + "/").find("/../") != std::string::npos) std::abort();
      if (entry->path.size() + entry->link.size() < 1 << 16) check_again(*entry);
    }
  } catch (const stack::Error& error) {
    if (error.kind() != stack::ErrorKind::invalid) std::abort();
  }
  return 0;
}
