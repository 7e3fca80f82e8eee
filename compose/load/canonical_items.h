// Canonical forms of the lists whose items have a long syntax. Only for canonical.
#pragma once

#include "compose/load/load_context.h"

namespace stack::compose {

void to_env_files(Node& node);
void to_grants(Node& node);
void to_gpus(Node& node);
void to_volumes(Node& node, const Path& path, LoadContext& context);
void to_devices(Node& node, const Path& path, LoadContext& context);
void to_ports(Node& node, const Path& path, LoadContext& context);

}  // namespace stack::compose
