#include "engine/core/containers.h"

#include <algorithm>
#include <set>

#include <boost/asio/post.hpp>

#include "base/log.h"
#include "base/model/signals.h"
#include "base/mount_target.h"
#include "base/thrown.h"
#include "engine/core/event_bus.h"
#include "engine/core/given_names.h"
#include "engine/core/state_writer.h"
#include "engine/sandbox/launch_plan.h"
#include "engine/sandbox/storage_options.h"
#include "netns/container_check.h"
#include "netns/network.h"

namespace stack::core {

namespace asio = boost::asio;

namespace {

// What events tell of a container, as Docker's do: its labels, image and name.
std::map<std::string, std::string> attributes_of(const model::ContainerSpec& spec) {
  std::map<std::string, std::string> attributes = spec.labels;
  attributes["image"] = spec.image;
  attributes["name"] = spec.name;
  return attributes;
}

std::string clean_target_of(const std::string& target, const std::string& what) {
  std::string clean = clean_target(target);
  const std::string_view fault = target_fault(clean);
  if (!fault.empty()) throw Error(ErrorKind::invalid, what + ": \"" + target + "\" " + std::string(fault));
  return clean;
}

}  // namespace

bool is_container_name(std::string_view name) {
  const auto alnum = [](char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9'); };
  return name.size() >= 2 && name.size() <= 255 && alnum(name.front()) &&
         std::all_of(name.begin(), name.end(), [&](char c) { return alnum(c) || c == '_' || c == '.' || c == '-'; });
}

void Containers::flush_soon() {
  if (flush_posted_) return;
  asio::post(context_.loop, [this] {
    flush_posted_ = false;
    try {
      context_.network.flush();
    } catch (const Error& error) {
      log_error("network: " + error.message());
    }
  });
  flush_posted_ = true;  // once that could not fail any more
}

std::shared_ptr<ManagedContainer> Containers::adopt_row(model::Container row) {
  const std::string id = row.id;
  names_[row.spec.name] = id;
  auto container = std::make_shared<ManagedContainer>(context_, *this, std::move(row));
  by_id_.emplace(id, container);
  return container;
}

// A mounted image is the one that its name means now, for as long as the container exists.
void Containers::find_images(model::ContainerSpec& spec) const {
  for (model::Mount& mount : spec.mounts) {
    if (mount.kind != model::MountKind::image || !mount.image_id.empty()) continue;
    const auto image = context_.planner.find_image(mount.source);
    if (!image) {
      throw Error(ErrorKind::not_found, "No such image: " + mount.source)
          .about("volumes")
          .remedy("pull it with: stack image pull " + mount.source);
    }
    mount.image_id = image->id;
  }
}

// What the service itself mounts at a place wins over what it takes from others, and of these the last.
void Containers::add_volumes_from(model::ContainerSpec& spec) const {
  std::map<std::string, model::Mount> taken;
  for (const std::string& from : spec.volumes_from) {
    const std::size_t colon = from.rfind(':');
    const bool read_only = colon != std::string::npos && from.substr(colon) == ":ro";
    const auto other = get(from.substr(0, colon));
    for (model::Mount mount : other->row().spec.mounts) {
      if (mount.kind == model::MountKind::tmpfs) continue;
      mount.read_only = mount.read_only || read_only;
      const std::string target = mount.target;
      taken.insert_or_assign(target, std::move(mount));
    }
  }
  for (const model::Mount& own : spec.mounts) taken.erase(own.target);
  for (auto& [target, mount] : taken) spec.mounts.push_back(std::move(mount));
}

void Containers::add_image_volumes(model::ContainerSpec& spec, const std::vector<std::string>& targets,
                                   const ManagedContainer* replaced, bool renew) {
  for (const std::string& written : targets) {
    // As with Docker, VOLUME may leave out the slash.
    const std::string absolute = written.empty() || written.front() == '/' ? written : "/" + written;
    const std::string target = clean_target_of(absolute, "volume of the image " + spec.image);
    const bool taken =
        std::any_of(spec.mounts.begin(), spec.mounts.end(), [&](const auto& m) { return m.target == target; });
    if (!taken)
      spec.mounts.push_back({.kind = model::MountKind::volume, .target = target, .mode = "", .declared = true});
  }
  for (model::Mount& mount : spec.mounts) {
    if (mount.kind != model::MountKind::volume) continue;
    const bool anonymous = mount.source.empty();
    if (anonymous && replaced != nullptr && !renew) {
      for (const model::Mount& old : replaced->row().spec.mounts) {
        if (old.kind == model::MountKind::volume && old.target == mount.target) mount.source = old.source;
      }
    }
    if (mount.source.empty()) mount.source = new_id(context_.random);
    context_.volumes.ensure({.name = mount.source,
                             .labels = mount.volume_labels,
                             .project = anonymous ? spec.project : std::string{},
                             .anonymous = anonymous});
  }
}

std::string Containers::unused_id(const model::ContainerSpec& spec) const {
  if (spec.storage_options.empty()) return new_id(context_.random);
  std::set<std::uint32_t> taken;
  for (const auto& [id, container] : by_id_) {
    if (!container->row().spec.storage_options.empty()) taken.insert(sandbox::storage_project(id));
  }
  return sandbox::id_of_new_project(context_.random, taken);
}

// Throws when another container has the name, unless that one is replaced.
void Containers::take_name(model::ContainerSpec& spec, const ManagedContainer* replaced) const {
  if (spec.name.empty())
    spec.name = given_name(context_.random, [this](const std::string& name) { return names_.contains(name); });
  if (!is_container_name(spec.name)) {
    throw Error(ErrorKind::invalid,
                "Invalid container name (" + spec.name + "), only [a-zA-Z0-9][a-zA-Z0-9_.-] are allowed");
  }
  const auto holder = names_.find(spec.name);
  if (holder == names_.end() || (replaced != nullptr && holder->second == replaced->row().id)) return;
  const model::ContainerSpec& other = get(holder->second)->row().spec;
  const std::string owner = other.project.empty()   ? ""
                            : other.service.empty() ? " of project " + other.project
                                                    : " of " + other.project + "/" + other.service;
  const bool left_over = other.project == spec.project && other.service != spec.service;
  throw Error(ErrorKind::conflict, "the container name " + spec.name + " is in use by container " +
                                       std::string{short_id(holder->second)} + owner)
      .remedy(left_over ? "when that service is no longer in the Compose file, remove its container with: stack up "
                          "--remove-orphans"
                        : "remove that container, or give this one another name");
}

std::shared_ptr<ManagedContainer> Containers::create(model::ContainerSpec spec, const CreateOptions& options) {
  const auto image = context_.planner.find_image(spec.image_id.empty() ? spec.image : spec.image_id);
  if (!image) {
    throw Error(ErrorKind::not_found, "no such image: " + spec.image)
        .remedy("pull it with: stack image pull " + spec.image);
  }
  spec.image_id = image->id;
  // The pool may be removing images: until the record is there.
  const Claims::Claim claim = context_.claims.hold("the container " + spec.name, {{Claims::Kind::image, image->id}});
  const std::string id = unused_id(spec);
  std::shared_ptr<ManagedContainer> replaced;
  if (!options.replaces.empty()) replaced = find(options.replaces);
  take_name(spec, replaced.get());
  if (!spec.stop_signal.empty() && !model::parse_signal(spec.stop_signal)) {
    throw Error(ErrorKind::invalid, "invalid stop signal: " + spec.stop_signal);
  }
  if (spec.uts_mode == "host" && (!spec.hostname.empty() || !spec.domainname.empty())) {
    throw Error(ErrorKind::invalid, "hostname and domainname cannot be set with uts: host");
  }
  netns::check_container(spec);
  for (model::Mount& mount : spec.mounts) mount.target = clean_target_of(mount.target, "mount");
  find_images(spec);
  context_.planner.check(spec, *image);
  add_volumes_from(spec);
  add_image_volumes(spec, image->config.volumes, replaced.get(), options.renew_volumes);
  if (replaced && names_.contains(spec.name)) put_aside(replaced->row().id);
  std::vector<std::string> command = sandbox::effective_command(spec, image->config);
  model::Container row{
      .id = id, .spec = std::move(spec), .created = context_.time.wall(), .command = std::move(command)};
  const model::Event event = context_.events.publish(
      {.time = row.created, .type = "container", .action = "create", .id = id, .attributes = attributes_of(row.spec)});
  context_.state.post({state::PutContainer{row}, state::AppendEvent{event}});
  auto made = adopt_row(std::move(row));
  made->expect_addresses();
  return made;
}

void Containers::put_aside(const std::string& id) {
  const auto container = get(id);
  const std::string prefix = std::string{short_id(id)} + "_";
  const std::string name = container->row().spec.name;
  if (!name.starts_with(prefix)) give_name(*container, prefix + name);
}

void Containers::give_back(const std::string& id, const std::string& name) {
  const auto container = get(id);
  if (!names_.contains(name)) give_name(*container, name);
}

void Containers::rename(const std::string& id, const std::string& name) {
  const auto container = get(id);
  model::ContainerSpec spec = container->row().spec;
  spec.name = name;
  // An empty one would be given a name of ours.
  if (name.empty()) throw Error(ErrorKind::invalid, "Neither old nor new names may be empty");
  if (container->row().spec.name == name)
    throw Error(ErrorKind::invalid, "Renaming a container with the same name as its current name");
  take_name(spec, nullptr);
  give_name(*container, name);
}

void Containers::give_name(ManagedContainer& container, const std::string& name) {
  const std::string before = container.row().spec.name;
  container.rename(name);
  names_.erase(before);
  names_[name] = container.row().id;
}

std::shared_ptr<ManagedContainer> Containers::find(const std::string& id_or_name) const {
  if (const auto whole = by_id_.find(id_or_name); whole != by_id_.end()) return whole->second;
  if (const auto named = names_.find(id_or_name); named != names_.end()) return by_id_.at(named->second);
  if (id_or_name.size() < 4) return nullptr;
  const auto first = by_id_.lower_bound(id_or_name);
  if (first == by_id_.end() || !first->first.starts_with(id_or_name)) return nullptr;
  const auto second = std::next(first);
  if (second != by_id_.end() && second->first.starts_with(id_or_name)) {
    throw Error(ErrorKind::invalid, "more than one container id begins with " + id_or_name);
  }
  return first->second;
}

std::shared_ptr<ManagedContainer> Containers::get(const std::string& id_or_name) const {
  auto found = find(id_or_name);
  if (!found) throw Error(ErrorKind::not_found, "no such container: " + id_or_name);
  return found;
}

std::vector<const model::Container*> Containers::users_of(const std::string& volume) const {
  std::vector<const model::Container*> users;
  for (const auto& [name, id] : names_) {
    const model::Container& row = by_id_.at(id)->row();
    const bool uses = std::any_of(row.spec.mounts.begin(), row.spec.mounts.end(), [&](const model::Mount& mount) {
      return mount.kind == model::MountKind::volume && mount.source == volume;
    });
    if (uses) users.push_back(&row);
  }
  return users;
}

asio::awaitable<void> Containers::remove(std::string id, RemoveOptions options) {
  const auto container = get(id);
  co_await container->remove(options.force);
  if (options.anonymous_volumes) co_await remove_unused_volumes(container->row().spec);
}

void Containers::forget(const ManagedContainer& container) {
  const model::Container& row = container.row();
  if (const auto named = names_.find(row.spec.name); named != names_.end() && named->second == row.id)
    names_.erase(named);
  by_id_.erase(row.id);
  const model::Event event = context_.events.publish({.time = context_.time.wall(),
                                                      .type = "container",
                                                      .action = "destroy",
                                                      .id = row.id,
                                                      .attributes = attributes_of(row.spec)});
  context_.state.post({state::DeleteContainer{row.id}, state::AppendEvent{event}});
}

asio::awaitable<void> Containers::remove_unused_volumes(const model::ContainerSpec& spec) {
  for (const model::Mount& mount : spec.mounts) {
    const model::Volume* volume = context_.volumes.find(mount.source);
    if (mount.kind != model::MountKind::volume || volume == nullptr || !volume->spec.anonymous) continue;
    if (users_of(mount.source).empty() && !context_.claims.holder_of(Claims::Kind::volume, mount.source))
      co_await context_.volumes.remove(mount.source);
  }
}

asio::awaitable<void> Containers::recover(std::vector<model::Container> rows, bool same_boot) {
  auto body = [&](async::TaskGroup& recoveries) -> asio::awaitable<void> {
    for (model::Container& row : rows) {
      auto container = adopt_row(std::move(row));
      if (!is_alive(container->row().state)) container->expect_addresses();
      recoveries.start(container->recover(same_boot), [container](const std::exception_ptr& failed) {
        if (failed) container->give_up("the engine could not take it over: " + error_of(failed).message());
      });
    }
    co_return;
  };
  co_await async::with_tasks(context_.loop, "recovery", std::move(body));
  flush_soon();
}

void Containers::abandon() {
  for (const auto& [id, container] : by_id_) container->abandon();
}

}  // namespace stack::core
