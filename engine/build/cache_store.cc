#include "engine/build/cache_store.h"

#include <algorithm>

#include <sys/stat.h>

#include "base/engine_tree.h"
#include "base/error.h"
#include "base/file.h"
#include "base/log.h"
#include "engine/image/digest.h"

namespace stack::build {

namespace fs = std::filesystem;

CacheStore::CacheStore(fs::path root, image::Store& images, const Clock& clock)
    : root_(std::move(root)), images_(images), clock_(clock) {
  for (const char* folder : {"", "steps", "mounts", "contexts"}) tree::make_folder(root_ / folder);
  load();
}

void CacheStore::load() {
  for (const fs::directory_entry& entry : fs::directory_iterator{root_ / "steps"}) {
    if (entry.path().extension() != ".json") {
      std::error_code ignored;
      fs::remove(entry.path(), ignored);  // half written by an engine that was killed
      continue;
    }
    try {
      CacheRecord record = read_cache_record(read_file(entry.path()).value_or(""));
      const auto chain = image::chain_ids(record.layers);
      const bool whole = std::ranges::all_of(chain, [&](const std::string& id) { return images_.has_layer(id); });
      if (!whole) throw Error("a layer of it is gone");
      for (std::string* last : {&slots_[record.slot], &defined_[record.definition]}) {
        if (last->empty() || records_.at(*last).last_used < record.last_used) *last = record.key;
      }
      record.files.clear();
      records_[record.key] = std::move(record);
    } catch (const Error& error) {
      log_warning("build cache: leaving out " + entry.path().filename().string() + ": " + error.message());
      std::error_code ignored;
      fs::remove(entry.path(), ignored);
    }
  }
  const std::lock_guard lock{mutex_};
  images_.keep(kept_layers());
}

fs::path CacheStore::record_file(const std::string& key) const { return root_ / "steps" / (key.substr(7) + ".json"); }

fs::path CacheStore::context_file(const std::string& name) const {
  return root_ / "contexts" / image::sha256_digest(name).substr(7);
}

std::set<std::string> CacheStore::kept_layers() const {
  std::set<std::string> chains;
  for (const auto& [key, record] : records_) {
    for (std::string& chain : image::chain_ids(record.layers)) chains.insert(std::move(chain));
  }
  return chains;
}

void CacheStore::note_locked(const CacheRecord& record) {
  slots_[record.slot] = record.key;
  defined_[record.definition] = record.key;
  unsettled_.insert(record.key);
}

std::optional<CacheRecord> CacheStore::find(const std::string& key) {
  const std::lock_guard lock{mutex_};
  return use_locked(key);
}

std::optional<CacheRecord> CacheStore::find_defined(const std::string& definition) {
  const std::lock_guard lock{mutex_};
  const auto key = defined_.find(definition);
  return definition.empty() || key == defined_.end() ? std::nullopt : use_locked(key->second);
}

std::optional<CacheRecord> CacheStore::use_locked(const std::string& key) {
  const auto found = records_.find(key);
  if (found == records_.end()) return std::nullopt;
  for (const std::string& chain : image::chain_ids(found->second.layers)) {
    if (!images_.has_layer(chain)) return std::nullopt;
  }
  found->second.last_used = clock_.wall();
  ++found->second.uses;
  note_locked(found->second);
  return found->second;
}

ListedFiles CacheStore::files_of(const CacheRecord& record) const {
  if (!record.files.empty()) return record.files;
  try {
    const auto text = read_file(record_file(record.key));
    return text ? read_cache_record(*text).files : ListedFiles{};
  } catch (const Error& error) {
    // They only say why.
    log_warning("build cache: " + record_file(record.key).filename().string() + ": " + error.message());
    return {};
  }
}

std::optional<CacheRecord> CacheStore::last_at(const std::string& slot) const {
  std::optional<CacheRecord> record;
  {
    const std::lock_guard lock{mutex_};
    const auto key = slots_.find(slot);
    const auto found = key == slots_.end() ? records_.end() : records_.find(key->second);
    if (found == records_.end()) return std::nullopt;
    record = found->second;
  }
  record->files = files_of(*record);
  return record;
}

void CacheStore::add(CacheRecord record) {
  const std::lock_guard lock{mutex_};
  note_locked(record);
  const std::string key = record.key;
  records_[key] = std::move(record);
}

void CacheStore::settle() {
  const std::lock_guard writer{writing_};
  std::set<std::string> chains;
  std::vector<CacheRecord> records;
  {
    const std::lock_guard lock{mutex_};
    for (const std::string& key : std::exchange(unsettled_, {})) {
      const auto found = records_.find(key);
      if (found != records_.end()) records.push_back(found->second);
    }
    chains = kept_layers();
  }
  if (records.empty()) return;
  images_.keep(chains);
  for (CacheRecord& record : records) {
    record.files = files_of(record);
    replace_file(record_file(record.key), write_cache_record(record), Durable::no, tree::kPrivateFile);
  }
  const std::lock_guard lock{mutex_};
  for (const CacheRecord& record : records) {
    const auto found = records_.find(record.key);
    if (found != records_.end() && !unsettled_.contains(record.key)) found->second.files.clear();
  }
}

std::vector<CacheStore::Entry> CacheStore::entries() const {
  std::set<std::string> shared;
  for (const model::Image& image : images_.list()) {
    for (std::string& chain : image::chain_ids(image.layers)) shared.insert(std::move(chain));
  }
  std::vector<Entry> result;
  const std::lock_guard lock{mutex_};
  for (const auto& [key, record] : records_)
    result.push_back({record, in_use_.contains(key), shared.contains(image::chain_ids(record.layers).back())});
  return result;
}

std::uint64_t CacheStore::remove(const std::vector<std::string>& keys) {
  const std::lock_guard writer{writing_};
  std::set<std::string> chains;
  {
    const std::lock_guard lock{mutex_};
    for (const std::string& key : keys) {
      if (in_use_.contains(key) || records_.erase(key) == 0) continue;
      std::error_code ignored;
      fs::remove(record_file(key), ignored);
      for (auto* last : {&slots_, &defined_})
        std::erase_if(*last, [&](const auto& each) { return each.second == key; });
    }
    chains = kept_layers();
  }
  images_.keep(chains);
  const std::uint64_t freed = images_.collect();
  images_.sweep();
  return freed;
}

CacheStore::User::~User() {
  const std::lock_guard lock{store_.mutex_};
  for (const std::string& key : keys_) {
    const auto found = store_.in_use_.find(key);
    if (found != store_.in_use_.end()) store_.in_use_.erase(found);
  }
}

void CacheStore::User::take(const std::string& key, const std::vector<std::string>& layers) {
  pins_.push_back(std::make_unique<image::Store::Pin>(images_, image::chain_ids(layers)));
  if (key.empty()) return;
  const std::lock_guard lock{store_.mutex_};
  store_.in_use_.insert(key);
  keys_.push_back(key);
}

}  // namespace stack::build
