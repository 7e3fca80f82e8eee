// Services that no container is: a program brings them up and takes them down (Compose specification, `provider`), and models, which
// Docker's Model plugin serves (`models`). The client runs them; the engine gets a project without them.
//
// They run one after the other, dependencies first, before any container is made, as with Docker Compose. What they say of how they are
// reached becomes variables of the services that depend on them, or use them.
#pragma once

#include <set>
#include <string>
#include <vector>

#include "cli/commands/session.h"

namespace stack::cli {

// The project without such services and models: what is left is for the engine.
compose::Project without_providers(const compose::Project& project);

// Brings up what `services`, or without names all, need of them; sets the variables and takes them out of the project and the names.
// A project of which only such services were named keeps none. With --dry-run it only says what it would run.
void bring_up_providers(Session& session, compose::Project& project, const compose::Variables& variables,
                        std::vector<std::string>& services, bool no_deps);

// After the engine has done the same: `verb` is "down" or "stop", dependents first. Everything is tried; throws the first failure.
// A program that does not say that it can stop is not asked to.
void end_providers(Session& session, const compose::Project& project, const compose::Variables& variables,
                   const std::vector<std::string>& services, const std::string& verb);

}  // namespace stack::cli
