// The options type, device and o of the volume driver `local`: a file system that is mounted for a volume, or a folder of the
// host that it stands for. As Docker reads them.
#pragma once

#include <map>
#include <string>

namespace stack::model {

struct VolumeOptions {
  enum class Kind {
    folder,   // none: a folder of the engine's
    bound,    // `device` is a folder of the host
    mounted,  // mount(2) with what follows, for as long as a container uses the volume
  };
  Kind kind = Kind::folder;
  std::string device, type;
  unsigned long flags = 0;  // MS_RDONLY and the like; with MS_BIND `device` is a folder of the host
  std::string data;         // what the file system itself reads, "size=10m,uid=1000"
};

struct VolumeOptionsRead {
  VolumeOptions options;
  std::string key;    // of the option that is wrong
  std::string fault;  // what is wrong and what would be right; empty: nothing
};

VolumeOptionsRead read_volume_options(const std::map<std::string, std::string>& driver_opts);

}  // namespace stack::model
