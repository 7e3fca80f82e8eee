#include <algorithm>
#include <cstdint>
#include <cstdio>
#include <memory>

#include <archive.h>
#include <archive_entry.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include "base/error.h"
#include "engine/image/file_attributes.h"
#include "tests/support/realistic_image.h"
#include "tests/support/utf8_names.h"

namespace stack::test {
namespace {

namespace fs = std::filesystem;

std::string owner_text(const struct stat& about) {
  char text[64];
  std::snprintf(text, sizeof text, "%04o %u:%u", about.st_mode & 07777, about.st_uid, about.st_gid);
  return text;
}

std::string end_of(const std::vector<std::pair<std::string, std::string>>& attributes, const struct stat& about) {
  std::string text;
  for (const auto& [name, value] : attributes) text += " " + name + "=" + std::to_string(value.size());
  return text + " at " + std::to_string(about.st_mtim.tv_sec);
}

std::string line_of(const struct stat& about, const std::string& target, const std::string& sum,
                    const std::string& end) {
  if (S_ISDIR(about.st_mode)) return "folder " + owner_text(about);
  if (S_ISLNK(about.st_mode)) return "link " + target + end;
  if (S_ISFIFO(about.st_mode)) return "pipe " + owner_text(about) + end;
  if (S_ISCHR(about.st_mode) || S_ISBLK(about.st_mode)) {
    return "device " + std::to_string(major(about.st_rdev)) + ":" + std::to_string(minor(about.st_rdev)) + " " +
           owner_text(about) + end;
  }
  return "file " + owner_text(about) + " " + std::to_string(about.st_size) + " " + sum + end;
}

BlockSum sum_of(BorrowedFd file, off_t size) {
  BlockSum sum;
  std::string block(1 << 20, '\0');
  for (off_t at = 0; at < size;) {
    const off_t data = ::lseek(file.get(), at, SEEK_DATA);
    if (data < 0) break;
    at = data / 4096 * 4096;
    const ssize_t got = ::pread(file.get(), block.data(), block.size(), at);
    if (got <= 0) break;
    sum.add(static_cast<std::uint64_t>(at), block.data(), static_cast<std::size_t>(got));
    at += got;
  }
  return sum;
}

}  // namespace

void BlockSum::add(std::uint64_t offset, const char* bytes, std::size_t size) {
  for (std::size_t i = 0; i < size;) {
    const std::uint64_t index = (offset + i) / kBlock;
    const std::size_t in_block = (offset + i) % kBlock, piece = std::min(size - i, kBlock - in_block);
    const std::string_view part{bytes + i, piece};
    i += piece;
    if (part.find_first_not_of('\0') == std::string_view::npos) continue;
    std::string& block = blocks_[index];
    if (block.size() < in_block + piece) block.resize(in_block + piece);
    std::copy(part.begin(), part.end(), block.begin() + static_cast<long>(in_block));
  }
}

std::string BlockSum::text() const {
  std::uint64_t hash = 14695981039346656037u;
  const auto add = [&](unsigned char byte) { hash = (hash ^ byte) * 1099511628211u; };
  for (const auto& [index, block] : blocks_) {
    for (unsigned i = 0; i < 8; ++i) add(static_cast<unsigned char>(index >> (8 * i)));
    const std::size_t end = block.find_last_not_of('\0');
    for (std::size_t i = 0; i <= end; ++i) add(static_cast<unsigned char>(block[i]));
  }
  char text[32];
  std::snprintf(text, sizeof text, "%016lx", static_cast<unsigned long>(hash));
  return text;
}

TreeText describe_folder(const fs::path& folder) {
  TreeText all;
  std::map<std::string, fs::path> sorted;
  for (const auto& entry : fs::recursive_directory_iterator{folder})
    sorted[fs::relative(entry.path().parent_path(), folder) == "." ? entry.path().filename().string()
                                                                   : entry.path().lexically_relative(folder).string()] =
        entry.path();
  std::map<std::pair<dev_t, ino_t>, std::string> first;
  for (const auto& [path, whole] : sorted) {
    struct stat about {};
    if (::lstat(whole.c_str(), &about) != 0) throw Error::from_errno(errno, "looking at " + whole.string());
    if (!S_ISDIR(about.st_mode) && about.st_nlink > 1) {
      const auto [known, added] = first.try_emplace({about.st_dev, about.st_ino}, path);
      if (!added) {
        all[path] = "same as " + known->second;
        continue;
      }
    }
    std::string target, sum, end = end_of({}, about);
    if (S_ISLNK(about.st_mode)) target = fs::read_symlink(whole).string();
    if (S_ISREG(about.st_mode)) {
      const UniqueFd file{::open(whole.c_str(), O_RDONLY | O_NOFOLLOW | O_CLOEXEC)};
      sum = sum_of(file, about.st_size).text();
      end = end_of(image::read_attributes(file), about);
    }
    all[path] = line_of(about, target, sum, end);
  }
  return all;
}

TreeText describe_tar(const fs::path& archive) {
  const Utf8Names utf8;
  TreeText all;
  const std::unique_ptr<struct archive, int (*)(struct archive*)> from{archive_read_new(), archive_read_free};
  archive_read_support_format_tar(from.get());
  if (archive_read_open_filename(from.get(), archive.c_str(), 1 << 16) != ARCHIVE_OK)
    throw Error(archive_error_string(from.get()));
  archive_entry* entry = nullptr;
  while (archive_read_next_header(from.get(), &entry) == ARCHIVE_OK) {
    std::string path = archive_entry_pathname(entry);
    while (path.ends_with('/')) path.pop_back();
    if (path == ".") continue;
    if (const char* link = archive_entry_hardlink(entry)) {
      all[path] = std::string{"same as "} + link;
      continue;
    }
    const struct stat about = *archive_entry_stat(entry);
    BlockSum sum;
    const void* bytes = nullptr;
    std::size_t size = 0;
    la_int64_t offset = 0;
    while (archive_read_data_block(from.get(), &bytes, &size, &offset) == ARCHIVE_OK)
      sum.add(static_cast<std::uint64_t>(offset), static_cast<const char*>(bytes), size);
    std::vector<std::pair<std::string, std::string>> attributes;
    const char* name = nullptr;
    const void* value = nullptr;
    archive_entry_xattr_reset(entry);
    while (archive_entry_xattr_next(entry, &name, &value, &size) == ARCHIVE_OK)
      attributes.emplace_back(name, std::string{static_cast<const char*>(value), size});
    std::sort(attributes.begin(), attributes.end());
    const char* target = archive_entry_symlink(entry);
    all[path] = line_of(about, target == nullptr ? "" : target, sum.text(), end_of(attributes, about));
  }
  return all;
}

}  // namespace stack::test
