#include "engine/build/digest_memo.h"

#include <charconv>

#include "base/file.h"

namespace stack::build {
namespace {

constexpr std::string_view kFirstLine = "digests 2\n";
constexpr std::size_t kBytesMax = std::size_t{1} << 30;

std::int64_t nanos(const timespec& time) { return time.tv_sec * 1'000'000'000 + time.tv_nsec; }

// The next number and the blank behind it.
template <class T>
bool take(std::string_view& text, T& value) {
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  const auto used = static_cast<std::size_t>(end - text.data());
  if (error != std::errc{} || used >= text.size()) return false;
  text.remove_prefix(used + 1);
  return true;
}

}  // namespace

DigestMemo::File DigestMemo::file_of(const struct stat& about, std::string digest) {
  return {about.st_ino, about.st_dev, about.st_size, nanos(about.st_mtim), nanos(about.st_ctim), std::move(digest)};
}

// "inode device size modified changed digest length path\n"
void DigestMemo::load(const std::filesystem::path& file) {
  const auto content = read_file(file, kBytesMax);
  const std::lock_guard lock{mutex_};
  files_.clear();
  changed_ = false;
  if (!content || !content->starts_with(kFirstLine)) return;
  std::string_view text{*content};
  text.remove_prefix(kFirstLine.size());
  while (!text.empty() && files_.size() < kFilesMax) {
    File read;
    std::size_t length = 0;
    if (!take(text, read.inode) || !take(text, read.device) || !take(text, read.size) ||
        !take(text, read.modified_ns) || !take(text, read.changed_ns))
      return;
    const std::size_t blank = text.find(' ');
    if (blank == std::string_view::npos) return;
    read.digest = text.substr(0, blank);
    text.remove_prefix(blank + 1);
    if (!take(text, length) || length >= text.size() || text[length] != '\n') return;
    files_.emplace_hint(files_.end(), std::string{text.substr(0, length)}, std::move(read));
    text.remove_prefix(length + 1);
  }
}

void DigestMemo::save(const std::filesystem::path& file) const {
  std::string text{kFirstLine};
  {
    const std::lock_guard lock{mutex_};
    if (!changed_) return;
    for (const auto& [path, known] : files_) {
      for (const std::int64_t number : {static_cast<std::int64_t>(known.inode), static_cast<std::int64_t>(known.device),
                                        known.size, known.modified_ns, known.changed_ns})
        text += std::to_string(number) + ' ';
      text += known.digest + ' ' + std::to_string(path.size()) + ' ' + path + '\n';
    }
  }
  replace_file(file, text, Durable::no, 0600);
}

std::optional<std::string> DigestMemo::find(const std::string& path, const struct stat& about) const {
  const std::lock_guard lock{mutex_};
  const auto known = files_.find(path);
  if (known == files_.end() || known->second != file_of(about, known->second.digest)) return std::nullopt;
  return known->second.digest;
}

void DigestMemo::put(const std::string& path, const struct stat& about, std::string digest, Wall read_at) {
  const std::lock_guard lock{mutex_};
  ++misses_;
  const Wall changed{Nanos{std::max(nanos(about.st_ctim), nanos(about.st_mtim))}};
  if (changed + kFresh > read_at) {
    changed_ = files_.erase(path) > 0 || changed_;
    return;
  }
  if (files_.size() >= kFilesMax) return;
  files_[path] = file_of(about, std::move(digest));
  changed_ = true;
}

std::size_t DigestMemo::misses() const {
  const std::lock_guard lock{mutex_};
  return misses_;
}

}  // namespace stack::build
