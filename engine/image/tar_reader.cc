#include "engine/image/tar_reader.h"

#include <archive.h>
#include <archive_entry.h>

#include "base/error.h"

namespace stack::image {

void TarReader::Free::operator()(archive* reader) const { archive_read_free(reader); }

TarReader::TarReader(DecompressedStream& stream)
    : stream_(stream), ours_(::newlocale(LC_CTYPE_MASK, "C.UTF-8", nullptr)), tar_(archive_read_new()) {
  archive_read_support_format_tar(tar_.get());
  archive_read_support_format_empty(tar_.get());
  if (ours_ != nullptr) before_ = ::uselocale(ours_);
  try {
    check(archive_read_open(tar_.get(), this, nullptr, read, nullptr));
  } catch (...) {
    if (ours_ != nullptr) {
      ::uselocale(before_);
      ::freelocale(ours_);
    }
    throw;
  }
}

TarReader::~TarReader() {
  tar_.reset();
  if (ours_ == nullptr) return;
  ::uselocale(before_);
  ::freelocale(ours_);
}

long TarReader::read(archive*, void* self, const void** data) {
  auto& reader = *static_cast<TarReader*>(self);
  try {
    const std::string_view bytes = reader.stream_.next();
    *data = bytes.data();
    return static_cast<long>(bytes.size());
  } catch (...) {
    // Kept until we are out of libarchive's frames.
    reader.failed_ = std::current_exception();
    return -1;
  }
}

void TarReader::check(int code) {
  if (failed_) std::rethrow_exception(failed_);
  if (code == ARCHIVE_OK || code == ARCHIVE_WARN) return;
  throw_unreadable(tar_.get());
}

archive_entry* TarReader::next() {
  archive_entry* entry = nullptr;
  const int code = archive_read_next_header(tar_.get(), &entry);
  if (code == ARCHIVE_EOF && !failed_) return nullptr;
  check(code);
  return entry;
}

bool TarReader::data(const void** bytes, std::size_t* size, long* offset) {
  la_int64_t at = 0;
  const int code = archive_read_data_block(tar_.get(), bytes, size, &at);
  if (code == ARCHIVE_EOF && !failed_) return false;
  check(code);
  *offset = at;
  return true;
}

}  // namespace stack::image
