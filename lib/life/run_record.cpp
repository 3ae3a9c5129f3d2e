// SPDX-License-Identifier: GPL-2.0-or-later

#include "life/run_record.hpp"

#include "base/fd.hpp"
#include "names/number.hpp"
#include "state/record.hpp"
#include "state/runtime.hpp"

#include <algorithm>
#include <dirent.h>
#include <fcntl.h>
#include <unistd.h>

namespace qmgmt {
namespace {

std::string path_of(const Uuid& uuid)
{
    return runtime_file("run/" + uuid.text());
}

std::string stop_path_of(const Uuid& uuid)
{
    return runtime_file("stop/" + uuid.text());
}

const char* word(RunRecord::Phase phase)
{
    switch (phase) {
    case RunRecord::Phase::prepared: return "prepared";
    case RunRecord::Phase::created: return "created";
    case RunRecord::Phase::running: return "running";
    }
    return "prepared";
}

} // namespace

std::optional<RunRecord> RunRecord::load(const Uuid& uuid)
{
    const auto file = Record::load(path_of(uuid));
    if (!file)
        return std::nullopt;
    RunRecord record;
    record.name = file->get("name");
    record.boot_id = file->get("boot_id");
    record.id = static_cast<int>(parse_integer(file->get("xid")).value_or(-1));
    record.netvm = file->get("netvm");
    record.starter = static_cast<int>(parse_integer(file->get("pid_starter")).value_or(0));
    record.volumes = file->all("volume");
    record.devices = file->all("device");
    const std::string phase = file->get("phase");
    record.phase = phase == "running"   ? Phase::running
                   : phase == "created" ? Phase::created
                                        : Phase::prepared;
    return record;
}

void RunRecord::save(const Uuid& uuid) const
{
    Record file;
    file.add("name", name);
    file.add("boot_id", boot_id);
    file.add("xid", std::to_string(id));
    file.add("phase", word(phase));
    file.add("netvm", netvm);
    file.add("pid_starter", std::to_string(starter));
    for (const std::string& volume : volumes)
        file.add("volume", volume);
    for (const std::string& device : devices)
        file.add("device", device);
    file.save(path_of(uuid), false);
}

void RunRecord::remove(const Uuid& uuid)
{
    ::unlink(path_of(uuid).c_str());
}

bool RunRecord::is_starting(const Uuid& uuid)
{
    const auto record = load(uuid);
    return record && record->phase != Phase::running && record->boot_id == present_boot();
}

std::vector<Uuid> RunRecord::all()
{
    std::vector<Uuid> found;
    DIR* listing = ::opendir(runtime_file("run/").c_str());
    if (listing == nullptr)
        return found;
    while (const dirent* entry = ::readdir(listing)) {
        if (const auto uuid = Uuid::parse(entry->d_name)) // nothing else, no temporary files
            found.push_back(*uuid);
    }
    ::closedir(listing);
    std::ranges::sort(found);
    return found;
}

void RunRecord::ask_to_stop(const Uuid& uuid)
{
    static_cast<void>(open_shared_file(stop_path_of(uuid), O_WRONLY | O_CREAT));
}

bool RunRecord::asked_to_stop(const Uuid& uuid)
{
    return ::access(stop_path_of(uuid).c_str(), F_OK) == 0;
}

void RunRecord::forget_stop(const Uuid& uuid)
{
    ::unlink(stop_path_of(uuid).c_str());
}

std::string RunRecord::present_boot()
{
    std::string id = read_small_file("/proc/sys/kernel/random/boot_id", 64);
    while (!id.empty() && id.back() == '\n')
        id.pop_back();
    return id;
}

} // namespace qmgmt
