// Counters and gauges of the host and of every instance.
#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>

namespace tidegate::observe {

enum class metric_kind { counter, gauge };

// One number. Any thread, no lock.
class metric {
 public:
  explicit metric(metric_kind kind) : kind_{kind} {}
  void add(double amount) noexcept {
    if (kind_ == metric_kind::counter && !(amount >= 0)) return;
    value_.fetch_add(amount, std::memory_order_relaxed);
  }
  void set(double value) noexcept {
    if (kind_ == metric_kind::gauge) value_.store(value, std::memory_order_relaxed);
  }
  double value() const noexcept { return value_.load(std::memory_order_relaxed); }
  metric_kind kind() const noexcept { return kind_; }

 private:
  std::atomic<double> value_{0};
  metric_kind kind_;
};

// All metrics, by instance and name. Any thread; a metric lives as long as the registry.
class metrics {
 public:
  // How many one instance may have: a plugin cannot fill the memory with names.
  static constexpr std::size_t per_instance_max = 256;

  // The metric of that name, made when it is not there, for an instance by kind and name ("source cpu"): a
  // source and a sink may share a name. Null when the name is not [a-z_][a-z0-9_]*, when
  // it exists as the other kind, or when the instance has too many.
  metric* make(const std::string& instance, metric_kind kind, std::string_view name, std::string_view help);

  // In the order of instance and name.
  using visitor = std::function<void(const std::string& instance, const std::string& name,
                                     const std::string& help, const metric&)>;
  void visit(const visitor& visit) const;

 private:
  struct entry {
    entry(metric_kind kind, std::string about) : value{kind}, help{std::move(about)} {}
    metric value;
    std::string help;
  };
  mutable std::mutex mutex_;
  std::map<std::string, std::map<std::string, std::unique_ptr<entry>, std::less<>>> all_;
};

}  // namespace tidegate::observe
