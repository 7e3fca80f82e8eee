// What builds have fetched from other places, on disk below the build cache, so that the next build does not fetch it again.
//
//   <root>/<id>/about.json   FetchedRecord; its modification time is when it was last used
//   <root>/<id>/tree/        the file, alone in a folder; or what the repository holds
//   <root>/draft-*           what is being fetched; what an engine that was killed left is removed by the next one
//
// An entry is made whole as a draft and appears by rename(2) once its files are on the disk, so that a power cut leaves no half of one. It
// never changes: what replaces it is another entry, and the files of the old one go when nobody reads them any more. The least recently
// used go when there are more than kEntriesMax, or more bytes than kBytesMax.
// Thread-safe; what says so blocks on the disk and belongs on the pool.
#pragma once

#include <atomic>
#include <cstdint>
#include <filesystem>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "base/async/thread_pool.h"
#include "engine/fetch/fetched_record.h"

namespace stack::fetch {

// An entry. Who holds it may read its files.
class Fetched {
 public:
  Fetched(FetchedRecord record, std::filesystem::path folder, async::ThreadPool& pool)
      : record_(std::move(record)), folder_(std::move(folder)), pool_(pool) {}
  Fetched(const Fetched&) = delete;
  Fetched& operator=(const Fetched&) = delete;
  ~Fetched();

  [[nodiscard]] const FetchedRecord& record() const { return record_; }
  [[nodiscard]] const std::filesystem::path& folder() const { return folder_; }
  [[nodiscard]] std::filesystem::path tree() const { return folder_ / "tree"; }
  // The last one who holds it removes it.
  void remove_at_the_end() const { removed_ = true; }

 private:
  const FetchedRecord record_;
  const std::filesystem::path folder_;
  async::ThreadPool& pool_;
  mutable std::atomic<bool> removed_{false};
};

// A folder that vanishes unless it is kept: the pool removes it.
class FetchedDraft {
 public:
  FetchedDraft(std::filesystem::path folder, async::ThreadPool& pool) : folder_(std::move(folder)), pool_(pool) {}
  FetchedDraft(FetchedDraft&& other) noexcept : folder_(std::exchange(other.folder_, {})), pool_(other.pool_) {}
  FetchedDraft& operator=(FetchedDraft&&) = delete;
  ~FetchedDraft();
  [[nodiscard]] const std::filesystem::path& folder() const { return folder_; }
  [[nodiscard]] std::filesystem::path tree() const { return folder_ / "tree"; }

 private:
  friend class FetchedStore;
  std::filesystem::path folder_;  // empty: it was kept
  async::ThreadPool& pool_;
};

class FetchedStore {
 public:
  static constexpr std::size_t kEntriesMax = 1000;
  static constexpr std::uint64_t kBytesMax = std::uint64_t{10} << 30;

  // Reads the records, and removes, with a line in the log, what is damaged. Blocks. Throws stack::Error.
  FetchedStore(std::filesystem::path root, async::ThreadPool& pool);

  [[nodiscard]] std::shared_ptr<const Fetched> find(const std::string& key) const;
  // It was used now. Blocks.
  void touch(const Fetched& fetched, Wall now);
  // With a folder "tree". Blocks.
  [[nodiscard]] FetchedDraft draft() const;
  // The draft becomes the entry of its key, in the place of the one before it. Blocks.
  std::shared_ptr<const Fetched> keep(FetchedDraft draft, const FetchedRecord& record);

  struct Entry {
    std::string id;
    FetchedRecord record;
    Wall last_used{};
    bool in_use = false;
  };
  // The least recently used first.
  [[nodiscard]] std::vector<Entry> entries() const;
  // Gives the bytes that go, at once or with the last who reads them; 0 for an unknown id.
  std::uint64_t forget(const std::string& id);

 private:
  struct Slot {
    std::shared_ptr<const Fetched> fetched;
    Wall last_used{};
  };
  void load();
  void make_room();  // holds mutex_

  const std::filesystem::path root_;
  async::ThreadPool& pool_;
  mutable std::mutex mutex_;
  std::map<std::string, Slot> slots_;  // by key
};

}  // namespace stack::fetch
