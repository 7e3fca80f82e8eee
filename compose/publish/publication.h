// A project as an artifact for registries: its files become layers, the reverse of oci_project.h. The artifact is one flat folder,
// so files that extends and env_file name get new names, and what names them is changed in the text; all else stays as it is
// written, comments and variables included.
#pragma once

#include <string>
#include <vector>

#include "compose/load/load_context.h"
#include "compose/model/project.h"
#include "compose/remote/oci_project.h"
#include "compose/source/diagnostic.h"

namespace stack::compose {

struct Publication {
  std::vector<OciLayer> layers;
  // What cannot be published: includes of local files, and references in a form that cannot be changed. Then there are no layers.
  Diagnostics mistakes;
};

struct PublicationOptions {
  std::string override_file;  // one more Compose file, the last: the digests of the images; empty: none
  std::string version;        // of this program, for the layers' annotations
};

// `project` was loaded from `files` without an error, with these variables.
Publication publish_project(const Project& project, const Variables& variables, const PublicationOptions& options,
                            FileSource& files);

}  // namespace stack::compose
