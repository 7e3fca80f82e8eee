// What watching asks the file system of this machine.
#pragma once

#include "compose/watch/watch_rules.h"

namespace stack::cli {

compose::WatchFiles system_watch_files();

}  // namespace stack::cli
