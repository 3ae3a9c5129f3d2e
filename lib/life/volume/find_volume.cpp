// SPDX-License-Identifier: GPL-2.0-or-later

#include "life/volume/find_volume.hpp"

#include "base/error.hpp"
#include "call/pool.hpp"
#include "life/property/live.hpp"
#include "storage/volume_config.hpp"

#include <algorithm>
#include <functional>

namespace qmgmt {
namespace {

// The qubes that may have it: those in whose bytes the vid stands, and those whose volumes are not
// written out, which are called after them. They are few.
bool may_have(const Store& store, const IndexEntry& entry, const std::string& vid,
              const std::string& escaped)
{
    return vid.find(entry.name) != std::string::npos ||
           store.bytes(entry.range).find(escaped) != std::string_view::npos;
}

// As far as can be told of a qube whose volumes make no sense.
std::vector<Volume> as_stored(const Qube& qube)
{
    std::vector<Volume> volumes;
    for (const StoredVolume& entry : qube.volumes()) {
        Volume volume;
        volume.role = entry.role;
        volume.pool = entry.attribute("pool");
        volume.vid = entry.attribute("vid");
        volume.rw = entry.attribute("rw") != "False";
        volume.save_on_stop = true;
        volumes.push_back(std::move(volume));
    }
    return volumes;
}

// Until `visit` says that it has seen enough.
void visit_entries(Call& call, const std::string& pool, const std::string& vid,
                   const std::function<bool(VolumeEntry entry)>& visit)
{
    const Store& store = call.store();
    const std::string escaped = escape_attribute(vid);
    PoolTable pools{store};
    for (std::size_t i = 0; i < store.index().size(); ++i) {
        const IndexEntry entry = store.index().entry(i);
        const Qube* qube =
            may_have(store, entry, vid, escaped) ? store.find_any(entry.name) : nullptr;
        if (qube == nullptr)
            continue;
        std::vector<Volume> volumes;
        try {
            volumes = volumes_of(call, *qube);
        } catch (const Error&) {
            volumes = as_stored(*qube); // somebody has it all the same
        }
        for (Volume& volume : volumes) {
            if (volume.pool != pool || volume.vid != vid)
                continue;
            const bool own = is_own(volume, *qube, pools);
            if (!visit({{qube->name(), volume.role}, std::move(volume), own}))
                return;
        }
    }
}

} // namespace

void no_such_volume(const Call& call)
{
    if (!call.from_dom0())
        throw Error{failure::denied, "not permitted for this caller"};
    throw Error{failure::volume_not_found, "no such volume"};
}

std::vector<Volume> volumes_of(Call& call, const Qube& qube)
{
    SystemValues live{call};
    Effective effective{call.store(), live};
    PoolTable pools{call.store()};
    return VolumeConfig{call.store(), effective, pools}.of(qube);
}

std::vector<VolumeEntry> entries_of(Call& call, const std::string& pool, const std::string& vid)
{
    std::vector<VolumeEntry> entries;
    visit_entries(call, pool, vid, [&](VolumeEntry entry) {
        entries.push_back(std::move(entry));
        return true;
    });
    std::ranges::stable_sort(entries, std::ranges::greater{}, &VolumeEntry::own);
    return entries;
}

VolumeOwner volume_of_destination(Call& call)
{
    const RoleName role = RoleName::parse(call.argument());
    const Qube& qube = call.destination();
    const auto volumes = volumes_of(call, qube);
    if (std::ranges::find(volumes, role.text(), &Volume::role) == volumes.end())
        no_such_volume(call);
    return {qube.name(), role.text()};
}

Input vid_as_input(const Request& request)
{
    return VolumeRequest::named_by_argument(request.argument) ? Input::none : Input::optional;
}

std::optional<VolumeOwner> owner_of(Call& call, const VolumeRequest& wanted)
{
    const Store& store = call.store();
    if (store.pool(wanted.pool.text()) == nullptr)
        refuse_unknown_pool(call);
    if (wanted.vid.empty())
        throw Error{failure::protocol, "malformed request: no volume is named"};
    std::optional<VolumeOwner> owner;
    visit_entries(call, wanted.pool.text(), wanted.vid, [&](const VolumeEntry& entry) {
        if (!owner || entry.own)
            owner = entry.owner;
        return !entry.own;
    });
    if (owner)
        return owner;
    PoolTable pools{store};
    const auto listed = pools.pool(wanted.pool.text()).list();
    if (std::ranges::find(listed, wanted.vid) == listed.end())
        no_such_volume(call);
    return std::nullopt;
}

VolumeOwner owner_to_change(Call& call, const VolumeRequest& wanted)
{
    auto owner = owner_of(call, wanted);
    if (!owner)
        throw Error{failure::denied, "not permitted: the volume belongs to no qube"};
    return *std::move(owner);
}

} // namespace qmgmt
