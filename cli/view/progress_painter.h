// Progress as a picture of all resources for a terminal. Pure.
//
//   [+] 1/3
//    ✔ Network shop_default  Created  0.0s
//    ⠹ Container shop-db-1   Waiting  1.3s  until it is healthy
//    · Container shop-web-1           1.3s  for shop-db-1 to be healthy
//    ✔ Container shop-api-1  Started  0.2s  image changed: api:latest
//   1 created, 1 recreated, 1 unchanged
//
// The state is a column of its own and never cut; names lose their beginning, since their ends tell them apart, and what is said
// behind the time its end. Before anything is cut the picture says less: first the project goes from the beginning of names, then the
// kinds ("Container"), then how it is waited for others. On the narrowest screens the time goes as well.
#pragma once

#include <string>
#include <vector>

#include "cli/view/progress.h"
#include "cli/view/terminal.h"

namespace stack::cli {

// The lines of a picture, none wider than the screen has columns less one. While the operation goes on, at most rows less one: what
// is unfinished comes first, then what has ended last. `last`: all of them.
std::vector<std::string> picture(const Progress& progress, const Terminal& screen, Mono now, bool last);

}  // namespace stack::cli
