// Members of build. Only by way of fields.h.
#pragma once

#include "compose/model/build.h"
#include "compose/model/same.h"

namespace stack::compose {

template <class F>
void visit(Same<Build> auto& it, F&& field) {
  field("context", it.context);
  field("dockerfile", it.dockerfile);
  field("dockerfile_inline", it.dockerfile_inline);
  field("entitlements", it.entitlements);
  field("args", it.args);
  field("provenance", it.provenance);
  field("sbom", it.sbom);
  field("ssh", it.ssh);
  field("labels", it.labels);
  field("cache_from", it.cache_from);
  field("cache_to", it.cache_to);
  field("no_cache", it.no_cache);
  field("no_cache_filter", it.no_cache_filter);
  field("additional_contexts", it.additional_contexts);
  field("pull", it.pull);
  field("extra_hosts", it.extra_hosts);
  field("isolation", it.isolation);
  field("network", it.network);
  field("target", it.target);
  field("secrets", it.secrets);
  field("shm_size", it.shm_size);
  field("tags", it.tags);
  field("ulimits", it.ulimits);
  field("platforms", it.platforms);
  field("privileged", it.privileged);
  field("extensions", it.extensions);
}

}  // namespace stack::compose
