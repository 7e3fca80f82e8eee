// What is mounted into a service's containers: volumes, bind mounts, memory, images, devices. Plain values.
#pragma once

#include "compose/model/values.h"

namespace stack::compose {

struct BindOptions {
  std::string selinux;      // z, Z
  std::string propagation;  // private, rprivate, shared, rshared, slave, rslave
  OnByDefault create_host_path;
  std::string recursive;  // enabled, disabled, writable, readonly
  Extensions extensions;
  bool operator==(const BindOptions&) const = default;
};

struct VolumeOptions {
  Mapping labels;
  bool nocopy = false;
  std::string subpath;
  Extensions extensions;
  bool operator==(const VolumeOptions&) const = default;
};

struct TmpfsOptions {
  Bytes size;              // 0: the kernel's default
  std::uint32_t mode = 0;  // permission bits, 0: 1777
  Extensions extensions;
  bool operator==(const TmpfsOptions&) const = default;
};

struct ImageMountOptions {
  std::string subpath;
  Extensions extensions;
  bool operator==(const ImageMountOptions&) const = default;
};

struct ServiceMount {
  std::string type;    // volume, bind, tmpfs, image, npipe, cluster
  std::string source;  // volume: key of a top-level volume, empty for an anonymous one; bind: absolute path
  std::string target;  // absolute, cleaned
  bool read_only = false;
  std::string consistency;
  std::optional<BindOptions> bind;
  std::optional<VolumeOptions> volume;
  std::optional<TmpfsOptions> tmpfs;
  std::optional<ImageMountOptions> image;
  Extensions extensions;
  bool operator==(const ServiceMount&) const = default;
};

struct DeviceMapping {
  std::string source, target;
  std::string permissions;  // "rwm"; may be empty in the long form
  Extensions extensions;
  bool operator==(const DeviceMapping&) const = default;
};

struct WeightDevice {
  std::string path;
  std::int64_t weight = 0;
  Extensions extensions;
  bool operator==(const WeightDevice&) const = default;
};
struct ThrottleDevice {
  std::string path;
  Bytes rate;  // bytes or operations per second
  Extensions extensions;
  bool operator==(const ThrottleDevice&) const = default;
};
struct BlkioConfig {
  std::int64_t weight = 0;  // 10 to 1000, 0: unset
  std::vector<WeightDevice> weight_device;
  std::vector<ThrottleDevice> device_read_bps, device_read_iops, device_write_bps, device_write_iops;
  Extensions extensions;
  bool operator==(const BlkioConfig&) const = default;
};

}  // namespace stack::compose
