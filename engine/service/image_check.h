// What of a service does not fit to the image that its containers would be made from: users and groups that the image does not know, files
// that are to be mounted over its folders and folders over its files.
//
// A look at the layers' folders; what cannot be told from them, as where a link leads, is no fault here and left to the start. Blocks for
// some system calls.
#pragma once

#include <string>
#include <vector>

#include "base/model/image_config.h"
#include "compose/model/service.h"
#include "engine/service/machine_check.h"

namespace stack::service {

// `layers`: the folders of the image's layers, the topmost first.
std::vector<ServiceFault> image_faults(const compose::Service& service, const model::Image& image,
                                       const std::vector<std::string>& layers);

}  // namespace stack::service
