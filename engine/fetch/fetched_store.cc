#include "engine/fetch/fetched_store.h"

#include <algorithm>
#include <array>

#include <sys/stat.h>
#include <unistd.h>

#include "base/error.h"
#include "base/file.h"
#include "base/log.h"

namespace stack::fetch {
namespace {

namespace fs = std::filesystem;

constexpr const char* kAbout = "about.json";
constexpr std::string_view kDraft = "draft-";

void remove_folder(const fs::path& folder) {
  std::error_code failed;
  fs::remove_all(folder, failed);
  if (failed) log_warning("removing " + folder.string() + ": " + failed.message());
}

Wall modified_at(const fs::path& file) {
  struct stat about {};
  if (::stat(file.c_str(), &about) != 0) throw Error::from_errno(errno, "looking at " + file.string());
  return Wall{std::chrono::seconds{about.st_mtim.tv_sec} + Nanos{about.st_mtim.tv_nsec}};
}

}  // namespace

Fetched::~Fetched() {
  if (removed_) pool_.post([folder = folder_] { remove_folder(folder); });
}

FetchedDraft::~FetchedDraft() {
  if (!folder_.empty()) pool_.post([folder = std::move(folder_)] { remove_folder(folder); });
}

FetchedStore::FetchedStore(fs::path root, async::ThreadPool& pool) : root_(std::move(root)), pool_(pool) { load(); }

void FetchedStore::load() {
  std::error_code failed;
  fs::create_directories(root_, failed);
  if (failed) throw Error::from_errno(failed.value(), "making " + root_.string());
  for (const fs::directory_entry& entry : fs::directory_iterator{root_}) {
    const fs::path& folder = entry.path();
    if (folder.filename().string().starts_with(kDraft)) {
      remove_folder(folder);
      continue;
    }
    try {
      const auto text = read_file(folder / kAbout);
      if (!text) throw Error(ErrorKind::invalid, "it has no record");
      Slot slot{std::make_shared<const Fetched>(read_fetched_record(*text), folder, pool_),
                modified_at(folder / kAbout)};
      Slot& place = slots_[slot.fetched->record().key];
      // Of two, an engine was killed between the second one and the removal of the first.
      if (place.fetched && place.fetched->record().created > slot.fetched->record().created) std::swap(place, slot);
      std::swap(place, slot);
      if (slot.fetched) slot.fetched->remove_at_the_end();
    } catch (const Error& error) {
      log_warning("a download that builds have kept is removed: " + folder.string() + ": " + error.message());
      remove_folder(folder);
    }
  }
}

std::shared_ptr<const Fetched> FetchedStore::find(const std::string& key) const {
  const std::lock_guard lock{mutex_};
  const auto found = slots_.find(key);
  return found == slots_.end() ? nullptr : found->second.fetched;
}

void FetchedStore::touch(const Fetched& fetched, Wall now) {
  const fs::path file = fetched.folder() / kAbout;
  const auto seconds = std::chrono::floor<std::chrono::seconds>(now);
  const timespec moment{.tv_sec = seconds.time_since_epoch().count(), .tv_nsec = (now - seconds).count()};
  const std::array<timespec, 2> times{moment, moment};
  if (::utimensat(AT_FDCWD, file.c_str(), times.data(), 0) != 0 && errno != ENOENT)
    log_warning(Error::from_errno(errno, "noting the use of " + file.string()).message());
  const std::lock_guard lock{mutex_};
  const auto found = slots_.find(fetched.record().key);
  if (found != slots_.end() && found->second.fetched.get() == &fetched) found->second.last_used = now;
}

FetchedDraft FetchedStore::draft() const {
  std::string pattern = (root_ / (std::string{kDraft} + "XXXXXX")).string();
  if (::mkdtemp(pattern.data()) == nullptr) throw Error::from_errno(errno, "making " + pattern);
  FetchedDraft draft{pattern, pool_};
  if (::mkdir(draft.tree().c_str(), 0755) != 0) throw Error::from_errno(errno, "making " + draft.tree().string());
  return draft;
}

std::shared_ptr<const Fetched> FetchedStore::keep(FetchedDraft draft, const FetchedRecord& record) {
  sync_file_system(draft.tree());
  replace_file(draft.folder() / kAbout, write_fetched_record(record), Durable::yes);
  const fs::path folder = root_ / draft.folder().filename().string().substr(kDraft.size());
  std::error_code failed;
  fs::rename(draft.folder(), folder, failed);
  if (failed) throw Error::from_errno(failed.value(), "keeping " + folder.string());
  draft.folder_.clear();
  const auto fetched = std::make_shared<const Fetched>(record, folder, pool_);
  const std::lock_guard lock{mutex_};
  Slot& slot = slots_[record.key];
  if (slot.fetched) slot.fetched->remove_at_the_end();
  slot = {fetched, record.created};
  make_room();
  return fetched;
}

void FetchedStore::make_room() {
  std::uint64_t bytes = 0;
  for (const auto& [key, slot] : slots_) bytes += slot.fetched->record().bytes;
  const auto older = [](const auto& a, const auto& b) { return a.second.last_used < b.second.last_used; };
  // The newest stays, however large it is.
  while (slots_.size() > 1 && (slots_.size() > kEntriesMax || bytes > kBytesMax)) {
    const auto oldest = std::ranges::min_element(slots_, older);
    bytes -= oldest->second.fetched->record().bytes;
    oldest->second.fetched->remove_at_the_end();
    slots_.erase(oldest);
  }
}

std::vector<FetchedStore::Entry> FetchedStore::entries() const {
  const std::lock_guard lock{mutex_};
  std::vector<Entry> all;
  for (const auto& [key, slot] : slots_) {
    all.push_back({.id = slot.fetched->folder().filename().string(),
                   .record = slot.fetched->record(),
                   .last_used = slot.last_used,
                   .in_use = slot.fetched.use_count() > 1});
  }
  std::ranges::sort(all, {}, &Entry::last_used);
  return all;
}

std::uint64_t FetchedStore::forget(const std::string& id) {
  const std::lock_guard lock{mutex_};
  const auto found = std::ranges::find_if(
      slots_, [&](const auto& each) { return each.second.fetched->folder().filename().string() == id; });
  if (found == slots_.end()) return 0;
  const std::uint64_t bytes = found->second.fetched->record().bytes;
  found->second.fetched->remove_at_the_end();
  slots_.erase(found);
  return bytes;
}

}  // namespace stack::fetch
