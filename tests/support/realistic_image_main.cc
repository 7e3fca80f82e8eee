// Makes an image as they are in the world, for scenarios and for trying things by hand:
//   realistic_image ARCHIVE NAME [layers=N] [seed=N] [changes=N] [files=N] [sparse=BYTES] [base=ROOTFS.tar]
//                   [config=whole|volumes] [tree=FILE]
// `base`: its files are spread over the layers. `tree`: what a container sees, one line a path, goes there.
#include <cstdint>
#include <cstdio>
#include <exception>
#include <fstream>
#include <stdexcept>
#include <string>
#include <string_view>

#include "tests/support/realistic_image.h"

int main(int count, char** words) {
  try {
    if (count < 3) throw std::invalid_argument("usage: realistic_image ARCHIVE NAME [OPTION=VALUE...]");
    stack::test::RealisticOptions options;
    std::string tree;
    for (int i = 3; i < count; ++i) {
      const std::string_view word = words[i];
      const std::size_t equals = word.find('=');
      const std::string_view name = word.substr(0, equals);
      const std::string value{equals == word.npos ? "" : word.substr(equals + 1)};
      const auto number = [&] { return std::stoull(value); };
      if (name == "layers")
        options.layers = static_cast<unsigned>(number());
      else if (name == "seed")
        options.seed = static_cast<std::uint32_t>(number());
      else if (name == "changes")
        options.changes = static_cast<unsigned>(number());
      else if (name == "files")
        options.files = static_cast<unsigned>(number());
      else if (name == "sparse")
        options.sparse_bytes = number();
      else if (name == "base")
        options.base = value;
      else if (name == "config")
        options.whole_config = value == "whole";
      else if (name == "tree")
        tree = value;
      else
        throw std::invalid_argument("unknown option: " + std::string{word});
    }
    const stack::test::TreeText seen = stack::test::make_realistic_image(options, words[1], words[2]);
    if (!tree.empty()) {
      std::ofstream to{tree};
      for (const auto& [path, line] : seen) to << path << "\t" << line << "\n";
    }
    return 0;
  } catch (const std::exception& error) {
    std::fprintf(stderr, "realistic_image: %s\n", error.what());
    return 1;
  }
}
