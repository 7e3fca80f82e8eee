// Members of mounts, devices and block weights. Only by way of fields.h.
#pragma once

#include "compose/model/mount.h"
#include "compose/model/same.h"

namespace stack::compose {

template <class F>
void visit(Same<BindOptions> auto& it, F&& field) {
  field("selinux", it.selinux);
  field("propagation", it.propagation);
  field("create_host_path", it.create_host_path);
  field("recursive", it.recursive);
  field("extensions", it.extensions);
}

template <class F>
void visit(Same<VolumeOptions> auto& it, F&& field) {
  field("labels", it.labels);
  field("nocopy", it.nocopy);
  field("subpath", it.subpath);
  field("extensions", it.extensions);
}

template <class F>
void visit(Same<TmpfsOptions> auto& it, F&& field) {
  field("size", it.size);
  field("mode", it.mode);
  field("extensions", it.extensions);
}

template <class F>
void visit(Same<ImageMountOptions> auto& it, F&& field) {
  field("subpath", it.subpath);
  field("extensions", it.extensions);
}

template <class F>
void visit(Same<ServiceMount> auto& it, F&& field) {
  field("type", it.type);
  field("source", it.source);
  field("target", it.target);
  field("read_only", it.read_only);
  field("consistency", it.consistency);
  field("bind", it.bind);
  field("volume", it.volume);
  field("tmpfs", it.tmpfs);
  field("image", it.image);
  field("extensions", it.extensions);
}

template <class F>
void visit(Same<DeviceMapping> auto& it, F&& field) {
  field("source", it.source);
  field("target", it.target);
  field("permissions", it.permissions);
  field("extensions", it.extensions);
}

template <class F>
void visit(Same<WeightDevice> auto& it, F&& field) {
  field("path", it.path);
  field("weight", it.weight);
  field("extensions", it.extensions);
}

template <class F>
void visit(Same<ThrottleDevice> auto& it, F&& field) {
  field("path", it.path);
  field("rate", it.rate);
  field("extensions", it.extensions);
}

template <class F>
void visit(Same<BlkioConfig> auto& it, F&& field) {
  field("weight", it.weight);
  field("weight_device", it.weight_device);
  field("device_read_bps", it.device_read_bps);
  field("device_read_iops", it.device_read_iops);
  field("device_write_bps", it.device_write_bps);
  field("device_write_iops", it.device_write_iops);
  field("extensions", it.extensions);
}

}  // namespace stack::compose
