#include "base/standard_streams.h"
#include "cli/args/app.h"

int main(int argc, char** argv) {
  stack::open_missing_streams();
  return stack::cli::run(argc, argv);
}
