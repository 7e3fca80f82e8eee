#include "engine/service/creation_names.h"

#include "base/error.h"

namespace stack::service {

CreationNames::CreationNames(const model::ContainerSpec& spec, const Identities& identities) {
  for (const std::string& from : spec.volumes_from) {
    const std::string name = from.substr(0, from.find(':'));
    meanings_["container " + name] = identities.container(name);
  }
  for (const model::Attachment& attachment : spec.networks)
    meanings_["network " + attachment.network] = identities.network(attachment.network);
  for (const model::Mount& mount : spec.mounts) {
    if (mount.kind == model::MountKind::volume && !mount.source.empty())
      meanings_["volume " + mount.source] = identities.volume(mount.source);
  }
}

void CreationNames::check(const CreationNames& now) const {
  for (const auto& [name, meant] : meanings_) {
    const auto found = now.meanings_.find(name);
    if (meant.empty() || found == now.meanings_.end() || found->second == meant) continue;
    throw Error(ErrorKind::conflict, name + " was removed or replaced while the container was being created")
        .remedy("try again");
  }
}

}  // namespace stack::service
