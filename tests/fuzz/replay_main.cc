// Stands in for libFuzzer where there is none: runs a fuzz target over every file of a folder and over mutations of
// them that are the same in every run, so that a failure can be repeated.
//   replay FOLDER [MUTATIONS]
#include <algorithm>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <random>
#include <string>
#include <vector>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size);

namespace {

constexpr std::size_t kMaxInput = 4096;

void run(const std::string& input) {
  LLVMFuzzerTestOneInput(reinterpret_cast<const std::uint8_t*>(input.data()), input.size());
}

// Characters that mean something to the parsers here, beside any byte at all.
constexpr char kTelling[] = "{}[]:,-?*&!|>'\"%@`#$\\\n \t=~.<0x/\r\0";

std::string mutate(std::string input, const std::vector<std::string>& seeds, std::mt19937_64& random) {
  const auto below = [&](std::size_t limit) { return limit == 0 ? 0 : static_cast<std::size_t>(random() % limit); };
  for (std::size_t rounds = 1 + below(8); rounds > 0; --rounds) {
    const std::size_t at = below(input.size() + 1);
    const std::size_t length = below(std::min<std::size_t>(input.size() - at, 16) + 1);
    const char byte = below(2) == 0 ? static_cast<char>(below(256)) : kTelling[below(sizeof kTelling)];
    switch (below(6)) {
      case 0:
        input.insert(at, 1 + below(4), byte);
        break;
      case 1:
        input.erase(at, length);
        break;
      case 2:
        if (at < input.size()) input[at] = byte;
        break;
      case 3:
        input.insert(below(input.size() + 1), input.substr(at, length));
        break;
      case 4: {
        const auto& other = seeds[below(seeds.size())];
        const std::size_t from = below(other.size() + 1);
        input.insert(at, other.substr(from, below(64)));
        break;
      }
      default:
        input.resize(at);
    }
  }
  if (input.size() > kMaxInput) input.resize(kMaxInput);
  return input;
}

}  // namespace

int main(int argc, char** argv) {
  if (argc < 2) return std::fputs("usage: replay FOLDER [MUTATIONS]\n", stderr), 2;
  std::vector<std::filesystem::path> paths;
  for (const auto& entry : std::filesystem::directory_iterator{argv[1]}) {
    if (entry.is_regular_file()) paths.push_back(entry.path());
  }
  std::ranges::sort(paths);
  std::vector<std::string> seeds;
  for (const auto& path : paths) {
    std::ifstream file{path, std::ios::binary};
    seeds.emplace_back(std::istreambuf_iterator<char>{file}, std::istreambuf_iterator<char>{});
  }
  if (seeds.empty()) return std::fputs("there are no seeds\n", stderr), 1;
  run({});
  for (const auto& seed : seeds) run(seed);
  const long mutations = argc > 2 ? std::atol(argv[2]) : 4000;
  std::mt19937_64 random{20260101};
  for (long i = 0; i < mutations; ++i)
    run(mutate(seeds[static_cast<std::size_t>(random() % seeds.size())], seeds, random));
  std::printf("%zu seeds, %ld mutations\n", seeds.size(), mutations);
  return 0;
}
