// SPDX-License-Identifier: GPL-2.0-or-later

#include "storage/attachment.hpp"

#include "names/number.hpp"
#include "state/record.hpp"
#include "state/runtime.hpp"
#include "storage/pool.hpp"
#include "storage/volume_state.hpp"

#include <algorithm>
#include <dirent.h>
#include <functional>
#include <memory>
#include <unistd.h>

namespace qmgmt {
namespace {

constexpr std::size_t uuid_size = 36;

std::string name_of(const Uuid& uuid, std::string_view pool, std::string_view vid)
{
    return uuid.text() + "." + volume_lock_name(pool, vid);
}

std::string path_of(const std::string& name)
{
    return runtime_file("attached/" + name);
}

// Names of records, and of what was to become one.
std::vector<std::string> names_where(const std::function<bool(std::string_view name)>& fits)
{
    std::vector<std::string> names;
    const std::unique_ptr<DIR, int (*)(DIR*)> listing{::opendir(path_of("").c_str()), ::closedir};
    while (const dirent* entry = listing ? ::readdir(listing.get()) : nullptr) {
        const std::string_view name = entry->d_name;
        if (name.size() > uuid_size && name[uuid_size] == '.' &&
            Uuid::parse(name.substr(0, uuid_size)) && fits(name))
            names.emplace_back(name);
    }
    std::ranges::sort(names);
    return names;
}

std::vector<Attachment> load_where(const std::function<bool(std::string_view name)>& fits)
{
    const auto names = names_where([&](std::string_view name) {
        return name.find('~') == std::string_view::npos && fits(name);
    });
    std::vector<Attachment> found;
    for (const std::string& name : names) {
        const auto record = Record::load(path_of(name));
        if (!record)
            continue; // gone meanwhile
        Attachment one;
        one.uuid = Uuid::parse(std::string_view{name}.substr(0, uuid_size)).value();
        one.qube = record->get("qube");
        one.role = record->get("role");
        one.pool = record->get("pool");
        one.vid = record->get("vid");
        one.revisions_to_keep =
            static_cast<int>(parse_integer(record->get("revisions_to_keep")).value_or(0));
        one.rw = record->get("rw") == "True";
        one.path = record->get("path");
        one.block_device = record->get("block_device") == "True";
        one.target = record->get("target");
        found.push_back(std::move(one));
    }
    return found;
}

} // namespace

Volume Attachment::volume() const
{
    return {.role = role,
            .pool = pool,
            .vid = vid,
            .revisions_to_keep = revisions_to_keep,
            .rw = rw,
            .save_on_stop = true};
}

std::string Attachment::key() const
{
    return export_key(uuid.text());
}

std::vector<Attachment> Attachment::of_volume(std::string_view pool, std::string_view vid)
{
    const std::string wanted = volume_lock_name(pool, vid);
    return load_where([&](std::string_view name) { return name.substr(uuid_size + 1) == wanted; });
}

std::vector<Attachment> Attachment::of_qube(const Uuid& uuid)
{
    const std::string wanted = uuid.text();
    return load_where([&](std::string_view name) { return name.starts_with(wanted); });
}

std::vector<Attachment> Attachment::all()
{
    return load_where([](std::string_view) { return true; });
}

void Attachment::save() const
{
    Record record;
    record.add("qube", qube);
    record.add("role", role);
    record.add("pool", pool);
    record.add("vid", vid);
    record.add("revisions_to_keep", std::to_string(revisions_to_keep));
    record.add("rw", rw ? "True" : "False");
    record.add("path", path);
    record.add("block_device", block_device ? "True" : "False");
    record.add("target", target);
    record.save(path_of(name_of(uuid, pool, vid)), false);
}

void Attachment::forget() const
{
    ::unlink(path_of(name_of(uuid, pool, vid)).c_str());
}

void Attachment::clear_up(std::string_view pool, std::string_view vid)
{
    const std::string start = volume_lock_name(pool, vid) + "~";
    for (const std::string& name : names_where(
             [&](std::string_view one) { return one.substr(uuid_size + 1).starts_with(start); }))
        ::unlink(path_of(name).c_str());
}

} // namespace qmgmt
