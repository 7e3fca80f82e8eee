// Manifests and indexes as JSON text. What is read comes from strangers: sizes, counts and digests are checked, and anything of
// another shape is stack::Error(invalid) that says what is wrong.
#pragma once

#include <string>
#include <string_view>

#include "engine/image/manifest.h"

namespace stack::image {

// `content_type` is the registry's word on what it is (parameters allowed); when it says nothing useful the text itself decides.
std::variant<Manifest, Index> parse_manifest(std::string_view text, std::string_view content_type);
std::string write_manifest(const Manifest& manifest);
std::string write_index(const Index& index);

}  // namespace stack::image
