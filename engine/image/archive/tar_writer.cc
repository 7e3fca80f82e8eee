#include "engine/image/archive/tar_writer.h"

#include <algorithm>

#include <archive.h>
#include <archive_entry.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include "base/error.h"

namespace stack::image {
namespace {

constexpr std::size_t kBlockBytes = 256 << 10;

struct FreeEntry {
  void operator()(archive_entry* e) const { archive_entry_free(e); }
};
using Entry = std::unique_ptr<archive_entry, FreeEntry>;

}  // namespace

void TarWriter::Free::operator()(archive* writer) const { archive_write_free(writer); }

TarWriter::TarWriter(BorrowedFd to)
    : to_(to), ours_(::newlocale(LC_CTYPE_MASK, "C.UTF-8", nullptr)), tar_(archive_write_new()), block_(kBlockBytes) {
  archive_write_set_format_pax(tar_.get());
  // The form of extended attributes that everybody reads.
  archive_write_set_format_option(tar_.get(), "pax", "xattrheader", "SCHILY");
  archive_write_set_bytes_per_block(tar_.get(), kBlockBytes);
  archive_write_set_bytes_in_last_block(tar_.get(), 1);
  check(archive_write_open(tar_.get(), this, nullptr, &TarWriter::put, nullptr));
  if (ours_ != nullptr) before_ = ::uselocale(ours_);
}

TarWriter::~TarWriter() {
  // An archive that was not finished stays without its end mark.
  swallows_ = true;
  tar_.reset();
  if (ours_ == nullptr) return;
  ::uselocale(before_);
  ::freelocale(ours_);
}

void TarWriter::add(const TarEntry& from, BorrowedFd content) {
  const Entry entry{archive_entry_new()};
  archive_entry_set_pathname(entry.get(), from.path.c_str());
  archive_entry_set_mode(entry.get(), from.about.st_mode);
  archive_entry_set_uid(entry.get(), from.about.st_uid);
  archive_entry_set_gid(entry.get(), from.about.st_gid);
  archive_entry_set_mtime(entry.get(), from.about.st_mtim.tv_sec, from.about.st_mtim.tv_nsec);
  const bool has_content = S_ISREG(from.about.st_mode) && from.same_as.empty();
  const auto size = has_content ? static_cast<std::uint64_t>(from.about.st_size) : 0;
  archive_entry_set_size(entry.get(), static_cast<la_int64_t>(size));
  if (S_ISCHR(from.about.st_mode) || S_ISBLK(from.about.st_mode)) {
    archive_entry_set_rdevmajor(entry.get(), major(from.about.st_rdev));
    archive_entry_set_rdevminor(entry.get(), minor(from.about.st_rdev));
  }
  if (S_ISLNK(from.about.st_mode) && from.same_as.empty()) archive_entry_set_symlink(entry.get(), from.link.c_str());
  if (!from.same_as.empty()) archive_entry_set_hardlink(entry.get(), from.same_as.c_str());
  for (const auto& [name, value] : from.attributes) {
    archive_entry_xattr_add_entry(entry.get(), name.c_str(), value.data(), value.size());
  }
  check(archive_write_header(tar_.get(), entry.get()));
  // libarchive fills what is missing with zeros.
  if (size > 0) copy(content, size);
}

void TarWriter::end() { check(archive_write_close(tar_.get())); }

void TarWriter::copy(BorrowedFd from, std::uint64_t size) {
  while (size > 0) {
    const ssize_t got =
        ::read(from.get(), block_.data(), static_cast<std::size_t>(std::min<std::uint64_t>(size, block_.size())));
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) throw Error::from_errno(errno, "reading a file");
    if (got == 0) return;
    check(archive_write_data(tar_.get(), block_.data(), static_cast<std::size_t>(got)) == got ? ARCHIVE_OK
                                                                                              : ARCHIVE_FATAL);
    size -= static_cast<std::uint64_t>(got);
  }
}

ssize_t TarWriter::put(archive*, void* self, const void* bytes, std::size_t count) {
  auto& writer = *static_cast<TarWriter*>(self);
  const char* from = static_cast<const char*>(bytes);
  for (std::size_t left = count; left > 0 && !writer.swallows_;) {
    const ssize_t put = ::write(writer.to_.get(), from, left);
    if (put < 0 && errno == EINTR) continue;
    if (put < 0) {
      writer.failed_ = errno;
      writer.swallows_ = true;
      break;
    }
    from += put;
    left -= static_cast<std::size_t>(put);
  }
  return static_cast<ssize_t>(count);
}

void TarWriter::check(int code) {
  if (failed_ != 0) throw Error::from_errno(failed_, "writing the archive");
  if (code == ARCHIVE_OK || code == ARCHIVE_WARN) return;
  const char* why = archive_error_string(tar_.get());
  throw Error(std::string{"writing the archive: "} + (why != nullptr ? why : "unknown error"));
}

}  // namespace stack::image
