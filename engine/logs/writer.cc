#include "engine/logs/writer.h"

#include <cstring>

#include "engine/logs/file_names.h"

namespace stack::logs {

sys::Status Writer::open(BorrowedFd folder, const WriterSettings& settings) noexcept {
  prompt_ = settings.prompt;
  Header last;
  if (sys::Status status = files_.open(folder, settings.max_bytes, settings.max_files, last); !status) return status;
  sequence_ = last.sequence;
  end_cut_line(last);
  return settings.buffer_bytes > 0 ? ring_.open(files_, settings.buffer_bytes) : sys::Status{};
}

// A run that was cut off in a line does not share it with the next one.
void Writer::end_cut_line(const Header& last) noexcept {
  if ((last.flags & kPartial) == 0) return;
  put(last.stream, kNoNewline, "", 0, last.time_ns);
  flush();
}

void Writer::append(Stream stream, const char* data, std::size_t size, std::int64_t now_ns) noexcept {
  Pending& pending = stream == Stream::out ? out_ : err_;
  while (size > 0) {
    const auto* newline = static_cast<const char*>(std::memchr(data, '\n', size));
    const std::size_t line = newline ? static_cast<std::size_t>(newline - data) : size;
    const std::size_t room = kLineBytes - pending.size;
    if (line > room) {
      std::memcpy(pending.text.data() + pending.size, data, room);
      put(stream, kPartial, pending.text.data(), kLineBytes, now_ns);
      pending.size = 0;
      data += room;
      size -= room;
      continue;
    }
    if (newline && pending.size == 0) {
      put(stream, 0, data, line, now_ns);
    } else {
      std::memcpy(pending.text.data() + pending.size, data, line);
      pending.size += line;
      if (newline) {
        put(stream, 0, pending.text.data(), pending.size, now_ns);
        pending.size = 0;
      }
    }
    const std::size_t used = line + (newline ? 1 : 0);
    data += used;
    size -= used;
  }
  if (prompt_ && pending.size > 0) {
    put(stream, kPartial, pending.text.data(), pending.size, now_ns);
    pending.size = 0;
  }
  flush();
}

void Writer::finish(Stream stream, std::int64_t now_ns) noexcept {
  Pending& pending = stream == Stream::out ? out_ : err_;
  if (pending.size > 0 || pending.begun) put(stream, kNoNewline, pending.text.data(), pending.size, now_ns);
  pending.size = 0;
  flush();
}

void Writer::frame(char* to, const Header& header, const char* text) noexcept {
  std::memcpy(to, &header, sizeof header);
  std::memcpy(to + sizeof header, text, header.length);
  std::memcpy(to + sizeof header + header.length, &header.length, sizeof header.length);
}

void Writer::put(Stream stream, std::uint8_t flags, const char* data, std::size_t size, std::int64_t now_ns) noexcept {
  if (buffered_ + kFrameBytes + size > buffer_.size()) flush();
  Header header;
  header.stream = stream;
  header.flags = flags;
  (stream == Stream::out ? out_ : err_).begun = (flags & kPartial) != 0;
  header.length = static_cast<std::uint32_t>(size);
  header.time_ns = now_ns;
  header.sequence = ++sequence_;
  frame(buffer_.data() + buffered_, header, data);
  buffered_ += kFrameBytes + size;
  ++buffered_records_;
  last_ns_ = now_ns;
}

void Writer::flush() noexcept {
  if (buffered_ == 0) return;
  const std::uint64_t records = buffered_records_;
  const std::size_t size = buffered_;
  buffered_ = 0;
  buffered_records_ = 0;
  if (ring_.is_open()) {
    ring_.push(buffer_.data(), size);
    unfit_ += ring_.take_dropped();
    dropped_ += ring_.take_refused();
    return tell_losses();
  }
  if (!files_.write(buffer_.data(), size)) {
    dropped_ += records;
    return;
  }
  tell_losses();
}

// One record for each kind of loss; a record that is lost itself is counted by the next.
void Writer::tell_losses() noexcept {
  tell_loss("stack: the disk refused log records, lost: ", dropped_);
  tell_loss("stack: the buffer of the log was full, lost: ", unfit_);
}

void Writer::tell_loss(const char* what, std::uint64_t& lost) noexcept {
  if (lost == 0) return;
  char text[96];
  std::size_t size = std::strlen(what);
  std::memcpy(text, what, size);
  size += write_decimal(text + size, lost);
  Header header;
  header.stream = Stream::err;
  header.length = static_cast<std::uint32_t>(size);
  header.time_ns = last_ns_;
  header.sequence = ++sequence_;
  char record[sizeof text + kFrameBytes];
  frame(record, header, text);
  if (ring_.is_open()) {
    ring_.push(record, kFrameBytes + size);
    if (ring_.take_dropped() == 0) lost = 0;
  } else if (files_.write(record, kFrameBytes + size)) {
    lost = 0;
  }
}

void Writer::close() noexcept {
  flush();
  if (!ring_.is_open()) return;
  ring_.close();
  unfit_ += ring_.take_dropped();
  dropped_ += ring_.take_refused();
  tell_losses();
}

}  // namespace stack::logs
