// From libseccomp's rules to the instructions that the kernel takes, with what has to stand in front of them. Pure but for memory that a
// file in it takes for a moment. Any thread.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include <linux/filter.h>

namespace stack::sandbox {

// A number above `newest` is not implemented, as far as a container is concerned, on every processor that the kernel runs programs of: C
// libraries fall back only then, and not where a call is refused.
std::vector<sock_filter> not_implemented_above(std::uint32_t newest);

// struct sock_filter, `front` first. `context` is a scmp_filter_ctx. Throws stack::Error.
std::vector<std::byte> export_filter(void* context, const std::vector<sock_filter>& front);

}  // namespace stack::sandbox
