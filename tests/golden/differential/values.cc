#include "values.h"

#include <map>

namespace stack::compose {
namespace {

using Values = std::vector<std::string>;

// What is special to one attribute; added to what its kinds ask for, and first when `first`.
struct Row {
  std::string_view path;
  Values right;
  Values more = {};
};

// Table: values for each attribute.
const std::vector<Row>& rows() {
  static const std::vector<Row> kRows{
      {"x-stack", {"{lint: {disable: [image_tag]}}"}},
      {"x-stack.lint", {"{disable: [image_tag]}"}},
      {"x-stack.lint.disable", {"[image_tag]"}},
      {"x-stack.lint.disable[]", {"image_tag"}},
      {"services.*.x-stack", {"{lint: {disable: [image_tag]}}"}},
      {"services.*.x-stack.lint", {"{disable: [image_tag]}"}},
      {"services.*.x-stack.lint.disable", {"[image_tag]"}},
      {"services.*.x-stack.lint.disable[]", {"image_tag"}},
      {"services.*.build.ulimits.*", {"5", "{soft: 5, hard: 10}"}},
      {"services.*.ulimits.*", {"5", "{soft: 5, hard: 10}"}},
      {"services.*.build.extra_hosts[]", {"'h=1.2.3.4'"}},
      {"services.*.extra_hosts[]", {"'h=1.2.3.4'"}},
      {"services.*.blkio_config.weight_device[]", {"{path: /dev/sda, weight: 300}"}},
      {"services.*.blkio_config.device_read_bps[]", {"{path: /dev/sda, rate: 1m}"}},
      {"services.*.blkio_config.device_read_iops[]", {"{path: /dev/sda, rate: 100}"}},
      {"services.*.blkio_config.device_write_bps[]", {"{path: /dev/sda, rate: 1m}"}},
      {"services.*.blkio_config.device_write_iops[]", {"{path: /dev/sda, rate: 100}"}},
      {"services.*.develop.watch[].exec.environment", {"{A: b}", "[A=b]"}},
      {"services.*.develop.watch[].exec.environment[]", {"A=b"}},
      {"services.*.develop.watch[].exec.environment.*", {"b"}},
      {"version", {"'3.8'"}, {"3.8", "2"}},
      {"name", {"shop"}, {"Shop.One", "_x", "'9'", "''", "${WORD}-x", "7"}},
      {"include[]",
       {"inc.yaml", "{path: inc.yaml}"},
       {"{path: [inc.yaml, inc2.yaml]}", "missing.yaml", "{path: inc.yaml, env_file: e.env}",
        "{path: inc.yaml, project_directory: sub}", "[inc.yaml]", "{env_file: e.env}"}},
      {"include[].path", {"inc.yaml", "[inc.yaml]"}, {"[inc.yaml, inc2.yaml]", "[]"}},
      {"include[].path[]", {"inc.yaml"}},
      {"include[].env_file", {"e.env", "[e.env]"}, {"/dev/null", "[e.env, e2.env]", "missing.env"}},
      {"include[].env_file[]", {"e.env"}},
      {"include[].project_directory", {"sub"}, {"."}},
      {"networks.*.name", {"netname"}},
      {"networks.*.driver_opts", {"{com.docker.network.bridge.name: br7, mtu: 1400}"}, {"{a: 1.50, b: 'x'}"}},
      {"networks.*.ipam.config",
       {"[{subnet: 10.5.0.0/16}]"},
       {"[{subnet: 10.5.0.0/16, gateway: 10.5.0.1}, {subnet: 'fd00::/64'}]"}},
      {"networks.*.ipam.config[].subnet", {"10.5.0.0/16"}, {"10.5", "300.1.1.1/24"}},
      {"networks.*.ipam.config[].ip_range", {"10.5.1.0/24"}},
      {"networks.*.ipam.config[].gateway", {"10.5.0.1"}},
      {"networks.*.ipam.config[].aux_addresses", {"{host1: 10.5.0.9}"}},
      {"networks.*.external", {"true", "{name: other}"}, {"false", "'true'", "{}"}},
      {"volumes.*.external", {"true", "{name: other}"}, {"false", "'true'", "{}"}},
      {"secrets.*.external", {"true", "{name: other}"}, {"false", "'true'", "{}"}},
      {"configs.*.external", {"true", "{name: other}"}, {"false", "'true'", "{}"}},
      {"volumes.*.driver", {"local"}},
      {"volumes.*.driver_opts", {"{type: none, o: bind, device: ./data}"}, {"{type: nfs, o: 'addr=1.2.3.4', size: 5}"}},
      {"secrets.*.environment", {"WORD"}, {"NOT_SET"}},
      {"configs.*.environment", {"WORD"}, {"NOT_SET"}},
      {"configs.*.content", {"'text of ${WORD}'"}, {"'a$$b'"}},
      {"models.*", {"{model: ai/smollm}"}},
      {"models.*.context_size", {"1024"}},
      {"models.*.runtime_flags", {"['--a', '--b']"}},
      // Services.
      {"services.*", {"{image: x}"}, {"{}", "{build: .}"}},
      {"services.*.annotations", {"{A: b}", "[A=b]"}},
      {"services.*.blkio_config.weight", {"300"}},
      {"services.*.build",
       {".", "{context: .}"},
       {"./dir", "'https://github.com/a/b.git'", "{}", "'git@github.com:a/b.git'", "'~/x'"}},
      {"services.*.build.context",
       {"./dir"},
       {".", "../up", "/abs", "'https://example.com/x.git#main'", "'~/x'", "github.com/a/b", "'ssh://git@host/x'",
        "'oci://x/y'"}},
      {"services.*.build.dockerfile", {"Dockerfile.dev"}, {"../Dockerfile", "/abs/Dockerfile"}},
      {"services.*.build.dockerfile_inline", {"'FROM x'"}},
      {"services.*.build.args",
       {"{A: b}", "[A=b]"},
       {"[WORD]", "{WORD: null}", "{A: 1.10, B: true}", "[A, NOT_SET]", "{NOT_SET: null}", "[' A=b']"}},
      {"services.*.build.additional_contexts",
       {"{base: ./base}", "['base=./base']"},
       {"{r: 'service:db'}", "{r: 'docker-image://x'}", "[base]", "{u: 'https://x.example/y.git'}", "['a=b=c']",
        "{t: 'target:x'}"}},
      {"services.*.build.ssh",
       {"{default: null}", "[default]"},
       {"['k=./key']", "[other]", "{k: ./key}", "[default, 'k=~/key']", "['default=/s']"}},
      {"services.*.build.ssh.*", {"/agent"}, {"./key"}},
      {"services.*.build.shm_size", {"128m"}},
      {"services.*.build.platforms", {"[linux/amd64]"}, {"[linux/amd64, linux/arm64]"}},
      {"services.*.build.tags", {"['a:1', 'b:2']"}, {"['a:1', 'a:1']"}},
      {"services.*.build.secrets", {"[s1]", "[{source: s1}]"}, {"[nosuch]", "[s1, s1]", "[{source: s1, target: id}]"}},
      {"services.*.build.provenance", {"true", "'mode=max'"}, {"false"}},
      {"services.*.build.sbom", {"true", "'generator=x'"}, {"false"}},
      {"services.*.build.cache_from", {"['type=registry,ref=x', x]"}},
      {"services.*.build.entitlements", {"[network.host]"}},
      {"services.*.cap_add", {"[NET_ADMIN]"}, {"[ALL, NET_ADMIN]", "[NET_ADMIN, NET_ADMIN]"}},
      {"services.*.cap_drop", {"[ALL]"}},
      {"services.*.cgroup", {"host"}, {"private", "'service:db'"}},
      {"services.*.command",
       {"echo hi", "[echo, hi]", "null"},
       {"[]",      "''",      "'a \"b c\" d'", "'a ''b c'' d'", "'echo $$X'",  "'sh -c \"echo hi && x\"'",
        "'a\\ b'", "'a \"b'", "[1]",           "['']",          "'a=\"x y\"'", "'a \"x\\\"y\"'",
        "'a | b'", "'a; b'",  "'a\\tb'",       "'  a   b '",    "'a # b'",     "'a `b`'",
        "'a > b'", "'a & b'", "'a \"\" b'",    "'a * b'"}},
      {"services.*.entrypoint", {"/run x", "[/run, x]", "null"}, {"[]", "''", "'a \"b c\"'"}},
      {"services.*.configs",
       {"[c1]", "[{source: c1}]"},
       {"[nosuch]", "[c1, c1]", "[{source: c1, target: /x}, {source: c1, target: /y}]"}},
      {"services.*.secrets",
       {"[s1]", "[{source: s1}]"},
       {"[nosuch]", "[s1, s1]", "[{source: s1, target: x}, {source: s1, target: y}]",
        "[{source: s1, target: x}, {source: s1, target: /run/secrets/x}]"}},
      {"services.*.configs[].source", {"c1"}, {"nosuch"}},
      {"services.*.secrets[].source", {"s1"}, {"nosuch"}},
      {"services.*.build.secrets[].source", {"s1"}, {"nosuch"}},
      {"services.*.secrets[].target", {"other"}, {"/abs/x", "a/b"}},
      {"services.*.configs[].target", {"/etc/x"}, {"rel"}},
      {"services.*.secrets[].uid", {"'103'"}, {"103"}},
      {"services.*.container_name", {"web-one"}, {"a b", "-x", "x", "a/b"}},
      {"services.*.cpu_count", {"2"}, {"'2'"}},
      {"services.*.cpu_percent", {"50"}, {"12.5", "150"}},
      {"services.*.cpu_period", {"100000"}, {"'100ms'", "'50000'"}},
      {"services.*.cpu_quota", {"50000"}},
      {"services.*.cpu_rt_period", {"1000"}, {"'400ms'"}},
      {"services.*.cpu_rt_runtime", {"950"}, {"'400ms'"}},
      {"services.*.cpus", {"0.5"}, {"'1.5'", "2", "-1", "0.123456789"}},
      {"services.*.cpuset", {"'0-3,5'"}},
      {"services.*.depends_on",
       {"[db]", "{db: {condition: service_started}}"},
       {"[db, db]", "[nosuch]", "{db: {condition: service_healthy, restart: true, required: false}}", "{db: {}}",
        "{db: null}", "[web]", "{nosuch: {condition: service_started, required: false}}"}},
      {"services.*.depends_on[]", {"db"}},
      {"services.*.depends_on.*", {"{condition: service_healthy}"}},
      {"services.*.depends_on.*.condition", {"service_healthy"}, {"service_completed_successfully", "service_ready"}},
      {"services.*.deploy", {"{replicas: 2}", "null"}, {"{}"}},
      {"services.*.deploy.mode", {"global"}, {"replicated-job", "bogus"}},
      {"services.*.deploy.replicas", {"3"}, {"0"}},
      {"services.*.deploy.endpoint_mode", {"vip"}, {"dnsrr", "bogus"}},
      {"services.*.deploy.labels", {"{A: b}", "[A=b]"}},
      {"services.*.deploy.resources.limits.memory", {"64m"}, {"67108864", "'67108864'"}},
      {"services.*.deploy.resources.reservations.memory", {"64m"}},
      {"services.*.deploy.resources.limits.cpus", {"'0.5'"}, {"0.25"}},
      {"services.*.deploy.resources.limits.pids", {"10"}},
      {"services.*.deploy.resources.reservations.devices", {"[{capabilities: [gpu]}]"}, {"[{count: 1}]"}},
      {"services.*.deploy.resources.reservations.generic_resources",
       {"[{discrete_resource_spec: {kind: gpu, value: 2}}]"}},
      {"services.*.deploy.restart_policy.condition", {"on-failure"}, {"any", "none", "bogus"}},
      {"services.*.deploy.placement.constraints", {"['node.role == manager']"}},
      {"services.*.deploy.placement.preferences", {"[{spread: node.labels.zone}]"}},
      {"services.*.develop", {"{watch: [{path: ./src, action: rebuild}]}", "null"}, {"{}"}},
      {"services.*.develop.watch",
       {"[{path: ./src, action: rebuild}]"},
       {"[]", "[{path: ./src, action: sync}]", "[{action: rebuild}]", "[{path: ./src}]"}},
      {"services.*.develop.watch[].path", {"./src"}, {"/abs", "''", "."}},
      {"services.*.develop.watch[].action", {"sync"}, {"rebuild", "restart", "sync+restart", "sync+exec", "bogus"}},
      {"services.*.develop.watch[].target", {"/app"}},
      {"services.*.develop.watch[].ignore", {"node_modules/", "[a, b]"}},
      {"services.*.develop.watch[].include", {"'*.js'", "[a, b]"}},
      {"services.*.develop.watch[].exec", {"{command: reload}"}},
      {"services.*.device_cgroup_rules", {"['c 1:3 mr', 'a 7:* rmw']"}, {"['x', 'x']"}},
      {"services.*.devices",
       {"['/dev/null:/dev/x:rw']", "[{source: /dev/null}]"},
       {"['/dev/null']", "['/dev/null:/dev/x']", "['a:b:c:d']", "['/dev/null:rw']", "['vendor.com/class=name']", "['']",
        "['/dev/a:/dev/x', '/dev/b:/dev/x']", "['/dev/null:/dev/x:q']",
        "[{source: /dev/null, target: /dev/y, permissions: r}]", "[{target: /dev/y}]"}},
      {"services.*.devices[].source", {"/dev/null"}},
      {"services.*.devices[].target", {"/dev/x"}},
      {"services.*.devices[].permissions", {"rw"}},
      {"services.*.dns", {"8.8.8.8", "[8.8.8.8, 1.1.1.1]"}, {"['', 8.8.8.8]", "[8.8.8.8, 8.8.8.8]", "bogus", "''"}},
      {"services.*.dns_opt", {"['use-vc', 'ndots:2']"}, {"['a=1', 'a=2']"}},
      {"services.*.dns_search", {"example.com", "[a.example, b.example]"}, {"[a, a]"}},
      {"services.*.env_file",
       {"e.env", "[e.env]"},
       {"[e.env, e2.env]", "missing.env", "[{path: missing.env, required: false}]", "[{path: e.env}]", "[e.env, e.env]",
        "{path: e.env}", "[]", "''", "[{path: raw.env, format: raw}]", "[{path: e.env, format: bogus}]"}},
      {"services.*.env_file[]", {"e.env", "{path: e.env}"}},
      {"services.*.env_file[].path", {"e.env"}, {"./e2.env", "missing.env"}},
      {"services.*.env_file[].required", {"false"}},
      {"services.*.env_file[].format", {"raw"}, {"bogus", "''"}},
      {"services.*.environment",
       {"{A: b}", "[A=b]"},
       {"[A]",
        "{A: null}",
        "[WORD]",
        "{WORD: null}",
        "{A: 1.10, B: 1e6, C: 0x1F, D: true, E: 1_000, F: 017, G: 0o17}",
        "['A =b']",
        "[' A=b']",
        "['A= b']",
        "['=b']",
        "['A=b=c', 'A=d']",
        "{A: [x]}",
        "{A: '$$x'}",
        "['${WORD}=x']",
        "{'${WORD}': x}",
        "{a b: c}",
        "[A=]",
        "{A: ''}",
        "{N: .5, O: -0.0, P: 1.0, Q: 12345678.9, R: .inf}",
        "[5, true]",
        "[null]",
        "{D: 2001-01-01}",
        "{Y: yes, N: no, O: on}",
        "{A: 9223372036854775807, B: 9223372036854775808, C: 1e-7, D: 0.0001, E: 123456789012345680000}"}},
      {"services.*.expose",
       {"['80', '90/udp']"},
       {"[80]", "['3000-3005']", "[abc]", "[80, '80']", "[80.5]", "['80/tcp', '80']"}},
      {"services.*.extends",
       {"db", "{service: db}"},
       {"{service: base, file: base.yaml}", "{service: nosuch}", "{file: base.yaml}", "web", "nosuch",
        "{service: web}"}},
      {"services.*.extends.service", {"db"}, {"nosuch"}},
      {"services.*.extends.file", {"base.yaml"}, {"missing.yaml"}},
      {"services.*.external_links", {"['a', 'b:c']"}, {"[a, a]"}},
      {"services.*.extra_hosts",
       {"{h: 1.2.3.4}", "['h=1.2.3.4']"},
       {"['h:1.2.3.4']", "{h: [1.2.3.4, 5.6.7.8]}", "['h=[::1]']", "['h:::1']", "['h=1.1.1.1', 'h=2.2.2.2']",
        "['h=host-gateway']", "[h]", "['=1.2.3.4']", "['h=']", "['h=1.1.1.1,2.2.2.2']", "{h: ''}", "{h: 5}",
        "{h: '[::1]'}", "['h=1.1.1.1', 'h=1.1.1.1']", "['h:[::1]']", "{'a:b': 1.1.1.1}"}},
      {"services.*.gpus",
       {"all", "[{driver: nvidia}]"},
       {"some", "[{count: 1, device_ids: ['0']}]", "[{device_ids: ['0']}]", "[{}]", "[]"}},
      {"services.*.group_add", {"[mail, 100]"}, {"[a, a]"}},
      {"services.*.healthcheck.test",
       {"curl x", "[CMD, curl]"},
       {"[NONE]", "[]", "['CMD-SHELL', 'x']", "[curl]", "''", "[CMD]", "null"}},
      {"services.*.healthcheck.retries", {"5"}, {"'5'", "0"}},
      {"services.*.ipc", {"host"}, {"'service:db'", "'service:nosuch'", "'container:abc'", "bogus"}},
      {"services.*.pid", {"host", "null"}, {"'service:db'", "'service:nosuch'", "'container:abc'"}},
      {"services.*.uts", {"host"}, {"'service:db'"}},
      {"services.*.label_file", {"l.env", "[l.env]"}, {"missing.env", "[l.env, e.env]"}},
      {"services.*.label_file[]", {"l.env"}},
      {"services.*.labels",
       {"{A: b}", "[A=b]"},
       {"[A]", "{A: null}", "{A: 1.10}", "{a.b/c: 'x$$y'}", "['a b=c']", "[A=b, A=c]"}},
      {"services.*.links", {"[db]"}, {"['db:alias']", "[nosuch]", "[db, db]", "['db:a', 'db:b']"}},
      {"services.*.logging",
       {"{driver: local, options: {max-size: 10m}}"},
       {"{options: {max-file: 3}}", "{}", "{driver: 5}"}},
      {"services.*.logging.options", {"{max-size: 10m, max-file: 3}"}, {"{a: null}", "{a: true}", "{a: 1.50}"}},
      {"services.*.mac_address", {"'02:42:ac:11:65:43'"}, {"bogus"}},
      {"services.*.mem_limit", {"64m"}, {"'64M'", "64MB", "0.5g", "'1 gb'", "-1", "10x", "1t", "64k", "100b"}},
      {"services.*.mem_swappiness", {"60"}, {"'60'", "101"}},
      {"services.*.memswap_limit", {"128m"}, {"-1", "'-1'", "0"}},
      {"services.*.models",
       {"[m1]", "{m1: null}"},
       {"{m1: {endpoint_var: U, model_var: M}}", "[nosuch]", "[m1, m1]", "{m1: {}}"}},
      {"services.*.models[]", {"m1"}},
      {"services.*.models.*.endpoint_var", {"URL"}},
      {"services.*.models.*.model_var", {"MODEL"}},
      {"services.*.network_mode",
       {"host"},
       {"none", "bridge", "'service:db'", "'container:x'", "'service:nosuch'", "'service:web'", "bogus"}},
      {"services.*.networks",
       {"[front]", "{front: null}"},
       {"[front, back]", "{}", "[]", "[nosuch]", "[front, front]", "{front: {aliases: [a]}}", "[default]",
        "{default: {}}"}},
      {"services.*.networks[]", {"front"}},
      {"services.*.networks.*.aliases", {"[a, b]"}, {"[a, a]"}},
      {"services.*.networks.*.driver_opts", {"{a: b, c: 5}"}},
      {"services.*.networks.*.ipv4_address", {"10.5.0.7"}, {"bogus"}},
      {"services.*.networks.*.ipv6_address", {"'fd00::7'"}},
      {"services.*.networks.*.link_local_ips", {"[169.254.8.8]"}},
      {"services.*.networks.*.mac_address", {"'02:42:ac:11:65:43'"}},
      {"services.*.oom_score_adj", {"500"}, {"-1000", "2000"}},
      {"services.*.pids_limit", {"100"}, {"-1"}},
      {"services.*.platform", {"linux/amd64"}, {"linux", "bogus/x/y/z"}},
      {"services.*.ports",
       {"['8080:80']", "[80]", "[{target: 80}]"},
       {"['127.0.0.1:8080:80']",
        "['127.0.0.1::80']",
        "['8080-8082:80-82']",
        "['8000-8010:80']",
        "['8000-8001:80-82']",
        "['9999-10001:9999-10001']",
        "['80/udp']",
        "['8080:80/UDP']",
        "['8080:80/xyz']",
        "['[::1]:8080:80']",
        "['::1:8080:80']",
        "['abc']",
        "['70000:80']",
        "['0:80']",
        "['8080:0']",
        "['8080:80', '8080:80']",
        "['8080:80', '8081:80']",
        "['8080:80/tcp', '8080:80/udp']",
        "[80.5]",
        "['3000-3005']",
        "['']",
        "[':80']",
        "['80:']",
        "[8080:80]",
        "['localhost:8080:80']",
        "[{target: 80, published: 8080}]",
        "[{target: 80, published: '8080-8090'}]",
        "[{target: '80'}]",
        "[{published: 80}]",
        "[{target: 80, published: '8080', host_ip: 127.0.0.1, protocol: udp, app_protocol: http, mode: host, name: "
        "web}]",
        "[{target: 80-82, published: 8080}]",
        "['82-80:82-80']",
        "[022]",
        "[1e3]",
        "[true]",
        "[null]",
        "['0.0.0.0:80:80']",
        "['8080:80/sctp']",
        "[-1]",
        "['80:80:80:80']",
        "[70000]",
        "['65535']",
        "['1-2:3']"}},
      {"services.*.ports[]", {"'8080:80'", "80", "80.5", "{target: 80}"}},
      {"services.*.ports[].mode", {"host"}, {"ingress", "bogus"}},
      {"services.*.ports[].host_ip", {"127.0.0.1"}, {"bogus", "'::1'", "'[::1]'", "''"}},
      {"services.*.ports[].target", {"80"}, {"'80'", "0", "70000"}},
      {"services.*.ports[].published", {"8080", "'8080'"}, {"'8080-8090'", "0", "'abc'", "''", "70000"}},
      {"services.*.ports[].protocol", {"udp"}, {"UDP", "bogus"}},
      {"services.*.ports[].name", {"web"}},
      {"services.*.post_start", {"[{command: echo hi}]"}, {"[{command: [a, b]}]", "[{}]", "[]", "[echo]"}},
      {"services.*.pre_stop",
       {"[{command: echo hi}]"},
       {"[{command: [a, b], user: root, privileged: true, working_dir: /x, environment: [A=b]}]", "[{}]"}},
      {"services.*.profiles", {"[dev]"}, {"[dev, test]", "[]", "[dev, dev]", "['a b']"}},
      {"services.*.provider",
       {"{type: model, options: {a: b}}"},
       {"{options: {}}", "{type: x, options: {a: [b, c], d: 5}}", "{}"}},
      {"services.*.provider.options", {"{a: b, c: [d, e]}"}, {"{a: 5, b: true}"}},
      {"services.*.pull_policy",
       {"always"},
       {"never", "build", "if_not_present", "missing", "daily", "weekly", "every_12h", "every_5x", "bogus", "refresh"}},
      {"services.*.restart",
       {"always"},
       {"no", "'no'", "on-failure", "'on-failure:3'", "unless-stopped", "bogus", "on-failure:x"}},
      {"services.*.scale", {"2"}, {"0"}},
      {"services.*.security_opt", {"['no-new-privileges:true']"}, {"[a, a]"}},
      {"services.*.stop_grace_period", {"1m30s"}, {"500ms"}},
      {"services.*.stop_signal", {"SIGUSR1"}},
      {"services.*.storage_opt", {"{size: 1G}"}},
      {"services.*.sysctls", {"{net.core.somaxconn: 1024}", "['net.core.somaxconn=1024']"}, {"[a]", "{a: null}"}},
      {"services.*.tmpfs", {"/run", "['/run', '/tmp:size=5m']"}, {"[/run, /run]", "['/tmp', '/tmp:mode=755']"}},
      {"services.*.ulimits",
       {"{nofile: {soft: 100, hard: 200}, nproc: 65535}"},
       {"{nofile: {soft: 100}}", "{nofile: '100'}", "{bad_name: 5}", "{nofile: 0}", "{nofile: -1}"}},
      {"services.*.user", {"'1000:1000'"}, {"1000"}},
      {"services.*.volumes",
       {"['data:/d']", "[{type: volume, source: data, target: /d}]"},
       {"['./x:/y']",
        "['/abs:/y:ro']",
        "['/anon']",
        "['~/x:/y']",
        "['data:/d:ro,nocopy']",
        "['./x:/y:z']",
        "['./x:/y:rshared']",
        "['./x:/y:bogus']",
        "['a:b:c:d']",
        "['nosuch:/x']",
        "['data:/d', 'data:/d']",
        "['./x:/a', './y:/a/']",
        "['x']",
        "['']",
        "[':/x']",
        "['x:']",
        "['../up:/x']",
        "['data/sub:/x']",
        "['.:/x']",
        "['data:/d:rw']",
        "['data:rel']",
        "['d:/data']",
        "['./x:/y:ro,Z']",
        "['./x:/a/../b']",
        "['/:/host']",
        "['./x y:/z']",
        "['data:/d:volume-nocopy']",
        "['./x:/y:cached']",
        "[{type: bind, source: ./x, target: /y}]",
        "[{type: bind, target: /y}]",
        "[{type: tmpfs, target: /t, tmpfs: {size: 64m, mode: 01777}}]",
        "[{type: volume, target: /d}]",
        "[{type: bind, source: ./x, target: /y, bind: {create_host_path: false}}]",
        "[{type: image, source: alpine, target: /i, image: {subpath: etc}}]",
        "[{type: bogus, target: /x}]",
        "[{type: volume, source: data}]",
        "[{source: data, target: /d}]",
        "[{type: bind, source: ./x, target: /y, bind: {}}]",
        "[{type: npipe, source: x, target: y}]",
        "[{type: cluster, source: x, target: /y}]",
        "[{type: volume, source: data, target: /d/../e/}]",
        "['data:/d', {type: volume, source: data, target: /d/}]",
        "[{type: bind, source: 'C:\\x', target: /y}]",
        "[5]",
        "[null]",
        "[{}]",
        "['${WORD}:/x']"}},
      {"services.*.volumes[]", {"data:/d", "{type: volume, source: data, target: /d}"}},
      {"services.*.volumes[].type", {"volume"}, {"bind", "tmpfs", "image", "npipe", "cluster", "bogus"}},
      {"services.*.volumes[].source", {"data"}},
      {"services.*.volumes[].target", {"/d"}, {"rel", "/a/../b", "''"}},
      {"services.*.volumes[].bind.propagation", {"rshared"}, {"bogus"}},
      {"services.*.volumes[].bind.selinux", {"z"}, {"Z", "x"}},
      {"services.*.volumes[].tmpfs.size", {"64m"}, {"-1", "1048576"}},
      {"services.*.volumes_from",
       {"[db]"},
       {"['db:ro']", "['container:x']", "['container:x:ro']", "[nosuch]", "[db, db]"}},
      {"services.*.working_dir", {"/app"}, {"rel"}},
  };
  return kRows;
}

// Table: values for each format.
void add_generic(const Attribute& attribute, Values& right, Values& more) {
  const Kinds kinds = attribute.kinds;
  const auto add = [&](bool good, std::initializer_list<const char*> values) {
    for (const char* value : values) (good ? right : more).emplace_back(value);
  };
  switch (attribute.format) {
    case Format::boolean:
      add(true, {"true"});
      add(false, {"false", "'true'", "'yes'", "off", "${YES}", "maybe", "1", "''", "TRUE", "'False'"});
      break;
    case Format::integer:
    case Format::natural:
      add(true, {"3"});
      add(false,
          {"'3'", "0", "-1", "3.0", "2.5", "abc", "${THREE}", "true", "'-2'", "1e3", "''", "'0x10'", "010", "'1_000'"});
      break;
    case Format::count:
      add(true, {"2", "all"});
      add(false, {"'2'", "some", "-1", "0"});
      break;
    case Format::number:
      add(true, {"1.5"});
      add(false, {"'0.5'", "2", "abc", "${THREE}", "-1", "1e-3", "''"});
      break;
    case Format::bytes:
      add(true, {"64m"});
      add(false,
          {"1.5g", "'100'", "10x", "'2 gb'", "1kib", "''", "${THREE}m", "1048576", "-1", "1.5", "'1e3'", "1.5.5m"});
      break;
    case Format::duration:
      add(true, {"90s"});
      add(false, {"1m30s", "2h", "500ms", "10", "'10'", "1d", "abc", "1.5s", "0s", "${THREE}s", "1w2d", "-5s", "'1 s'",
                  "''", "3us", "1h0m", "'0'"});
      break;
    case Format::mode:
      add(true, {"0440", "'0440'"});
      add(false, {"440", "0o440", "'9'", "abc", "'440'", "0", "-1", "0xff"});
      break;
    case Format::any:
      if (!attribute.words.empty()) {
        std::string_view words = attribute.words;
        while (!words.empty()) {
          const auto end = std::min(words.find('|'), words.size());
          right.emplace_back(words.substr(0, end));
          words.remove_prefix(std::min(end + 1, words.size()));
        }
        add(false, {"bogus", "''"});
      } else if ((kinds & kText) != 0) {
        add(true, {"word"});
        add(false, {"'two words'", "''", "${WORD}", "'a$$b'", "'${NOT_SET}'", "'${WORD:-x}'"});
      }
      add((kinds & kInt) != 0, {"5"});
      add((kinds & kNumber) != 0, {"1.50"});
      add((kinds & kBool) != 0, {"true"});
      break;
  }
  if ((kinds & kList) != 0) add(true, {"[one, two]"});
  if ((kinds & kMap) != 0) add(true, {"{}"});
  add((kinds & kList) != 0, {"[]"});
  add(false, {"[one, one]", "{one: two}", "[[x]]", "[1, 2.5]"});
  add((kinds & kNull) != 0, {"null"});
}

}  // namespace

std::vector<std::string> values_for(const Attribute& attribute) {
  Values right, more;
  for (const auto& row : rows()) {
    if (row.path != attribute.path) continue;
    right = row.right;
    more = row.more;
  }
  const bool special = !right.empty();
  add_generic(attribute, special ? more : right, more);
  right.insert(right.end(), more.begin(), more.end());
  return right;
}

std::vector<std::string> right_values(const Attribute& attribute) {
  for (const auto& row : rows()) {
    if (row.path == attribute.path) return row.right;
  }
  Values right, wrong;
  add_generic(attribute, right, wrong);
  return right;
}

// Table: what has to stand beside a member.
std::string siblings_of(std::string_view path, std::string_view member) {
  struct Entry {
    std::string_view path, member, text;
  };
  // The first that fits; an empty member fits all.
  static constexpr Entry kEntries[] = {
      {"models.*", "model", ""},
      {"models.*", "", "model: ai/x"},
      {"services.*.blkio_config.weight_device[]", "path", "weight: 300"},
      {"services.*.blkio_config.weight_device[]", "weight", "path: /dev/sda"},
      {"services.*.blkio_config.device_read_bps[]", "path", "rate: 1m"},
      {"services.*.blkio_config.device_read_bps[]", "rate", "path: /dev/sda"},
      {"services.*.blkio_config.device_read_iops[]", "path", "rate: 100"},
      {"services.*.blkio_config.device_read_iops[]", "rate", "path: /dev/sda"},
      {"services.*.blkio_config.device_write_bps[]", "path", "rate: 1m"},
      {"services.*.blkio_config.device_write_bps[]", "rate", "path: /dev/sda"},
      {"services.*.blkio_config.device_write_iops[]", "path", "rate: 100"},
      {"services.*.blkio_config.device_write_iops[]", "rate", "path: /dev/sda"},
      {"services.*.build.secrets[]", "source", ""},
      {"services.*.build.secrets[]", "", "source: s1"},
      {"services.*.secrets[]", "source", ""},
      {"services.*.secrets[]", "", "source: s1"},
      {"services.*.configs[]", "source", ""},
      {"services.*.configs[]", "", "source: c1"},
      {"services.*.build.ulimits.*", "soft", "hard: 10"},
      {"services.*.build.ulimits.*", "hard", "soft: 0"},
      {"services.*.ulimits.*", "soft", "hard: 10"},
      {"services.*.ulimits.*", "hard", "soft: 0"},
      {"services.*.develop.watch[].exec", "command", ""},
      {"services.*.develop.watch[].exec", "", "command: x"},
      {"services.*", "build", ""},
      {"services.*", "provider", ""},
      {"services.*", "", "image: x"},
      {"services.*.volumes[]", "bind", "type: bind, source: ./src, target: /d"},
      {"services.*.volumes[]", "volume", "type: volume, source: data, target: /d"},
      {"services.*.volumes[]", "tmpfs", "type: tmpfs, target: /d"},
      {"services.*.volumes[]", "image", "type: image, source: busybox, target: /d"},
      {"services.*.volumes[]", "type", "source: data, target: /d"},
      {"services.*.volumes[]", "source", "type: volume, target: /d"},
      {"services.*.volumes[]", "target", "type: volume, source: data"},
      {"services.*.volumes[]", "", "type: volume, source: data, target: /d"},
      {"services.*.ports[]", "target", ""},
      {"services.*.ports[]", "", "target: 80"},
      {"services.*.develop.watch[]", "path", "action: rebuild"},
      {"services.*.develop.watch[]", "action", "path: ./src, target: /app"},
      {"services.*.develop.watch[]", "exec", "path: ./src, action: sync+exec, target: /app"},
      {"services.*.develop.watch[]", "target", "path: ./src, action: sync"},
      {"services.*.develop.watch[]", "", "path: ./src, action: rebuild"},
      {"services.*.deploy.resources.reservations.devices[]", "capabilities", ""},
      {"services.*.deploy.resources.reservations.devices[]", "", "capabilities: [gpu]"},
      {"services.*.extends", "file", "service: base"},
      {"secrets.*", "file", ""},
      {"secrets.*", "environment", ""},
      {"secrets.*", "external", ""},
      {"secrets.*", "", "file: ./s.txt"},
      {"configs.*", "file", ""},
      {"configs.*", "environment", ""},
      {"configs.*", "content", ""},
      {"configs.*", "external", ""},
      {"configs.*", "", "file: ./c.txt"},
      {"volumes.*", "driver_opts", "driver: local"},
      {"networks.*.ipam.config[]", "subnet", ""},
      {"networks.*.ipam.config[]", "", "subnet: 10.5.0.0/16"},
      {"include[]", "path", ""},
      {"include[]", "", "path: inc.yaml"},
      {"services.*.post_start[]", "command", ""},
      {"services.*.post_start[]", "", "command: x"},
      {"services.*.pre_stop[]", "command", ""},
      {"services.*.pre_stop[]", "", "command: x"},
  };
  for (const auto& entry : kEntries) {
    if (entry.path == path && (entry.member.empty() || entry.member == member)) return std::string{entry.text};
  }
  return {};
}

}  // namespace stack::compose
