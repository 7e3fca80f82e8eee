// Members of networks, ports and the other top-level resources. Only by way of fields.h.
#pragma once

#include "compose/model/project_network.h"
#include "compose/model/resources.h"
#include "compose/model/same.h"

namespace stack::compose {

template <class F>
void visit(Same<IpamPool> auto& it, F&& field) {
  field("subnet", it.subnet);
  field("gateway", it.gateway);
  field("ip_range", it.ip_range);
  field("aux_addresses", it.aux_addresses);
  field("extensions", it.extensions);
}

template <class F>
void visit(Same<Ipam> auto& it, F&& field) {
  field("driver", it.driver);
  field("config", it.config);
  field("options", it.options);
  field("extensions", it.extensions);
}

template <class F>
void visit(Same<Network> auto& it, F&& field) {
  field("name", it.name);
  field("driver", it.driver);
  field("driver_opts", it.driver_opts);
  field("ipam", it.ipam);
  field("external", it.external);
  field("internal", it.internal);
  field("attachable", it.attachable);
  field("labels", it.labels);
  field("enable_ipv4", it.enable_ipv4);
  field("enable_ipv6", it.enable_ipv6);
  field("extensions", it.extensions);
}

template <class F>
void visit(Same<ServiceNetwork> auto& it, F&& field) {
  field("aliases", it.aliases);
  field("driver_opts", it.driver_opts);
  field("gw_priority", it.gw_priority);
  field("interface_name", it.interface_name);
  field("ipv4_address", it.ipv4_address);
  field("ipv6_address", it.ipv6_address);
  field("link_local_ips", it.link_local_ips);
  field("mac_address", it.mac_address);
  field("priority", it.priority);
  field("extensions", it.extensions);
}

template <class F>
void visit(Same<ServicePort> auto& it, F&& field) {
  field("name", it.name);
  field("mode", it.mode);
  field("host_ip", it.host_ip);
  field("target", it.target);
  field("published", it.published);
  field("protocol", it.protocol);
  field("app_protocol", it.app_protocol);
  field("extensions", it.extensions);
}

template <class F>
void visit(Same<Volume> auto& it, F&& field) {
  field("name", it.name);
  field("driver", it.driver);
  field("driver_opts", it.driver_opts);
  field("external", it.external);
  field("labels", it.labels);
  field("extensions", it.extensions);
}

template <class F>
void visit(Same<FileObject> auto& it, F&& field) {
  field("name", it.name);
  field("file", it.file);
  field("environment", it.environment);
  field("content", it.content);
  field("external", it.external);
  field("labels", it.labels);
  field("driver", it.driver);
  field("driver_opts", it.driver_opts);
  field("template_driver", it.template_driver);
  field("extensions", it.extensions);
}

template <class F>
void visit(Same<Model> auto& it, F&& field) {
  field("name", it.name);
  field("model", it.model);
  field("context_size", it.context_size);
  field("runtime_flags", it.runtime_flags);
  field("extensions", it.extensions);
}

}  // namespace stack::compose
