// Layers: whatever the bytes are, nothing appears outside of the folder, and what was unpacked is as the check expects it.
#include <cstdint>
#include <filesystem>
#include <string>

#include <fcntl.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

#include "base/error.h"
#include "engine/image/unpack.h"

namespace fs = std::filesystem;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace stack;
  // A folder in a folder: whoever climbs out of the inner one is seen in the outer one.
  static const std::string outer = [] {
    std::string pattern = (fs::temp_directory_path() / "stack-fuzz-layer-XXXXXX").string();
    if (::mkdtemp(pattern.data()) == nullptr) __builtin_trap();
    static const struct Remove {
      std::string path;
      ~Remove() {
        std::error_code ignored;
        fs::remove_all(path, ignored);
      }
    } remove{pattern};
    return pattern;
  }();
  const fs::path inner = fs::path{outer} / "layer";
  fs::create_directory(inner);
  const UniqueFd archive{::memfd_create("layer", MFD_CLOEXEC)};
  if (::write(archive.get(), data, size) != static_cast<ssize_t>(size)) __builtin_trap();
  ::lseek(archive.get(), 0, SEEK_SET);
  const UniqueFd folder{::open(inner.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC)};
  try {
    image::DecompressedStream stream{archive};
    const image::Unpacked unpacked = image::unpack_layer(stream, folder, {.bytes_max = 1 << 20, .entries_max = 1000});
    if (stream.source_bytes() != size || unpacked.bytes > 1 << 20) __builtin_trap();
  } catch (const Error&) {
  }
  std::error_code ignored;
  fs::remove_all(inner, ignored);
  for (const auto& stray : fs::directory_iterator{outer}) {
    static_cast<void>(stray);
    __builtin_trap();
  }
  return 0;
}
