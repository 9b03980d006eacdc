#include <rocksdb/db.h>

#include <memory>
#include <vector>

#include "base/result.h"
#include "tests/unit/records/failing_database.h"

namespace citygate::test {
namespace {

class AllFamilies {
 public:
  explicit AllFamilies(const std::filesystem::path& directory) {
    rocksdb::DBOptions options;
    std::vector<std::string> names;
    CG_CHECK(rocksdb::DB::ListColumnFamilies(options, directory.string(), &names).ok());
    std::vector<rocksdb::ColumnFamilyDescriptor> families;
    for (const auto& name : names) families.emplace_back(name, rocksdb::ColumnFamilyOptions());
    rocksdb::DB* opened = nullptr;
    CG_CHECK(rocksdb::DB::Open(options, directory.string(), families, &handles, &opened).ok());
    db.reset(opened);
  }
  ~AllFamilies() {
    for (auto* handle : handles) CG_CHECK(db->DestroyColumnFamilyHandle(handle).ok());
  }
  AllFamilies(const AllFamilies&) = delete;
  AllFamilies& operator=(const AllFamilies&) = delete;

  std::unique_ptr<rocksdb::DB> db;
  std::vector<rocksdb::ColumnFamilyHandle*> handles;
};

}  // namespace

void forget_family(const std::filesystem::path& directory, const std::string& name) {
  const AllFamilies families(directory);
  for (auto* handle : families.handles)
    if (handle->GetName() == name) CG_CHECK(families.db->DropColumnFamily(handle).ok());
}

void add_family(const std::filesystem::path& directory, const std::string& name) {
  AllFamilies families(directory);
  rocksdb::ColumnFamilyHandle* made = nullptr;
  CG_CHECK(families.db->CreateColumnFamily({}, name, &made).ok());
  families.handles.push_back(made);
}

}  // namespace citygate::test
