#include "cli/args/app.h"
#include "engine/base/standard_streams.h"

int main(int argc, char** argv) {
  stack::open_missing_streams();
  return stack::cli::run(argc, argv);
}
