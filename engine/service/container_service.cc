#include "engine/service/container_service.h"

#include <algorithm>
#include <array>

#include <limits.h>
#include <unistd.h>

#include "base/error.h"
#include "base/model/container_text.h"
#include "base/model/model_words.h"
#include "base/model/name_pattern.h"
#include "engine/api/filters.h"
#include "engine/core/context.h"
#include "engine/core/networks.h"
#include "engine/core/options.h"
#include "engine/core/predefined_networks.h"
#include "engine/image/image_store.h"
#include "engine/service/container_names.h"

namespace stack::service {

namespace {

using Words = std::vector<std::string>;

template <class Predicate>
bool none_or_any(const Words& words, Predicate predicate) {
  return words.empty() || std::any_of(words.begin(), words.end(), predicate);
}

// By name, or by how its id begins.
bool is_attached_to(const model::Container& container, const std::string& network, const core::Networks& all) {
  const auto is_it = [&](const std::string& name) {
    if (name == network) return true;
    const model::Network* found = all.find(name);
    return !network.empty() && found != nullptr && found->id.starts_with(network);
  };
  const std::string& mode = container.spec.network_mode;
  if (mode == network) return true;
  if ((mode == "host" || mode == "none") && core::predefined_network(mode).id.starts_with(network)) return true;
  const auto& wanted = container.spec.networks;
  const auto& endpoints = container.state.endpoints;
  return std::any_of(wanted.begin(), wanted.end(), [&](const auto& each) { return is_it(each.network); }) ||
         std::any_of(endpoints.begin(), endpoints.end(), [&](const auto& each) { return is_it(each.network); });
}

bool mounts(const model::Container& container, const std::string& volume) {
  const auto& all = container.spec.mounts;
  return std::any_of(all.begin(), all.end(),
                     [&](const model::Mount& mount) { return mount.source == volume || mount.target == volume; });
}

// "80", "80/udp", "7000-7002/tcp": whether `port` is one of them.
bool is_in_range(const std::string& range, int port, model::Protocol protocol) {
  const std::size_t slash = range.find('/');
  const std::string word = slash == std::string::npos ? "tcp" : range.substr(slash + 1);
  const std::string numbers = range.substr(0, slash);
  const std::size_t dash = numbers.find('-');
  const auto number = [&](const std::string& text) {
    const bool digits = !text.empty() && text.size() <= 5 && text.find_first_not_of("0123456789") == std::string::npos;
    if (!digits)
      throw Error(ErrorKind::invalid, "invalid port \"" + range + "\" of a filter")
          .remedy("write it as in 80, 80/udp or 7000-7002");
    return std::stoi(text);
  };
  const int first = number(numbers.substr(0, dash));
  const int last = dash == std::string::npos ? first : number(numbers.substr(dash + 1));
  return word == to_word(protocol) && port >= first && port <= last;
}

bool has_port(const Words& ranges, const model::Container& container, bool published) {
  const auto offered = model::offered_ports(container);
  return none_or_any(ranges, [&](const std::string& range) {
    return std::any_of(offered.begin(), offered.end(), [&](const model::PortBinding& port) {
      if (published && port.host_port == 0) return false;
      return is_in_range(range, published ? port.host_port : port.container_port, port.protocol);
    });
  });
}

// Shares the whole container.
std::shared_ptr<const model::Container> row_of(const std::shared_ptr<core::ManagedContainer>& managed) {
  return {managed, &managed->row()};
}

bool has_ended_with(const Words& codes, const model::Container& container) {
  if (codes.empty()) return true;
  return container.state.status == model::Status::exited &&
         std::find(codes.begin(), codes.end(), std::to_string(container.state.exit_code)) != codes.end();
}

}  // namespace

std::shared_ptr<const model::Container> ContainerService::get(const std::string& name_or_id) {
  return row_of(container_named(engine_, name_or_id));
}

api::ContainerView ContainerService::brief_view_of(std::shared_ptr<const model::Container> container) const {
  api::ContainerView view;
  const model::ContainerSpec& spec = container->spec;
  for (const model::Mount& mount : spec.mounts) {
    const auto& volumes = engine_.volumes().by_name();
    const auto found = mount.kind == model::MountKind::volume ? volumes.find(mount.source) : volumes.end();
    if (found != volumes.end()) view.volume_folders[mount.source] = found->second.mountpoint;
  }
  for (const model::Attachment& attachment : spec.networks) {
    if (const model::Network* network = engine_.networks().find(attachment.network))
      view.network_ids[attachment.network] = network->id;
  }
  if (const std::string& mode = spec.network_mode; mode == "host" || mode == "none")
    view.network_ids[mode] = core::predefined_network(mode).id;
  view.container = std::move(container);
  return view;
}

bool ContainerService::matches(const api::ContainerFilter& filter, const model::Container& container) const {
  const model::ContainerSpec& spec = container.spec;
  const bool shown = filter.all || filter.newest || !filter.statuses.empty() || !filter.exit_codes.empty() ||
                     model::is_alive(container.state);
  const auto has_word = [](const Words& words, std::string_view word) {
    return none_or_any(words, [&](const std::string& each) { return each == word; });
  };
  const auto is_from = [&](const std::string& image) {
    const auto found = engine_.context().images.find(image);
    return spec.image == image || spec.image_id == image || (found && found->id == spec.image_id);
  };
  return shown && !filter.tasks &&
         none_or_any(filter.ids, [&](const std::string& each) { return container.id.starts_with(each); }) &&
         none_or_any(filter.names,
                     [&](const std::string& each) {
                       const model::NamePattern pattern{each};
                       return pattern.matches(spec.name) || pattern.matches("/" + spec.name);
                     }) &&
         api::has_labels(spec.labels, filter.labels) && has_word(filter.statuses, to_word(container.state.status)) &&
         has_word(filter.health, to_word(container.state.health)) && none_or_any(filter.images, is_from) &&
         none_or_any(filter.networks,
                     [&](const std::string& each) { return is_attached_to(container, each, engine_.networks()); }) &&
         none_or_any(filter.volumes, [&](const std::string& each) { return mounts(container, each); }) &&
         has_ended_with(filter.exit_codes, container) && has_port(filter.published, container, true) &&
         has_port(filter.exposed, container, false);
}

std::vector<api::ContainerView> ContainerService::find(const api::ContainerFilter& filter) {
  std::vector<std::shared_ptr<const model::Container>> found;
  const std::optional<Wall> before = filter.before.empty() ? std::nullopt : std::optional{get(filter.before)->created};
  const std::optional<Wall> since = filter.since.empty() ? std::nullopt : std::optional{get(filter.since)->created};
  for (const auto& [id, container] : engine_.containers().by_id()) {
    const model::Container& row = container->row();
    if ((before && row.created >= *before) || (since && row.created <= *since)) continue;
    if (matches(filter, row)) found.push_back(row_of(container));
  }
  std::sort(found.begin(), found.end(), [](const auto& a, const auto& b) { return a->created > b->created; });
  if (filter.newest && found.size() > *filter.newest) found.resize(*filter.newest);
  std::vector<api::ContainerView> views;
  views.reserve(found.size());
  for (auto& each : found) views.push_back(brief_view_of(std::move(each)));
  return views;
}

api::ContainerDetails ContainerService::inspect(const std::string& name_or_id) {
  const core::Context& context = engine_.context();
  api::ContainerDetails view{brief_view_of(get(name_or_id)), {}, {}, {}, {}, {}};
  view.image = context.images.find_used(view.container->spec.image_id);
  view.folder = context.options.container(view.container->id).string();
  view.exec_ids = execs_.of_container(view.container->id);
  if (view.image) view.layers = context.images.layer_folders(*view.image);
  std::array<char, HOST_NAME_MAX + 1> name{};
  if (::gethostname(name.data(), name.size() - 1) == 0) view.host_name = name.data();
  return view;
}

}  // namespace stack::service
