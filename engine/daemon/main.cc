#include <cstdio>
#include <cstdlib>

#include "base/error.h"
#include "base/standard_streams.h"
#include "base/thrown.h"
#include "engine/daemon/arguments.h"
#include "engine/daemon/daemon.h"

int main(int argc, char** argv) {
  using namespace stack;
  open_missing_streams();
  try {
    const daemon::Arguments arguments = daemon::parse_arguments(
        {argv + 1, argv + argc}, [](const char* name) -> const char* { return std::getenv(name); });
    if (arguments.help) {
      std::fputs(daemon::usage().c_str(), stdout);
    } else if (arguments.version) {
      std::puts("stackd " STACK_VERSION);
    } else if (arguments.stop_containers) {
      daemon::stop_containers(arguments);
    } else if (arguments.purge) {
      daemon::purge(arguments);
    } else {
      daemon::run_daemon(arguments);
    }
    return 0;
  } catch (const Error& error) {
    std::fprintf(stderr, "stackd: %s\n", error.render().c_str());
    return 1;
  } catch (const std::exception& error) {
    std::fprintf(stderr, "stackd: %s\n", error_of(error).render().c_str());
    return 1;
  }
}
