// The routes of builds in our own dialect: /stack/v1/build, build/check, build/cache and build/prune; and in Docker's: /build,
// /build/cancel and /build/prune (docker_build_json.h). See docs/api.md.
//
// A build's body has two parts: the spec as JSON, as long as the header Stack-Spec-Length says, and behind it the archive, when the
// spec's context is one.
//
// Loop thread. The backends outlive the routes; what a handler throws is its answer.
#pragma once

#include "engine/api/build_backend.h"
#include "engine/api/build_trace.h"
#include "engine/api/routes.h"

namespace stack::api {

// Backend and clock outlive the routes.
void add_build_routes(Routes& routes, BuildBackend& builder, const Clock& clock, BuildTraces traces = {});

}  // namespace stack::api
