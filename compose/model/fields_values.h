// Members of the parts that others share. Only by way of fields.h.
#pragma once

#include "compose/model/same.h"
#include "compose/model/values.h"

namespace stack::compose {

template <class F>
void visit(Same<FileGrant> auto& it, F&& field) {
  field("source", it.source);
  field("target", it.target);
  field("uid", it.uid);
  field("gid", it.gid);
  field("mode", it.mode);
  field("extensions", it.extensions);
}

template <class F>
void visit(Same<DeviceRequest> auto& it, F&& field) {
  field("capabilities", it.capabilities);
  field("driver", it.driver);
  field("count", it.count);
  field("device_ids", it.device_ids);
  field("options", it.options);
  field("extensions", it.extensions);
}

template <class F>
void visit(Same<Hook> auto& it, F&& field) {
  field("command", it.command);
  field("user", it.user);
  field("privileged", it.privileged);
  field("image", it.image);
  field("per_replica", it.per_replica);
  field("working_dir", it.working_dir);
  field("environment", it.environment);
  field("extensions", it.extensions);
}

}  // namespace stack::compose
