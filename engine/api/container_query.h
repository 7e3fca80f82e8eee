// What the API asks of containers that changes nothing. engine/service implements it; loop thread.
#pragma once

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/model/container_state.h"
#include "base/model/image_config.h"
#include "engine/api/container_disk.h"

namespace stack::api {

// A container with what a list shows of it beside its record.
struct ContainerView {
  std::shared_ptr<const model::Container> container;  // as it is when it is looked at: the engine changes it
  std::map<std::string, std::string> volume_folders;  // by name
  std::map<std::string, std::string> network_ids;     // by name
  std::optional<ContainerSizes> sizes;                // only where they were asked for
  bool id_among_aliases = false;                      // as the API had it before 1.45
};

// And with what is shown of a single one.
struct ContainerDetails : ContainerView {
  std::string host_name;              // of this machine
  std::optional<model::Image> image;  // none: it is gone
  std::string folder;                 // on the host, with its files and its log
  std::vector<std::string> layers;    // folders of its image, the topmost first
  std::vector<std::string> exec_ids;  // of what runs in it
};

struct ContainerFilter {
  bool all = false;                             // else those that run
  std::optional<std::size_t> newest;            // the last ones that were created, whether they run or not
  std::vector<std::string> ids, names;          // regular expressions; one of each has to match
  std::vector<std::string> labels;              // "name" or "name=value"; all have to be there
  std::vector<std::string> statuses;            // "running"; one of them; implies `all`
  std::vector<std::string> health;              // "none", "starting"...
  std::vector<std::string> images;              // ancestors: names or ids
  std::vector<std::string> networks;            // names or ids
  std::vector<std::string> volumes;             // names or places inside
  std::vector<std::string> exit_codes;          // of those that have ended
  std::vector<std::string> published, exposed;  // "80", "80/udp", "7000-7002"
  bool tasks = false;                           // those of a swarm's services: there are none
  std::string before, since;                    // created before, after this one; name or id
};

class ContainerQuery {
 public:
  virtual ~ContainerQuery() = default;
  // The newest first. Throws invalid, not_found (before, since).
  virtual std::vector<ContainerView> find(const ContainerFilter& filter) = 0;
  // By name (a slash may stand in front), id, or the unique beginning of an id. Throws not_found "No such container: x", invalid.
  virtual ContainerDetails inspect(const std::string& name_or_id) = 0;
  // The same one, and nothing else of it. Never null. Throws as inspect.
  virtual std::shared_ptr<const model::Container> get(const std::string& name_or_id) = 0;
};

}  // namespace stack::api
