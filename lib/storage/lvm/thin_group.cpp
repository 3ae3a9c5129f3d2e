// SPDX-License-Identifier: GPL-2.0-or-later

#include "storage/lvm/thin_group.hpp"

#include "base/error.hpp"
#include "state/named_lock.hpp"
#include "storage/lvm/change_count.hpp"
#include "storage/lvm/program.hpp"

#include <cerrno>
#include <chrono>

namespace qmgmt::lvm {

namespace {

constexpr std::chrono::seconds lock_patience{30};

// A thin pool that becomes full stops all its qubes, one whose metadata become full may be lost.
constexpr std::uint64_t most_data_used = 9800; // hundredths of a percent
constexpr std::uint64_t most_metadata_used = 9500;

} // namespace

ThinGroup::ThinGroup(std::string pool, std::string group, std::string thin_pool)
    : pool_{std::move(pool)}, group_{std::move(group)}, thin_pool_{std::move(thin_pool)}
{
}

void ThinGroup::look(const std::string& purpose)
{
    if (!changes_ || changes_ != change_count(pool_))
        read(purpose);
}

void ThinGroup::look_again(const std::string& purpose)
{
    read(purpose);
}

void ThinGroup::look_at_pool(const std::string& purpose)
{
    auto report = parse_report(run(purpose, report_command(thin_pool_name())));
    if (!report || report->size() != 1 || !report->front().is_thin_pool())
        throw Error{failure::storage, purpose + ": its thin pool is not there", thin_pool_name()};
    thin_pool_facts_ = std::move(report->front());
}

void ThinGroup::read(const std::string& purpose)
{
    changes_.reset();
    volumes_.clear();
    thin_pool_facts_.reset();
    // before: what changes while lvs runs makes the list old
    const auto count = change_count(pool_);
    auto report = parse_report(run(purpose, report_command(group_)));
    if (!report)
        throw Error{failure::storage, purpose + ": the report of lvm cannot be understood"};
    for (LogicalVolume& volume : *report) {
        if (volume.is_thin_volume() && volume.pool == thin_pool_)
            volumes_.emplace(volume.name, volume);
        else if (volume.is_thin_pool() && volume.name == thin_pool_)
            thin_pool_facts_ = std::move(volume);
    }
    changes_ = count;
}

const LogicalVolume* ThinGroup::thin_pool() const
{
    return thin_pool_facts_ ? &*thin_pool_facts_ : nullptr;
}

const LogicalVolume* ThinGroup::find(const std::string& name) const
{
    const auto found = volumes_.find(name);
    return found == volumes_.end() ? nullptr : &found->second;
}

void ThinGroup::ensure_room(const std::string& purpose) const
{
    if (!thin_pool_facts_)
        throw Error{failure::storage, purpose + ": its thin pool is not there", thin_pool_name()};
    const auto refuse_above = [&](const char* what, std::optional<std::uint64_t> used,
                                  std::uint64_t most, std::uint64_t size) {
        if (!used || *used < most)
            return;
        const auto free = size - std::min(size, share(size, *used));
        throw Error{failure::no_space, purpose + ": the " + what + " of its thin pool are " +
                                           std::to_string(*used / 100) + " % full, " +
                                           std::to_string(free) + " bytes free"};
    };
    const LogicalVolume& pool = *thin_pool_facts_;
    refuse_above("data", pool.data_used, most_data_used, pool.size);
    refuse_above("metadata", pool.metadata_used, most_metadata_used, pool.metadata_size);
}

std::uint64_t ThinGroup::rounded(std::uint64_t size) const
{
    const auto extent = thin_pool_facts_ ? thin_pool_facts_->extent_size : 0;
    return extent == 0 ? size : (size + extent - 1) / extent * extent;
}

void ThinGroup::change(const std::function<void()>& command, const std::function<void()>& apply)
{
    const auto lock = NamedLock::wait("pool/" + pool_, LockMode::exclusive,
                                      Deadline::in(lock_patience), program_invocation_short_name);
    const auto before = change_count(pool_);
    begin_change(pool_);
    try {
        command();
    } catch (const Error&) {
        changes_.reset(); // half of it may have been done
        end_change(pool_);
        throw;
    }
    end_change(pool_);
    apply();
    if (changes_ && changes_ == before)
        changes_ = change_count(pool_);
}

void ThinGroup::create(const std::string& purpose, const std::string& name, std::uint64_t size)
{
    change([&] { lvm::create(purpose, thin_pool_name(), name, size); },
           [&] {
               volumes_[name] = {
                   .name = name, .pool = thin_pool_, .attributes = "Vwi-a", .size = rounded(size)};
           });
}

void ThinGroup::clone(const std::string& purpose, const std::string& from, const std::string& to)
{
    change([&] { lvm::clone(purpose, full(from), full(to)); },
           [&] {
               const LogicalVolume* original = find(from);
               volumes_[to] = {.name = to,
                               .pool = thin_pool_,
                               .origin = from,
                               .attributes = "Vwi-a",
                               .size = original == nullptr ? 0 : original->size};
           });
}

void ThinGroup::rename(const std::string& purpose, const std::string& from, const std::string& to)
{
    change([&] { lvm::rename(purpose, full(from), full(to)); },
           [&] {
               auto node = volumes_.extract(from);
               if (node) {
                   node.key() = to;
                   node.mapped().name = to;
                   volumes_.insert(std::move(node));
               }
               for (auto& [name, volume] : volumes_)
                   if (volume.origin == from)
                       volume.origin = to;
           });
}

void ThinGroup::remove(const std::string& purpose, const std::vector<std::string>& names)
{
    if (names.empty())
        return;
    std::vector<std::string> all;
    all.reserve(names.size());
    for (const std::string& name : names)
        all.push_back(full(name));
    change([&] { lvm::remove(purpose, all); },
           [&] {
               for (const std::string& gone : names) {
                   volumes_.erase(gone);
                   for (auto& [name, volume] : volumes_)
                       if (volume.origin == gone)
                           volume.origin.clear();
               }
           });
}

void ThinGroup::extend(const std::string& purpose, const std::string& name, std::uint64_t size)
{
    change([&] { lvm::extend(purpose, full(name), size); },
           [&] { volumes_[name].size = rounded(size); });
}

void ThinGroup::reduce(const std::string& purpose, const std::string& name, std::uint64_t size)
{
    change([&] { lvm::reduce(purpose, full(name), size); },
           [&] { volumes_[name].size = rounded(size); });
}

void ThinGroup::activate(const std::string& purpose, const std::string& name)
{
    const LogicalVolume* volume = find(name);
    if (volume != nullptr && volume->is_active())
        return;
    change([&] { lvm::activate(purpose, full(name)); },
           [&] { volumes_[name].attributes.replace(4, 1, "a"); });
}

} // namespace qmgmt::lvm
