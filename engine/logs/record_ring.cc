#include "engine/logs/record_ring.h"

#include <cerrno>
#include <cstring>

#include <sys/eventfd.h>
#include <sys/mman.h>
#include <unistd.h>

namespace stack::logs {
namespace {

constexpr std::size_t kBatchBytes = 64 * 1024;
constexpr std::size_t kLeastBytes = 64 * 1024;
constexpr std::size_t kStackBytes = 128 * 1024;
static_assert(kBatchBytes >= kFrameBytes + kLineBytes && kLeastBytes >= 2 * (kFrameBytes + kLineBytes));

}  // namespace

RecordRing::~RecordRing() { close(); }

sys::Status RecordRing::open(LogFiles& files, std::uint64_t bytes) noexcept {
  files_ = &files;
  capacity_ = bytes < kLeastBytes ? kLeastBytes : static_cast<std::size_t>(bytes);
  bell_.reset(::eventfd(0, EFD_CLOEXEC));
  if (!bell_) return sys::Status{errno};
  void* block = ::mmap(nullptr, capacity_ + kBatchBytes, PROT_READ | PROT_WRITE,
                       MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  if (block == MAP_FAILED) return sys::Status{errno};
  bytes_ = static_cast<char*>(block);
  pthread_attr_t attributes;
  ::pthread_attr_init(&attributes);
  ::pthread_attr_setstacksize(&attributes, kStackBytes);
  const auto start = [](void* self) -> void* {
    static_cast<RecordRing*>(self)->run();
    return nullptr;
  };
  const int failed = ::pthread_create(&thread_, &attributes, start, this);
  ::pthread_attr_destroy(&attributes);
  if (failed == 0) return sys::Status{};
  ::munmap(bytes_, capacity_ + kBatchBytes);
  bytes_ = nullptr;
  return sys::Status{failed};
}

void RecordRing::push(const char* records, std::size_t size) noexcept {
  for (std::size_t at = 0; at < size;) {
    Header header;
    std::memcpy(&header, records + at, sizeof header);
    const std::size_t whole = kFrameBytes + header.length;
    if (!push_one(header, records + at, whole)) ++dropped_;
    at += whole;
  }
  head_.store(filled_, std::memory_order_release);
  wake();
}

// A line that has lost a part loses its rest as well, and what was kept of it is ended, so that it does not run into the next line.
bool RecordRing::push_one(const Header& header, const char* record, std::size_t size) noexcept {
  Line& line = header.stream == Stream::out ? out_ : err_;
  const bool part = (header.flags & kPartial) != 0;
  if (line.dropping) {
    line.dropping = part;
    return false;
  }
  // Room for the end of a line that may have to be cut is kept free.
  if (!room_for(size + 2 * kFrameBytes)) {
    if (line.kept_part) {
      Header end = header;
      end.flags = kNoNewline;
      end.length = 0;
      copy_in(reinterpret_cast<const char*>(&end), sizeof end);
      copy_in(reinterpret_cast<const char*>(&end.length), sizeof end.length);
      line.kept_part = false;
    }
    line.dropping = part;
    return false;
  }
  copy_in(record, size);
  line.kept_part = part;
  return true;
}

bool RecordRing::room_for(std::size_t size) const noexcept {
  return filled_ - tail_.load(std::memory_order_acquire) + size <= capacity_;
}

void RecordRing::copy_in(const char* from, std::size_t size) noexcept {
  const std::size_t at = filled_ % capacity_;
  const std::size_t first = size < capacity_ - at ? size : capacity_ - at;
  std::memcpy(bytes_ + at, from, first);
  std::memcpy(bytes_, from + first, size - first);
  filled_ += size;
}

std::uint64_t RecordRing::take_dropped() noexcept {
  const std::uint64_t dropped = dropped_;
  dropped_ = 0;
  return dropped;
}

void RecordRing::wake() noexcept {
  const std::uint64_t one = 1;
  while (::write(bell_.get(), &one, sizeof one) < 0 && errno == EINTR) continue;
}

void RecordRing::run() noexcept {
  for (;;) {
    // Asked before looking for records: what was pushed before closing is seen.
    const bool closing = closing_.load(std::memory_order_acquire);
    while (const std::size_t size = take_batch()) {
      const char* batch = bytes_ + capacity_;
      if (files_->write(batch, size)) continue;
      std::uint64_t refused = 0;
      for (std::size_t at = 0; at < size; ++refused) {
        Header header;
        std::memcpy(&header, batch + at, sizeof header);
        at += kFrameBytes + header.length;
      }
      refused_.fetch_add(refused, std::memory_order_relaxed);
    }
    if (closing) return;
    std::uint64_t rung = 0;
    if (::read(bell_.get(), &rung, sizeof rung) < 0 && errno != EINTR) return;
  }
}

// Copies whole records out of the ring, which gives their room back before they are written.
std::size_t RecordRing::take_batch() noexcept {
  const std::uint64_t tail = tail_.load(std::memory_order_relaxed);
  const std::uint64_t waiting = head_.load(std::memory_order_acquire) - tail;
  const std::size_t size = waiting < kBatchBytes ? static_cast<std::size_t>(waiting) : kBatchBytes;
  const std::size_t at = tail % capacity_;
  const std::size_t first = size < capacity_ - at ? size : capacity_ - at;
  char* batch = bytes_ + capacity_;
  std::memcpy(batch, bytes_ + at, first);
  std::memcpy(batch + first, bytes_, size - first);
  std::size_t whole = 0;
  while (whole + kFrameBytes <= size) {
    Header header;
    std::memcpy(&header, batch + whole, sizeof header);
    if (whole + kFrameBytes + header.length > size) break;
    whole += kFrameBytes + header.length;
  }
  tail_.store(tail + whole, std::memory_order_release);
  return whole;
}

void RecordRing::close() noexcept {
  if (bytes_ == nullptr) return;
  closing_.store(true, std::memory_order_release);
  wake();
  ::pthread_join(thread_, nullptr);
  ::munmap(bytes_, capacity_ + kBatchBytes);
  bytes_ = nullptr;
}

}  // namespace stack::logs
