// Makes projects, right ones and wrong ones, from the attribute table: every row alone with every value that is known
// for it, and rows together in several files, with extends, include, anchors, tags and variables. Deterministic.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "sample.h"

namespace stack::compose {

// One attribute each.
std::vector<Sample> samples_of_rows();

// `count` mixtures; the same for the same seed.
std::vector<Sample> mixed_samples(std::size_t count, std::uint64_t seed);

}  // namespace stack::compose
