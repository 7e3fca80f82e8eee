#include "cli/view/agreement.h"

#include <iostream>

namespace stack::cli {

bool agreed(const std::string& question) {
  std::cout << question << " [y/N] " << std::flush;
  std::string answer;
  // The cursor stands behind the question still when nobody answers.
  if (!std::getline(std::cin, answer)) std::cout << "\n" << std::flush;
  return answer == "y" || answer == "Y" || answer == "yes";
}

}  // namespace stack::cli
