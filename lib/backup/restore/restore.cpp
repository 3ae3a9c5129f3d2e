// SPDX-License-Identifier: GPL-2.0-or-later

#include "backup/restore/restore.hpp"

#include "backup/archive/outer/member_name.hpp"
#include "backup/fault.hpp"
#include "backup/restore/home_restore.hpp"
#include "backup/restore/plan/host.hpp"
#include "backup/restore/qube_files.hpp"
#include "backup/restore/session.hpp"
#include "backup/restore/small_file.hpp"
#include "backup/restore/transaction.hpp"
#include "backup/restore/verify.hpp"
#include "backup/restore/volume_receiver.hpp"
#include "names/names.hpp"
#include "qube/create.hpp"
#include "storage/volume_lock.hpp"

#include <algorithm>
#include <optional>

namespace qmgmt {
namespace {

// One desktop entry a line, joined by blanks as the feature has them.
std::string menu_items(std::string text)
{
    std::ranges::replace(text, '\n', ' ');
    while (text.ends_with(' '))
        text.pop_back();
    return text;
}

class Restoration {
public:
    Restoration(Call& call, RestoreSession& session)
        : call_{call}, session_{session}, host_{restore_host(call)},
          input_{session.metadata(),        session.request(),
                 session.profile().restore, host_,
                 session.header().id,       time_of_backup(session.header().id)},
          transaction_{call, input_}
    {
    }

    void run()
    {
        check_home();
        transaction_.prepare();
        ArchiveReader& archive = session_.archive();
        while (const auto name = archive.next()) {
            session_.check_signals();
            if (RestoredQube* qube = transaction_.in(directory_of(*name)))
                take_guarded(*qube, name->substr(qube->archived().directory.size()));
            else if (is_wanted_home(*name))
                take_home();
            else
                archive.skip();
            session_.progress().reached(archive.bytes());
        }
        archive.finish();
        for (const auto& qube : transaction_.qubes())
            if (transaction_.in(qube->archived().directory) != nullptr)
                guarded(*qube, [&] { complete(*qube); });
        session_.check_signals();
        transaction_.commit();
        if (home_)
            place_home();
    }

    [[nodiscard]] RestoreReport report() const
    {
        RestoreReport report = session_.report();
        report.rows = transaction_.rows();
        if (!home_row_.result.empty())
            report.rows.push_back(home_row_);
        return report;
    }

private:
    template<typename Work>
    void guarded(const RestoredQube& qube, Work work)
    {
        try {
            work();
        } catch (const BackupError& error) {
            transaction_.fail(qube, std::string{token(error.fault())});
            if (!session_.request().keep_good || !concerns_one_qube(error.fault()))
                throw;
        }
    }

    void take_guarded(RestoredQube& qube, const std::string& file)
    {
        session_.progress().qube(qube.archived().name);
        guarded(qube, [&] { take(qube, file); });
    }

    void take(RestoredQube& qube, const std::string& file)
    {
        ArchiveReader& archive = session_.archive();
        switch (kind_of_file(file)) {
        case QubeFile::image: take_image(qube, role_of_image(file)); break;
        case QubeFile::firewall: {
            SmallFile text{most_firewall};
            archive.take(text);
            qube.write_firewall(archived_rules(qube.archived(), text.text()));
            break;
        }
        case QubeFile::menu: take_menu(qube); break;
        case QubeFile::notes: qube.note("notes-skipped"); [[fallthrough]];
        case QubeFile::empty:
        case QubeFile::other: {
            // Of no use here, and yet what makes the qube's files complete: it must be authentic.
            SmallFile text{most_small_file};
            archive.take(text);
        }
        }
        files_.came(qube.archived(), file);
    }

    void take_image(RestoredQube& qube, std::string_view role)
    {
        const Volume& volume = qube.begin_volume(role);
        const ArchivedVolume* archived = qube.archived().volume(role);
        NamedLock lock = NamedLock::wait(volume_lock(volume.pool, volume.vid), LockMode::exclusive,
                                         call_.lock_deadline(), call_.request().program);
        Pool& pool = transaction_.pool(volume);
        VolumeReceiver receiver{pool, volume,
                                largest_image_of(archived == nullptr ? 0 : archived->size),
                                std::move(lock)};
        session_.archive().take(receiver);
        qube.end_volume(role, receiver.size());
        for (std::string& warning : pool.take_warnings())
            call_.warn(std::move(warning));
    }

    void take_menu(RestoredQube& qube)
    {
        constexpr const char* feature = "menu-items";
        SmallFile text{most_small_file};
        session_.archive().take(text);
        const auto& own = qube.archived().features;
        if (std::ranges::find(own, feature, &Feature::name) != own.end())
            return;
        try {
            qube.add_feature({feature, parse_feature_value(menu_items(text.text()))});
        } catch (const Error&) {
            qube.note("feature-skipped:menu-items");
        }
    }

    void check_home() const
    {
        if (session_.request().dom0_home && !session_.metadata().home)
            throw BackupError{BackupFault::unknown_vm, "the backup has no home of dom0's user"};
    }

    [[nodiscard]] bool is_wanted_home(const std::string& name) const
    {
        return session_.request().dom0_home && session_.metadata().home->path == name;
    }

    void take_home()
    {
        const ArchivedHome& home = *session_.metadata().home;
        home_row_ = {"dom0", "", "failed", "", {}};
        try {
            home_.emplace(home, session_.request().ignore_username, session_.signals());
            home_row_.as = home_->name();
            session_.archive().take_tar(*home_, home.most_content());
            home_->finish();
        } catch (const BackupError& error) {
            home_row_.reason = token(error.fault());
            home_.reset();
            if (!session_.request().keep_good || (error.fault() != BackupFault::dom0_home_unsafe &&
                                                  !concerns_one_qube(error.fault())))
                throw;
        }
    }

    void place_home()
    {
        try {
            home_->place();
            home_row_.result = "restored";
        } catch (const BackupError& error) {
            home_row_.reason = token(error.fault());
        }
    }

    void complete(RestoredQube& qube)
    {
        files_.check(qube.archived());
        qube.make_rest(transaction_.pools());
        if (!session_.header().manifest && !qube.has_firewall())
            qube.note("firewall-missing");
    }

    Call& call_;
    RestoreSession& session_;
    RestoreHost host_;
    PlanInput input_;
    QubeFiles files_;
    std::optional<HomeRestore> home_;
    RestoreReport::Row home_row_; // without a result: it was not asked for
    RestoreTransaction transaction_;
};

} // namespace

Reply restore_backup(Call& call)
{
    check_may_create(call);
    RestoreSession session{call};
    if (session.request().verify_only)
        return verify_archive(session);
    session.open();
    Restoration restoration{call, session};
    try {
        restoration.run();
    } catch (const Error& error) {
        return Reply{restoration.report().text(false), error.kind(), error.text()};
    }
    session.progress().finished();
    const RestoreReport report = restoration.report();
    if (report.has_failed())
        return Reply{report.text(true), Failure::failed,
                     std::string{token(BackupFault::vm_failed)} + ": not all qubes are restored"};
    return Reply{report.text(true)};
}

} // namespace qmgmt
