// One file on its way in: read, parsed, its variables put in, its shape checked, its short forms made long. What comes
// out is ready to be merged.
#pragma once

#include <memory>
#include <optional>
#include <vector>

#include "compose/load/load_context.h"

namespace stack::compose {

// The documents of `path` as they stand in the text; none when it cannot be read (reported). `needed_by` is where the
// file was asked for, if a file did.
std::vector<Node> read_documents(const std::string& path, LoadContext& context, const NamedBy* named_by = nullptr);

// Variables and tags of a whole document. False when it is no mapping (reported).
bool resolve_document(Node& document, const Variables& variables, LoadContext& context);

// Shape and canonical form of one service of a resolved document.
void prepare_service(Node& service, const std::string& name, LoadContext& context);

// Variables, tags, shape and canonical form of a whole document. False when it is no mapping (reported).
bool prepare_document(Node& document, const Variables& variables, LoadContext& context);

// Puts `base_dir` in front of all relative paths of a service, or of the other top-level elements.
// When paths are not to be resolved they are only put as seen from `reader_dir`, the folder of what reads the file.
void resolve_service_paths(Node& service, const std::string& base_dir, const std::string& reader_dir,
                           const LoadContext& context);
void resolve_file_paths(Node& file, const std::string& base_dir, const std::string& reader_dir,
                        const LoadContext& context);

}  // namespace stack::compose
