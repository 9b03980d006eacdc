// failing_database.h - a database that fails on demand, and databases as programs of other versions leave them.
#pragma once

#include <atomic>
#include <filesystem>
#include <memory>
#include <string>

#include "records/database.h"

namespace citygate::test {

using records::Batch, records::Database, records::Family;

// Before or after the batch has reached the disk.
class FailingDatabase final : public Database {
 public:
  enum class Failure : std::uint8_t { None, BeforeWrite, AfterWrite, Reading };
  FailingDatabase(std::unique_ptr<Database> inner, std::atomic<Failure>& failure)
      : inner_(std::move(inner)), failure_(failure) {}

  Result<std::optional<std::string>> get(Family family, std::string_view key) const override {
    if (failure_ == Failure::Reading) return fail(Error::Kind::Storage, "told to fail");
    return inner_->get(family, key);
  }
  Result<void> scan(Family family, std::string_view from, std::string_view to, const Visit& visit) const override {
    return inner_->scan(family, from, to, visit);
  }
  Result<std::optional<Entry>> last(Family family, std::string_view from, std::string_view upto) const override {
    return inner_->last(family, from, upto);
  }
  Result<void> write(const Batch& batch, Durability durability) override {
    if (failure_ == Failure::BeforeWrite) return fail(Error::Kind::Storage, "told to fail");
    auto written = inner_->write(batch, durability);
    if (failure_ == Failure::AfterWrite) return fail(Error::Kind::Storage, "told to fail");
    return written;
  }
  Result<void> sync() override { return inner_->sync(); }
  Result<void> recover() override { return {}; }
  void close() override { inner_->close(); }
  Result<void> reopen() override { return inner_->reopen(); }
  Result<void> copy_to(const std::filesystem::path& directory) override { return inner_->copy_to(directory); }

 private:
  std::unique_ptr<Database> inner_;
  std::atomic<Failure>& failure_;
};

// Removes a family with all that is in it, or makes one. Nobody has the directory open.
void forget_family(const std::filesystem::path& directory, const std::string& name);
void add_family(const std::filesystem::path& directory, const std::string& name);

}  // namespace citygate::test
