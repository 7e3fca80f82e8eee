// A project of several files, with flags and variables: loading never crashes or throws, and what it prints loads to
// itself. The seeds are the projects that people wrote for the comparison with the real loader; of a text one is taken.
#include <cstdint>
#include <cstdio>
#include <cstdlib>

#include "base/error.h"
#include "compose/model/project_json.h"
#include "compose/print/config_output.h"
#include "sample.h"

using namespace stack::compose;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  Sample sample;
  std::uint32_t sum = 0;
  for (std::size_t i = 0; i < size; ++i) sum = sum * 31 + data[i];
  try {
    auto samples = parse_samples({reinterpret_cast<const char*>(data), size}, "fuzz");
    if (samples.empty()) return 0;
    sample = std::move(samples[sum % samples.size()]);
    (void)options_of(sample);
  } catch (const stack::Error&) {
    return 0;  // the text is no sample
  }
  const LoadedSample loaded = load_sample(sample);
  if (!loaded.result.project) return 0;
  const Project& project = *loaded.result.project;
  if (!(from_wire_json(to_wire_json(project)) == project)) {
    std::fprintf(stderr, "JSON form: %s\n", to_wire_json(project).c_str());
    std::abort();
  }
  return 0;
}
