// The steps that were played, on disk below the engine's root, so that the next build does not play them again.
//
//   <root>/steps/<hex>.json   a step (cache_record.h)
//   <root>/mounts/<hex>/      what RUN --mount=type=cache keeps (cache_mounts.h)
//   <root>/contexts/<hex>     digests of a context's files (digest_memo.h)
//
// Layers are the image store's, which keeps those that a step leads to. A step counts once it is settled: first the image store knows that
// its layers are kept, then its record is written; a power cut between the two leaves a layer that open() gives back. Memory answers;
// what says so blocks on the disk and belongs on the pool. Thread-safe.
#pragma once

#include <filesystem>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "base/clock.h"
#include "engine/build/cache_record.h"
#include "engine/image/image_store.h"

namespace stack::build {

class CacheStore {
 public:
  // Reads the records, and leaves out, with a line in the log, what is damaged or leads to a layer that is gone. Blocks.
  CacheStore(std::filesystem::path root, image::Store& images, const Clock& clock);

  // The step of this key when all of its layers are there. Counts as a use.
  std::optional<CacheRecord> find(const std::string& key);
  // The step of this definition that was used last, when all of its layers are there. Counts as a use.
  std::optional<CacheRecord> find_defined(const std::string& definition);
  // What the same place of the Dockerfile was made of the last time. Blocks: the files of a record stay on the disk.
  [[nodiscard]] std::optional<CacheRecord> last_at(const std::string& slot) const;
  void add(CacheRecord record);
  // Makes durable what was added and used. Blocks.
  void settle();

  // A build that may use what it finds: until it ends, nothing that it found or added is pruned.
  class User {
   public:
    User(CacheStore& store, image::Store& images) : store_(store), images_(images) {}
    User(const User&) = delete;
    User& operator=(const User&) = delete;
    ~User();
    // Also keeps the layers, which are diff ids. Loop thread.
    void take(const std::string& key, const std::vector<std::string>& layers);

   private:
    CacheStore& store_;
    image::Store& images_;
    std::vector<std::string> keys_;
    std::vector<std::unique_ptr<image::Store::Pin>> pins_;
  };

  struct Entry {
    CacheRecord record;
    bool in_use = false, shared = false;
  };
  [[nodiscard]] std::vector<Entry> entries() const;
  // Forgets the records and gives back what only they kept. Those in use stay. Gives the bytes freed. Blocks.
  std::uint64_t remove(const std::vector<std::string>& keys);

  [[nodiscard]] std::filesystem::path mounts_folder() const { return root_ / "mounts"; }
  [[nodiscard]] std::filesystem::path context_file(const std::string& name) const;

 private:
  [[nodiscard]] std::filesystem::path record_file(const std::string& key) const;
  void load();
  [[nodiscard]] std::set<std::string> kept_layers() const;  // holds mutex_
  void note_locked(const CacheRecord& record);
  std::optional<CacheRecord> use_locked(const std::string& key);
  // The record's files, from memory or the disk.
  [[nodiscard]] ListedFiles files_of(const CacheRecord& record) const;

  const std::filesystem::path root_;
  image::Store& images_;
  const Clock& clock_;
  mutable std::mutex mutex_;
  std::mutex writing_;                          // taken before mutex_
  std::map<std::string, CacheRecord> records_;  // without their files once they are settled
  std::map<std::string, std::string> slots_;    // slot to the key that was used last
  std::map<std::string, std::string> defined_;  // definition to the key that was used last
  std::multiset<std::string> in_use_;
  std::set<std::string> unsettled_;
};

}  // namespace stack::build
