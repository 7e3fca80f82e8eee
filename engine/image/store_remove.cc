#include <algorithm>

#include <fcntl.h>
#include <sys/stat.h>

#include "base/error.h"
#include "base/log.h"
#include "engine/image/image_store.h"

namespace stack::image {

namespace {

// "container 0a1b2c3d4e5f", "up of project shop"
std::string user_text(const Store::User& user) {
  return user.container.empty() ? user.name : "container " + user.container;
}

std::string remedy_for(const Store::User& user) {
  return user.container.empty() ? "wait until it is over" : "remove the container " + user.name + " first";
}

}  // namespace

namespace fs = std::filesystem;

Store::Roots Store::roots_locked() const {
  Roots roots;
  for (const std::string& pin : pins_) {
    roots.blobs.insert(pin);
    roots.chains.insert(pin);
    if (const auto layer = layers_.find(pin); layer != layers_.end()) roots.blobs.insert(layer->second.blob);
  }
  for (const auto& [id, row] : table_.images) {
    roots.blobs.insert({id, row.manifest});
    const auto image = images_.find(id);
    if (image == images_.end()) continue;
    for (const std::string& chain : chain_ids(image->second.layers)) roots.chains.insert(chain);
  }
  // Of images that could not be loaded as well, until the table is written the next time.
  for (const auto& [chain, layer] : table_.layers) {
    roots.chains.insert(chain);
    roots.blobs.insert(layer.blob);
  }
  return roots;
}

std::uint64_t Store::collect() {
  const std::lock_guard writer{writing_};
  return collect_garbage();
}

std::uint64_t Store::collect_garbage() {
  std::uint64_t freed = 0;
  const auto discard = [&](const fs::path& path) {
    std::error_code failed;
    fs::rename(path, root_ / "discarded" / new_id(random_, 16), failed);
    if (failed) log_warning("image store: setting " + path.string() + " aside: " + failed.message());
    return !failed;
  };
  std::vector<fs::path> blobs, layers;
  {
    // From now on nobody can pin these layers.
    const std::lock_guard lock{mutex_};
    const Roots roots = roots_locked();
    for (const auto& entry : fs::directory_iterator{root_ / "blobs/sha256"}) {
      if (!roots.blobs.contains("sha256:" + entry.path().filename().string())) blobs.push_back(entry.path());
    }
    for (const auto& entry : fs::directory_iterator{root_ / "layers"}) {
      const std::string chain = "sha256:" + entry.path().filename().string();
      if (roots.chains.contains(chain)) continue;
      layers.push_back(entry.path());
      const auto known = layers_.find(chain);
      if (known == layers_.end()) continue;
      freed += known->second.bytes;
      layers_.erase(known);
    }
  }
  for (const fs::path& path : layers) discard(path);
  for (const fs::path& path : blobs) {
    std::error_code ignored;
    const std::uintmax_t size = fs::file_size(path, ignored);
    if (discard(path) && !ignored) freed += size;
  }
  return freed;
}

void Store::sweep() {
  std::error_code ignored;
  for (const auto& entry : fs::directory_iterator{root_ / "discarded", ignored}) {
    std::error_code failed;
    fs::remove_all(entry.path(), failed);
    if (failed) log_warning("image store: removing " + entry.path().string() + ": " + failed.message());
  }
  const std::lock_guard writer{writing_};
  if (ballast_) ballast_->restore();
}

void Store::take_names(StoreTable& table, const std::string& id, Removal& removal) const {
  for (auto name = table.names.begin(); name != table.names.end();) {
    if (name->second.id != id) {
      ++name;
      continue;
    }
    removal.untagged.push_back(model::parse_reference(name->first).familiar());
    name = table.names.erase(name);
  }
}

// Takes the name `key`, and with the last tag of a repository its digests.
void Store::take_name(StoreTable& table, const std::string& id, const std::string& key, Removal& removal) {
  const std::string repository = model::parse_reference(key).name();
  removal.untagged.push_back(model::parse_reference(key).familiar());
  table.names.erase(key);
  const bool tagged = std::any_of(table.names.begin(), table.names.end(), [&](const auto& item) {
    const model::Reference other = model::parse_reference(item.first);
    return item.second.id == id && other.name() == repository && other.digest.empty();
  });
  std::erase_if(table.names, [&](const auto& item) {
    const model::Reference other = model::parse_reference(item.first);
    if (tagged || item.second.id != id || other.name() != repository || other.digest.empty()) return false;
    removal.untagged.push_back(other.familiar());
    return true;
  });
}

Removal Store::remove(std::string_view name, bool force, const InUse& in_use) {
  const std::lock_guard writer{writing_};
  const auto image = find(name);
  if (!image) throw Error(ErrorKind::not_found, "no such image: " + std::string{name});
  const std::string& id = image->id;
  Removal removal;
  StoreTable table = table_;
  const std::string short_form = id.substr(7, 12);
  // What was typed is the id or the beginning of it, unless it is a name.
  const std::string_view digits = name.starts_with("sha256:") ? name.substr(7) : name;
  const bool hex = digits.find_first_not_of("0123456789abcdef") == std::string_view::npos;
  std::string key;
  if (!name.starts_with("sha256:") && !(hex && digits.size() == 64)) {
    model::Reference reference = model::parse_reference(name);
    if (!reference.digest.empty()) reference.tag.clear();
    key = reference.canonical();
  }
  const bool by_name = table.names.contains(key) && table.names.at(key).id == id;
  if (by_name) {
    take_name(table, id, key, removal);
    const bool named =
        std::any_of(table.names.begin(), table.names.end(), [&](const auto& n) { return n.second.id == id; });
    const std::optional<User> user = named ? std::nullopt : in_use(id);
    if (user && !force) {
      throw Error(ErrorKind::conflict, "conflict: unable to remove repository reference \"" + std::string{name} +
                                           "\" (must force) - " + user_text(*user) + " is using its referenced image " +
                                           short_form)
          .remedy(remedy_for(*user) + "; --force takes the name away");
    }
    if (user && !user->keeps) take(table, id, removal);
    if (!user && !named) removal.deleted.push_back(id);
  } else {
    check_removal_by_id(table, id, force, in_use);
    take_names(table, id, removal);
    if (in_use(id)) {
      take(table, id, removal);
    } else {
      removal.deleted.push_back(id);
    }
  }
  std::vector<std::string> gone;
  for (const std::string& each : removal.deleted) {
    if (const auto row = table.images.find(each); row == table.images.end() || row->second.taken) continue;
    table.images.erase(each);
    gone.push_back(each);
  }
  write_table(std::move(table), gone);
  if (!gone.empty()) removal.freed_bytes = collect_garbage();
  return removal;
}

// For everybody but its containers it is gone.
void Store::take(StoreTable& table, const std::string& id, Removal& removal) {
  table.images.at(id).taken = true;
  removal.deleted.push_back(id);
}

// The order of Docker's reasons.
void Store::check_removal_by_id(const StoreTable& table, const std::string& id, bool force, const InUse& in_use) {
  const std::string what = "conflict: unable to delete " + id.substr(7, 12);
  const std::optional<User> user = in_use(id);
  if (user && user->keeps) {
    throw Error(ErrorKind::conflict, what + " (cannot be forced) - image is being used by " +
                                         (user->container.empty() ? "" : "running ") + user_text(*user))
        .remedy(remedy_for(*user));
  }
  if (force) return;
  std::set<std::string> repositories;
  for (const auto& [reference, row] : table.names) {
    if (row.id == id) repositories.insert(model::parse_reference(reference).name());
  }
  if (repositories.size() > 1) {
    throw Error(ErrorKind::conflict, what + " (must be forced) - image is referenced in multiple repositories")
        .remedy("remove it by name, or take all of them with --force");
  }
  if (user) {
    throw Error(ErrorKind::conflict, what + " (must be forced) - image is being used by stopped " + user_text(*user))
        .remedy(remedy_for(*user) + ", or take the image from it with --force");
  }
}

std::uint64_t Store::drop_taken(const InUse& in_use) {
  std::vector<std::string> ids;
  {
    const std::lock_guard lock{mutex_};
    for (const auto& [id, row] : table_.images) {
      if (row.taken) ids.push_back(id);
    }
  }
  return ids.empty() ? 0 : remove_images(ids, in_use).freed_bytes;
}

bool Store::has_taken() const {
  const std::lock_guard lock{mutex_};
  return std::ranges::any_of(table_.images, [](const auto& each) { return each.second.taken; });
}

Removal Store::remove_images(const std::vector<std::string>& ids, const InUse& in_use) {
  Removal removal;
  const std::lock_guard writer{writing_};
  StoreTable table = table_;
  for (const std::string& id : ids) {
    if (!table.images.contains(id) || in_use(id)) continue;
    take_names(table, id, removal);
    table.images.erase(id);
    removal.deleted.push_back(id);
  }
  if (!removal.deleted.empty()) write_table(std::move(table), removal.deleted);
  removal.freed_bytes = collect_garbage();
  return removal;
}

}  // namespace stack::image
