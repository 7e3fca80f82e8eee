// All containers of the engine, by id and by name: creation, look-up, removal.
//
// Loop thread only. Names are unique. A container that takes another's place takes its name first; give_back() undoes that.
#pragma once

#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include <boost/asio/awaitable.hpp>

#include "engine/core/container_context.h"
#include "engine/core/managed_container.h"

namespace stack::core {

// Whether a container can be called so: [a-zA-Z0-9][a-zA-Z0-9_.-]+, at most 255 bytes. Pure.
bool is_container_name(std::string_view name);

class Containers final : public ContainerDirectory {
 public:
  explicit Containers(ContainerContext& context) : context_(context) {}

  struct CreateOptions {
    std::string replaces;        // id of the container whose name, and anonymous volumes, it takes over
    bool renew_volumes = false;  // but not the volumes
  };
  // Makes the record and the volumes that it needs; starts nothing. Throws not_found (image), conflict (name), invalid. The record is
  // on its way to the store, in front of whatever is stored after it.
  std::shared_ptr<ManagedContainer> create(model::ContainerSpec spec, const CreateOptions& options);
  // Its name is free for another; until it is removed or given its name back it is called "<short id>_<name>".
  void put_aside(const std::string& id);
  // What should have had its name is gone or fails: the container is called as before.
  void give_back(const std::string& id, const std::string& name);

  // Throws invalid and conflict for the name.
  void rename(const std::string& id, const std::string& name);

  // By id, unambiguous id prefix, or name; null when there is none.
  [[nodiscard]] std::shared_ptr<ManagedContainer> find(const std::string& id_or_name) const override;
  // As find, but throws not_found.
  [[nodiscard]] std::shared_ptr<ManagedContainer> get(const std::string& id_or_name) const;
  [[nodiscard]] const std::map<std::string, std::shared_ptr<ManagedContainer>>& by_id() const { return by_id_; }

  // The containers that have a volume, running or not, by name.
  [[nodiscard]] std::vector<const model::Container*> users_of(const std::string& volume) const;

  struct RemoveOptions {
    bool force = false;              // kill it first
    bool anonymous_volumes = false;  // delete those that nobody else uses
  };
  // Waits for a launch under way. Throws conflict when it runs and force is not given. Resumes when the record is out of the store,
  // or the store has refused that.
  boost::asio::awaitable<void> remove(std::string id, RemoveOptions options);

  // Rows of the store are taken over; see ManagedContainer::recover.
  boost::asio::awaitable<void> recover(std::vector<model::Container> rows, bool same_boot);
  // Tells the network room's changes to the kernel at the end of this turn of the loop, all in one transaction.
  void flush_soon() override;
  // The engine leaves: no timer, probe or connection stays. The containers run on.
  void abandon();

 private:
  void forget(const ManagedContainer& container) override;
  std::shared_ptr<ManagedContainer> adopt_row(model::Container row);
  // A new id; with storage options one whose project no other container has.
  [[nodiscard]] std::string unused_id(const model::ContainerSpec& spec) const;
  void take_name(model::ContainerSpec& spec, const ManagedContainer* replaced) const;
  void give_name(ManagedContainer& container, const std::string& name);
  void find_images(model::ContainerSpec& spec) const;
  void add_volumes_from(model::ContainerSpec& spec) const;
  void add_image_volumes(model::ContainerSpec& spec, const std::vector<std::string>& targets,
                         const ManagedContainer* replaced, bool renew);
  boost::asio::awaitable<void> remove_unused_volumes(const model::ContainerSpec& spec);

  ContainerContext& context_;
  std::map<std::string, std::shared_ptr<ManagedContainer>> by_id_;
  std::map<std::string, std::string> names_;  // name to id
  bool flush_posted_ = false;
};

}  // namespace stack::core
