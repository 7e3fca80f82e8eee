// The image store after power cuts: an import, a load, a pull, a tag, removals and a prune, cut off after each of their system
// calls, with everything, nothing or some of what was not synced lost. The store opens, shows what was reported done and nothing
// half-made, and what was cut off can be done again. Needs root for owners, mounts and ptrace.
#include "tests/support/power_cut.h"

#include <filesystem>
#include <fstream>
#include <set>

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/mount.h>
#include <unistd.h>

#include "base/error.h"
#include "base/file.h"
#include "engine/image/archive/load.h"
#include "engine/image/digest.h"
#include "engine/image/image_store.h"
#include "engine/image/manifest_json.h"
#include "tests/support/namespaces.h"
#include "tests/support/tar_text.h"

namespace stack {
namespace {

namespace fs = std::filesystem;
using image::Store;
using test::Loss;
using test::Moment;
using test::TarText;

class StandingClock final : public Clock {
 public:
  [[nodiscard]] Mono mono() const override { return Mono{}; }
  [[nodiscard]] Wall wall() const override { return Wall{std::chrono::seconds{1'700'000'000}}; }
};

constexpr int kMixtures = 8;  // of what is lost and what is not, for each moment

struct Step {
  std::string name;
  std::function<void(Store&)> act;
};

// What the store shows: each image's id with its names.
std::set<std::string> shown_by(const Store& store) {
  std::set<std::string> lines;
  for (const model::Image& image : store.list()) {
    std::string line = image.id;
    for (const std::string& name : image.references) line += " " + name;
    for (const std::string& name : image.repo_digests) line += " " + name;
    lines.insert(line);
  }
  return lines;
}

std::optional<Store::User> never(const std::string&) { return {}; }

class PowerCut : public ::testing::Test {
 protected:
  // A file system in memory, which ends with the process: real disks are slow to sync, and others' syncs would count as ours.
  static void SetUpTestSuite() {
    private_ = test::leave_the_host() && ::mount("tmpfs", ::testing::TempDir().c_str(), "tmpfs", 0, nullptr) == 0;
  }
  void SetUp() override {
    if (!private_) GTEST_SKIP() << "needs root";
    root_ = fs::path{::testing::TempDir()} / ::testing::UnitTest::GetInstance()->current_test_info()->name();
    fs::create_directories(root_);
    const std::string base = base_layer(), top = TarText{}.entry('0', "app", "#!app", {}, 04755, 7).end();
    write("base.tar", base);
    write("other.tar", TarText{}.entry('0', "other", std::string(3000, 'o')).end());
    write("app.tar", archive_of({base, top}));
    write("pulled.tar", TarText{}.entry('0', "etc/pulled", std::string(5000, 'p')).end());
  }
  void TearDown() override {
    if (private_) fs::remove_all(root_);
  }

  static std::string base_layer() {
    return TarText{}
        .entry('5', "etc/", {}, {}, 0755)
        .entry('0', "etc/base", std::string(2000, 'b'), {}, 0640, 5)
        .entry('1', "etc/hard", {}, "etc/base")
        .entry('2', "link", {}, "etc/base")
        .entry('0', "etc/.wh.gone")
        .end();
  }
  static std::string config_of(const std::vector<std::string>& layers) {
    model::Image config;
    config.os = "linux";
    config.architecture = "amd64";
    for (const std::string& layer : layers) config.layers.push_back(image::sha256_digest(layer));
    return image::write_config_blob(config);
  }
  static std::string archive_of(const std::vector<std::string>& layers) {
    TarText tar;
    std::string list;
    for (std::size_t i = 0; i < layers.size(); ++i) {
      tar.entry('0', std::to_string(i) + ".tar", layers[i]);
      list += (i == 0 ? "\"" : ",\"") + std::to_string(i) + ".tar\"";
    }
    tar.entry('0', "config.json", config_of(layers));
    tar.entry('0', "manifest.json", R"([{"Config":"config.json","RepoTags":["app:1"],"Layers":[)" + list + "]}]");
    return tar.end();
  }
  void write(const std::string& name, const std::string& bytes) const {
    std::ofstream{root_ / name, std::ios::binary} << bytes;
  }
  [[nodiscard]] UniqueFd file(const std::string& name) const {
    return UniqueFd{::open((root_ / name).c_str(), O_RDONLY | O_CLOEXEC)};
  }

  void import(Store& store, const std::string& archive, const std::string& name) const {
    store.import(file(archive), {.reference = name, .platform = image::Platform{.architecture = "amd64"}}, {});
  }
  void load(Store& store) const { image::load_archive(store, file("app.tar"), {"linux", "amd64", ""}, {}); }
  // What a pull does with the store, the layer coming through a pipe.
  void pull(Store& store) const {
    const std::string bytes = read_file(root_ / "pulled.tar").value();
    int ends[2];
    if (::pipe2(ends, O_CLOEXEC) != 0) throw Error::from_errno(errno, "making a pipe");
    const UniqueFd reading{ends[0]};
    {
      const UniqueFd writing{ends[1]};
      write_all(writing, bytes);
    }
    Store::NewImage made{.config = config_of({bytes}), .manifest = {}, .names = {}, .repo_digests = {}};
    image::Manifest manifest{.media_type = image::kOciManifest};
    manifest.config = {
        .media_type = image::kOciConfig, .digest = image::sha256_digest(made.config), .size = made.config.size()};
    manifest.layers.push_back(
        {.media_type = image::kOciLayer, .digest = image::sha256_digest(bytes), .size = bytes.size()});
    made.manifest = image::write_manifest(manifest);
    made.names.push_back(model::parse_reference("r.example/pulled:1"));
    made.repo_digests.push_back(model::parse_reference("r.example/pulled@" + image::sha256_digest(made.manifest)));
    const Store::Pin pin{store, {image::sha256_digest(bytes), manifest.config.digest}};
    Store::Staged staged = store.stage(reading, {});
    store.place(std::move(staged), {});
    store.commit(made);
  }

  [[nodiscard]] std::vector<Step> life() const {
    return {{"import", [this](Store& store) { import(store, "base.tar", "base:1"); }},
            {"load", [this](Store& store) { load(store); }},
            {"pull", [this](Store& store) { pull(store); }},
            {"tag", [](Store& store) { store.tag("base:1", "again:1"); }},
            {"import under the same name", [this](Store& store) { import(store, "other.tar", "base:1"); }},
            {"rm", [](Store& store) { store.remove("app:1", false, never); }},
            {"load what was removed", [this](Store& store) { load(store); }},
            {"untag", [](Store& store) { store.remove("again:1", false, never); }},
            {"prune", [](Store& store) {
               std::vector<std::string> ids;
               for (const model::Image& image : store.list()) ids.push_back(image.id);
               store.remove_images(ids, never);
               store.sweep();
             }}};
  }
  [[nodiscard]] Store open(const fs::path& folder) const { return Store{folder, clock_, system_random()}; }

  // The life of a store, each step in the same process or in one of its own, watched.
  std::vector<Moment> watch(const std::vector<Step>& steps, bool reopen, bool believe_syncs) {
    fs::create_directory(root_ / "store");
    std::vector<std::function<void()>> acts;
    std::unique_ptr<Store> store;
    for (const Step& step : steps) {
      acts.emplace_back([&, this] {
        if (!store || reopen) store = std::make_unique<Store>(root_ / "store", clock_, system_random());
        step.act(*store);
      });
    }
    return test::watch_steps(root_ / "store", acts, believe_syncs);
  }

  // What the store shows before the first step and after each.
  std::vector<std::set<std::string>> plan(const std::vector<Step>& steps) const {
    Store store = open(root_ / "plan");
    std::vector<std::set<std::string>> all{shown_by(store)};
    for (const Step& step : steps) {
      step.act(store);
      all.push_back(shown_by(store));
    }
    return all;
  }

  // What is wrong with a store that comes back like this; empty when nothing is.
  std::string verdict(const test::DiskState& disk, const Moment& moment, const std::vector<Step>& steps,
                      const std::vector<std::set<std::string>>& planned) const {
    const fs::path folder = root_ / "after";
    test::set_down(disk, folder);
    const auto over = static_cast<std::size_t>(moment.steps_over);
    try {
      Store store = open(folder);
      const auto before = shown_by(store);
      const bool next_done = over < steps.size() && before == planned[over + 1];
      if (before != planned[over] && !next_done) return "shows something else";
      if (const auto damaged = store.check(); !damaged.empty()) return damaged.front();
      if (over < steps.size()) {
        try {
          steps[over].act(store);
        } catch (const Error& error) {
          // What was done already, though nobody heard of it.
          if (!next_done || error.kind() != ErrorKind::not_found) return "again: " + error.message();
        }
        if (shown_by(store) != planned[over + 1]) return "again: shows something else";
        if (const auto damaged = store.check(); !damaged.empty()) return "again: " + damaged.front();
      }
      store.sweep();
    } catch (const std::exception& e) {
      return e.what();
    }
    return left_over(folder);
  }
  [[nodiscard]] std::string left_over(const fs::path& folder) const {
    const Store store = open(folder);
    const std::set<std::string> images = shown_by(store);
    for (const char* name : {"layers", "blobs/sha256"}) {
      if (images.empty() && !fs::is_empty(folder / name)) return std::string{"something is left in "} + name;
    }
    return fs::is_empty(folder / "incoming") ? "" : "something is left in incoming";
  }

  // Cuts at every moment, in every way; the complaints.
  std::vector<std::string> cut_everywhere(bool reopen, bool believe_syncs) {
    const std::vector<Step> steps = life();
    const auto planned = plan(steps);
    const std::vector<Moment> moments = watch(steps, reopen, believe_syncs);
    EXPECT_EQ(moments.back().steps_over, static_cast<int>(steps.size()));
    std::vector<std::string> complaints;
    std::set<std::pair<int, std::string>> seen;
    for (std::size_t i = 0; i < moments.size(); ++i) {
      std::vector<Loss> losses{Loss::nothing, Loss::unsynced, Loss::contents, Loss::zeros};
      losses.insert(losses.end(), kMixtures, Loss::some);
      for (unsigned seed = 0; seed < losses.size(); ++seed) {
        const Loss loss = losses[seed];
        const test::DiskState disk = test::lose(moments[i], loss, seed);
        if (!seen.emplace(moments[i].steps_over, test::text_of(disk)).second) continue;
        const std::string wrong = verdict(disk, moments[i], steps, planned);
        if (wrong.empty()) continue;
        const auto step = static_cast<std::size_t>(moments[i].steps_over);
        complaints.push_back("moment " + std::to_string(i) + ", call " + moments[i].call + ", " +
                             (step < steps.size() ? steps[step].name : "end") + ", loss " +
                             std::to_string(static_cast<int>(loss)) + ": " + wrong);
      }
    }
    std::printf("%zu moments, %zu states of the disk, %zu complaints\n", moments.size(), seen.size(),
                complaints.size());
    return complaints;
  }

  static inline bool private_ = false;
  StandingClock clock_;
  fs::path root_;
};

std::string first_of(const std::vector<std::string>& complaints) {
  std::string text;
  for (std::size_t i = 0; i < std::min<std::size_t>(complaints.size(), 20); ++i) text += "\n" + complaints[i];
  return text;
}

TEST_F(PowerCut, OneLifeLosesNothingThatWasReported) {
  const auto complaints = cut_everywhere(false, true);
  EXPECT_TRUE(complaints.empty()) << first_of(complaints);
}

TEST_F(PowerCut, ALifeForEachStepLosesNothingThatWasReported) {
  const auto complaints = cut_everywhere(true, true);
  EXPECT_TRUE(complaints.empty()) << first_of(complaints);
}

// Without syncs things must go wrong, or this test would see nothing.
TEST_F(PowerCut, ADiskThatLiesIsNoticed) { EXPECT_FALSE(cut_everywhere(false, false).empty()); }

}  // namespace
}  // namespace stack
