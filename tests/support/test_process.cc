// In every test program: what the machine's user has set is out of the way before the first test, so that results depend on the test
// alone. Programs that a test starts inherit it.
#include <cstdlib>
#include <initializer_list>

#include <sys/stat.h>

namespace {

[[maybe_unused]] const bool settled = [] {
  ::umask(0022);
  ::setenv("HOME", "/root", 1);
  ::setenv("TERM", "xterm", 1);
  ::setenv("LC_ALL", "C", 1);
  for (const char* name : {"TMPDIR",
                           "TEST_TMPDIR",
                           "LANGUAGE",
                           "COLUMNS",
                           "LINES",
                           "NO_COLOR",
                           "XDG_CONFIG_HOME",
                           "XDG_CACHE_HOME",
                           "DOCKER_CONFIG",
                           "DOCKER_HOST",
                           "DOCKER_DEFAULT_PLATFORM",
                           "COMPOSE_FILE",
                           "COMPOSE_PROFILES",
                           "COMPOSE_PROJECT_NAME",
                           "COMPOSE_PROGRESS",
                           "COMPOSE_ANSI",
                           "STACK_ROOT",
                           "STACK_RUN",
                           "STACK_HOST",
                           "STACK_CONFIG",
                           "http_proxy",
                           "https_proxy",
                           "no_proxy",
                           "HTTP_PROXY",
                           "HTTPS_PROXY",
                           "NO_PROXY",
                           "SOURCE_DATE_EPOCH",
                           "GIT_DIR",
                           "GIT_WORK_TREE",
                           "GIT_CONFIG_GLOBAL"}) {
    ::unsetenv(name);
  }
  return true;
}();

}  // namespace
