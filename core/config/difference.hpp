// What makes two configurations different, instance by instance: the base of a reload.
//
// The *identity* of an instance is a text of all that is configured for it, defaults filled in and references
// expanded, without the places where it stands: as long as it is the same, nothing needs to restart. It may
// hold secrets, so it is compared and never shown.
#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "config/gateway.hpp"

namespace tidegate::config {

// `tags` are the gateway's, which a source puts on its samples too.
std::string identity_of_source(const instance& of, const std::map<std::string, std::string>& tags);
std::string identity_of_sink(const instance& of);
// Of the steps alone: where a pipeline leads may change without a restart of them.
std::string identity_of_steps(const pipeline& of);
std::string identity_of_pipeline(const pipeline& of);

// By name, as it is told: "source cpu", "sink archive", "pipeline telemetry".
using identities = std::map<std::string, std::string>;
identities identities_of(const gateway& all);
// The same in few letters, such as can be written down.
std::string short_identity(std::string_view identity);

struct difference {
  std::vector<std::string> added;
  std::vector<std::string> changed;
  std::vector<std::string> removed;
  std::vector<std::string> kept;

  bool is_none() const noexcept { return added.empty() && changed.empty() && removed.empty(); }
};
difference difference_between(const identities& before, const identities& after);

// "1 added (source cpu), 2 changed (sink a, sink b), 3 kept"
std::string to_text(const difference& of);

}  // namespace tidegate::config
