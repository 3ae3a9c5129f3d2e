// SPDX-License-Identifier: GPL-2.0-or-later

#include "life/volume/check_volumes.hpp"

#include "base/error.hpp"
#include "call/intent.hpp"
#include "life/power_state.hpp"
#include "life/property/live.hpp"
#include "life/run_record.hpp"
#include "life/volume/attached.hpp"
#include "storage/attachment.hpp"
#include "storage/pool_table.hpp"
#include "storage/volume_config.hpp"

#include <algorithm>
#include <functional>
#include <set>

namespace qmgmt {
namespace {

using VolumeKey = std::pair<std::string, std::string>; // pool and vid

class VolumeCheck {
public:
    explicit VolumeCheck(Call& call) : call_{call}, store_{call.store()}, pools_{store_} {}

    std::vector<CheckFinding> run()
    {
        for (const std::string& name : store_.names())
            attempt("qube '" + name + "'", [&] { check_qube(store_.qube(name)); });
        for (const std::string& qube : Intent::pending())
            if (const auto intent = Intent::load(qube))
                for (const Volume& volume : intent->volumes)
                    known_.emplace(volume.pool, volume.vid); // it is told of as an intent
        for (const StoredPool& pool : store_.pools())
            attempt("pool '" + pool.name + "'", [&] { check_pool(pool); });
        return std::move(findings_);
    }

private:
    void attempt(const std::string& subject, const std::function<void()>& work)
    {
        try {
            work();
        } catch (const Error& error) {
            find(subject, error.text());
        }
    }

    void find(std::string subject, std::string text)
    {
        findings_.push_back({0, std::move(subject), std::move(text)});
    }

    void check_qube(const Qube& qube)
    {
        SystemValues live{call_};
        Effective effective{store_, live};
        const bool runs =
            qube.class_bit() != class_admin && RunRecord::load(uuid_of(qube)).has_value();
        for (const Volume& volume : VolumeConfig{store_, effective, pools_}.of(qube)) {
            if (volume.vid.empty())
                continue;
            known_.emplace(volume.pool, volume.vid);
            const std::string subject = "volume '" + volume.pool + ":" + volume.vid + "'";
            attempt(subject, [&] {
                Pool& pool = pools_.pool(volume.pool);
                pool.verify(volume);
                const auto users = Attachment::of_volume(volume.pool, volume.vid);
                const bool lent =
                    std::ranges::any_of(users, &Attachment::rw) || !is_own(volume, qube, pools_);
                if (!runs && !lent && pool.is_started(volume))
                    find(subject, "it was left running; the next change of '" + qube.name() +
                                      "' cleans it up");
                if (!runs && pool.has_leftovers(volume))
                    find(subject, "work on it was cut off, or goes on; its next change clears up");
                if (!stale_exports(pool, volume).empty())
                    find(subject, "a copy of it was attached to a qube and is left; the next start "
                                  "or stop of '" +
                                      qube.name() + "' removes it");
            });
        }
    }

    void check_pool(const StoredPool& stored)
    {
        if (stored.driver == "linux-kernel")
            return; // kernels come and go with packages of dom0
        for (const std::string& vid : pools_.pool(stored.name).list())
            if (!known_.contains({stored.name, vid}))
                find("volume '" + stored.name + ":" + vid + "'", "it belongs to no qube");
    }

    Call& call_;
    const Store& store_;
    PoolTable pools_;
    std::set<VolumeKey> known_;
    std::vector<CheckFinding> findings_;
};

} // namespace

std::vector<CheckFinding> check_volumes(Call& call)
{
    return VolumeCheck{call}.run();
}

} // namespace qmgmt
