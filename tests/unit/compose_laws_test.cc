// Laws of loading: what may be written in several ways means the same.

#include <gtest/gtest.h>

#include "compose/load/loader.h"
#include "compose/print/config_output.h"

namespace stack::compose {
namespace {

using Files = std::map<std::string, std::string>;

class MapFiles final : public FileSource {
 public:
  explicit MapFiles(Files files) : files_(std::move(files)) {}
  FileText read(const std::string& path) override {
    const auto found = files_.find(path);
    if (found == files_.end()) return {status(path), {}, {}};
    return {FileStatus::ok, found->second, {}};
  }
  FileStatus status(const std::string& path) override {
    if (files_.contains(path)) return FileStatus::ok;
    const auto below = files_.lower_bound(path + "/");
    return below != files_.end() && below->first.starts_with(path + "/") ? FileStatus::folder : FileStatus::missing;
  }
  std::string working_dir() override { return "/p"; }

 private:
  Files files_;
};

LoadResult load(Files files, std::vector<std::string> names = {}) {
  MapFiles source{std::move(files)};
  return load_project({.files = std::move(names), .project_name = "p"}, source, {{"HOME", "/h"}, {"SET", "set"}});
}

std::string printed(const LoadResult& result) {
  return result.project ? config_yaml(*result.project) : "refused:\n" + render(result.diagnostics);
}

std::string of_text(const std::string& text) { return printed(load({{"/p/compose.yaml", text}})); }

// The rest of a project around the attributes of one service.
std::string service_with(const std::string& attributes) {
  return "services: {web: {image: x, " + attributes +
         "}, db: {image: y, build: ./y}}\n"
         "networks: {n: , m: }\nvolumes: {data: }\nsecrets: {s: {file: ./s}}\nconfigs: {c: {file: ./c}}\n"
         "models: {mo: {model: x}}\n";
}

struct Pair {
  const char *short_form, *long_form;
};
const Pair kForms[] = {
    {"build: ./a", "build: {context: ./a}"},
    {"build: {args: [A=1, B]}", "build: {args: {A: 1, B: null}}"},
    {"build: {additional_contexts: [a=./b]}", "build: {additional_contexts: {a: ./b}}"},
    {"build: {ssh: [default, k=./k]}", "build: {ssh: {default: , k: ./k}}"},
    {"build: {labels: [a=1, b]}", "build: {labels: {a: '1', b: ''}}"},
    {"build: {secrets: [s]}", "build: {secrets: [{source: s}]}"},
    {"build: {no_cache_filter: a}", "build: {no_cache_filter: [a]}"},
    {"command: a 'b c' d", "command: [a, b c, d]"},
    {"entrypoint: a \\ b", "entrypoint: [a, ' b']"},
    {"depends_on: [db]", "depends_on: {db: {condition: service_started, required: true}}"},
    {"devices: ['/dev/a']", "devices: [{source: /dev/a, target: /dev/a, permissions: rwm}]"},
    {"devices: ['/dev/a:/dev/b:r']", "devices: [{source: /dev/a, target: /dev/b, permissions: r}]"},
    {"dns: 1.1.1.1", "dns: [1.1.1.1]"},
    {"dns_search: a", "dns_search: [a]"},
    {"tmpfs: /t", "tmpfs: [/t]"},
    {"environment: [A=1, B=, SET, C]", "environment: {A: 1, B: '', SET: , C: null}"},
    {"labels: [a=1, b, c=]", "labels: {a: 1, b: '', c: ''}"},
    {"annotations: [a=1]", "annotations: {a: 1}"},
    {"sysctls: [a.b=1]", "sysctls: {a.b: 1}"},
    {"extra_hosts: ['h=1.1.1.1', 'h=2.2.2.2', 'i:[::1]']", "extra_hosts: {h: [1.1.1.1, 2.2.2.2], i: '::1'}"},
    {"gpus: all", "gpus: [{count: all}]"},
    {"healthcheck: {test: a b}", "healthcheck: {test: [CMD-SHELL, a b]}"},
    {"networks: [n, m]", "networks: {n: , m: null}"},
    {"models: [mo]", "models: {mo: }"},
    {"secrets: [s]", "secrets: [{source: s}]"},
    {"configs: [c]", "configs: [{source: c}]"},
    {"ports: [80]", "ports: [{target: 80}]"},
    {"ports: ['1.2.3.4:81:80/udp']", "ports: [{target: 80, published: 81, host_ip: 1.2.3.4, protocol: udp}]"},
    {"ports: ['81-82:91-92']", "ports: [{target: 91, published: 81}, {target: 92, published: 82}]"},
    {"volumes: ['data:/d:ro']", "volumes: [{type: volume, source: data, target: /d, read_only: true, volume: {}}]"},
    {"volumes: ['./a:/d:z']",
     "volumes: [{type: bind, source: ./a, target: /d, bind: {selinux: z, create_host_path: true}}]"},
    {"volumes: [/anonymous]", "volumes: [{type: volume, target: /anonymous, volume: {}}]"},
    {"develop: {watch: [{path: a, action: rebuild, ignore: x}]}",
     "develop: {watch: [{path: a, action: rebuild, ignore: [x]}]}"},
    {"provider: {type: t, options: {a: b}}", "provider: {type: t, options: {a: [b]}}"},
};

TEST(Laws, ShortFormsEqualLongForms) {
  for (const auto& [short_form, long_form] : kForms) {
    const auto text = of_text(service_with(short_form));
    EXPECT_EQ(text.find("refused"), std::string::npos) << text;
    EXPECT_EQ(text, of_text(service_with(long_form)));
  }
}

// What two files say, and the one text that says the same.
struct Merge {
  const char *base, *over, *merged;
};
const Merge kMerges[] = {
    {"hostname: a, user: u", "hostname: b", "hostname: b, user: u"},
    {"command: a b", "command: [c]", "command: [c]"},
    {"environment: [A=1, B=2]", "environment: {B: 3, C: 4}", "environment: {A: 1, B: 3, C: 4}"},
    {"labels: {a: 1}", "labels: [b=2]", "labels: {a: 1, b: 2}"},
    {"ports: ['80:80']", "ports: ['81:80', '80:80']", "ports: ['80:80', '81:80']"},
    {"volumes: ['data:/d', './a:/e']", "volumes: ['./b:/d']", "volumes: ['./b:/d', './a:/e']"},
    {"cap_add: [A, B]", "cap_add: [B, C]", "cap_add: [A, B, C]"},
    {"depends_on: [db]", "depends_on: {db: {condition: service_healthy}}",
     "depends_on: {db: {condition: service_healthy}}"},
    {"networks: [n]", "networks: {n: {aliases: [a]}, m: }", "networks: {n: {aliases: [a]}, m: }"},
    {"build: ./a", "build: {target: t}", "build: {context: ./a, target: t}"},
    {"healthcheck: {test: a, retries: 2}", "healthcheck: {test: [CMD, b]}",
     "healthcheck: {test: [CMD, b], retries: 2}"},
    {"logging: {driver: a, options: {x: 1}}", "logging: {driver: b, options: {y: 1}}",
     "logging: {driver: b, options: {y: 1}}"},
    {"deploy: {replicas: 1, labels: {a: 1}}", "deploy: {replicas: 2, labels: [b=1]}",
     "deploy: {replicas: 2, labels: {a: 1, b: 1}}"},
    {"ports: ['80:80'], hostname: h", "ports: !override ['81:81'], hostname: !reset null", "ports: ['81:81']"},
    {"extra_hosts: {h: 1.1.1.1}", "extra_hosts: ['h=2.2.2.2']", "extra_hosts: {h: [1.1.1.1, 2.2.2.2]}"},
    {"ulimits: {nofile: {soft: 1, hard: 2}}", "ulimits: {nofile: 5}", "ulimits: {nofile: 5}"},
    {"secrets: [s]", "secrets: [{source: s, uid: '5'}]", "secrets: [{source: s, uid: '5'}]"},
};

TEST(Laws, AnOverrideEqualsTheMergedText) {
  for (const auto& [base, over, merged] : kMerges) {
    const std::string second = "services: {web: {" + std::string{over} + "}}\n";
    const auto two = load({{"/p/a.yaml", service_with(base)}, {"/p/b.yaml", second}}, {"/p/a.yaml", "/p/b.yaml"});
    const auto one = load({{"/p/a.yaml", service_with(merged)}}, {"/p/a.yaml"});
    EXPECT_EQ(printed(two), printed(one)) << base << " | " << over;
    const auto documents = load({{"/p/a.yaml", service_with(base) + "---\n" + second}}, {"/p/a.yaml"});
    EXPECT_EQ(printed(documents), printed(one)) << base << " | " << over;
  }
}

TEST(Laws, ExtendsEqualsPastedText) {
  const std::string rest =
      "  db: {image: y, build: ./y}\nnetworks: {n: , m: }\nvolumes: {data: }\nsecrets: {s: {file: ./s}}\n";
  for (const auto& [base, over, merged] : kMerges) {
    const std::string b = "image: x, " + std::string{base};
    const auto in_file = of_text("services:\n  zero: {" + b + "}\n  web: {extends: zero, " + over + "}\n" + rest);
    const auto pasted = of_text("services:\n  zero: {" + b + "}\n  web: {image: x, " + merged + "}\n" + rest);
    EXPECT_EQ(in_file, pasted) << base << " | " << over;
    const auto from_other =
        printed(load({{"/p/compose.yaml", "services:\n  web: {extends: {file: o.yaml, service: zero}, " +
                                              std::string{over} + "}\n" + rest},
                      {"/p/o.yaml", "services: {zero: {" + b + "}}\n"}}));
    EXPECT_EQ(from_other, of_text("services:\n  web: {image: x, " + std::string{merged} + "}\n" + rest));
  }
}

TEST(Laws, IncludeEqualsPastedText) {
  for (const auto& [form, unused] : kForms) {
    const std::string text = service_with(form);
    const auto included = printed(
        load({{"/p/compose.yaml", "include: [inc.yaml]\nservices: {other: {image: o}}\n"}, {"/p/inc.yaml", text}}));
    const auto pasted = printed(load({{"/p/compose.yaml", text + "---\nservices: {other: {image: o}}\n"}}));
    EXPECT_EQ(included, pasted) << form;
  }
}

TEST(Laws, OutputLoadsToItself) {
  for (const auto& [short_form, long_form] : kForms) {
    const auto once = of_text(service_with(short_form));
    EXPECT_EQ(of_text(once), once);
  }
  for (const auto& [base, over, merged] : kMerges) {
    const auto once = of_text(service_with(merged));
    EXPECT_EQ(of_text(once), once);
  }
}

TEST(Laws, TheOrderOfKeysDoesNotMatter) {
  for (const auto& [base, over, merged] : kMerges) {
    for (const auto* attributes : {base, merged}) {
      const std::string a = attributes;
      EXPECT_EQ(of_text("services: {web: {image: x, " + a +
                        "}, db: {build: ./y, image: y}}\n"
                        "volumes: {data: }\nnetworks: {n: , m: }\nsecrets: {s: {file: s}}\n"),
                of_text("secrets: {s: {file: s}}\nnetworks: {m: , n: }\nvolumes: {data: }\n"
                        "services: {db: {image: y, build: ./y}, web: {" +
                        a + ", image: x}}\n"));
    }
  }
}

}  // namespace
}  // namespace stack::compose
