// The handlers of the API's own dialect: each takes a request apart, calls a backend and writes the answer. See docs/api.md.
//
// Loop thread. The backends outlive the routes; what a handler throws is its answer.
#pragma once

#include "engine/api/attach_backend.h"
#include "engine/api/backend.h"
#include "engine/api/build_backend.h"
#include "engine/api/build_trace.h"
#include "engine/api/connect_backend.h"
#include "engine/api/container_commands.h"
#include "engine/api/container_files.h"
#include "engine/api/container_query.h"
#include "engine/api/process_table.h"
#include "engine/api/event_query.h"
#include "engine/api/exec_backend.h"
#include "engine/api/network_backend.h"
#include "engine/api/registry_query.h"
#include "engine/api/routes.h"
#include "engine/api/stats_backend.h"

namespace stack::api {

struct Backends {
  ProjectBackend& projects;
  LogBackend& logs;
  ContainerBackend& containers;
  ContainerQuery& container_query;
  ContainerFiles& files;
  ContainerCommands& container_commands;
  AttachBackend& attachments;
  ExecBackend& execs;
  ImageBackend& images;
  NetworkBackend& networks;
  VolumeBackend& volumes;
  SystemBackend& system;
  EventBackend& events;
  BuildBackend& builds;
  StatsBackend& stats;
  ContainerDisk& container_disk;
  ProcessBackend& processes;
  ConnectBackend& connections;
  RegistryQuery& registries;
  const Clock& clock;
  BuildTraces traces;
};

// The backends must outlive the routes.
void add_stack_routes(Routes& routes, Backends backends);

}  // namespace stack::api
