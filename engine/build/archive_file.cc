#include "engine/build/archive_file.h"

#include <cstdlib>
#include <string>
#include <string_view>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/error.h"
#include "engine/image/decompressed_stream.h"
#include "engine/image/unpack.h"

namespace stack::build {
namespace {

constexpr std::size_t kTarBlock = 512;

// Whether this is the first header of a tar archive: its sum is right (POSIX.1 "ustar Interchange Format").
bool is_tar_header(std::string_view block) {
  constexpr std::size_t kSumAt = 148, kSumSize = 8;
  if (block.size() < kTarBlock) return false;
  unsigned long sum = 0;
  for (std::size_t i = 0; i < kTarBlock; ++i) {
    const bool in_sum = i >= kSumAt && i < kSumAt + kSumSize;
    sum += in_sum ? static_cast<unsigned char>(' ') : static_cast<unsigned char>(block[i]);
  }
  const std::string written{block.substr(kSumAt, kSumSize)};
  return block.front() != '\0' && std::strtoul(written.c_str(), nullptr, 8) == sum;
}

}  // namespace

bool is_archive(const FileTree& tree, const std::string& path) {
  const UniqueFd file = tree.open(path);
  image::DecompressedStream stream{file};
  std::string block;
  try {
    while (block.size() < kTarBlock) {
      const std::string_view more = stream.next();
      if (more.empty()) break;
      block.append(more.substr(0, kTarBlock));
    }
  } catch (const Error&) {
    return false;  // begins like a compressed file, and is none
  }
  return is_tar_header(block);
}

UniqueFd unpack_archive(BorrowedFd archive, const std::filesystem::path& folder) {
  if (::mkdir(folder.c_str(), 0755) != 0) throw Error::from_errno(errno, "making " + folder.string());
  UniqueFd root{::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC)};
  if (!root) throw Error::from_errno(errno, "opening " + folder.string());
  // Its names are names: only layers have whiteouts.
  image::UnpackLimits limits;
  limits.whiteouts = false;
  image::DecompressedStream stream{archive, limits.archive_bytes_max()};
  image::unpack_layer(stream, root, limits);
  return root;
}

}  // namespace stack::build
