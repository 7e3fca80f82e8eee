// What is in use without a container that says so: the images, networks and volumes that a running operation is about to use, and the
// images of containers. What removes such things asks here, after it has asked for containers.
//
// Any thread: the removal of images asks on the pool. A claim lives as long as the operation and may outlive the Claims.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace stack::core {

class Claims {
  struct State;

 public:
  enum class Kind { image, network, volume };
  struct Item {
    Kind kind;
    std::string name;  // of an image: a reference or an id
  };

  class Claim {
   public:
    Claim() = default;
    Claim(std::shared_ptr<State> state, std::string holder, std::vector<Item> items);
    Claim(Claim&& other) noexcept = default;
    Claim& operator=(Claim&& other) noexcept;
    ~Claim() { end(); }

   private:
    void end() noexcept;
    std::shared_ptr<State> state_;
    std::string holder_;
    std::vector<Item> items_;
  };

  Claims();
  // `holder` is what a refusal names: "up of project shop".
  [[nodiscard]] Claim hold(std::string holder, std::vector<Item> items);
  // Who claims it, other than `except`; nothing: nobody.
  [[nodiscard]] std::optional<std::string> holder_of(Kind kind, std::string_view name,
                                                     std::string_view except = {}) const;
  // Everything of the kind that is claimed.
  [[nodiscard]] std::vector<std::string> names(Kind kind) const;

 private:
  std::shared_ptr<State> state_;
};

}  // namespace stack::core
