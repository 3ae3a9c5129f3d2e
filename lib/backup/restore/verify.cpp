// SPDX-License-Identifier: GPL-2.0-or-later

#include "backup/restore/verify.hpp"

#include "backup/archive/outer/member_name.hpp"
#include "backup/fault.hpp"
#include "backup/restore/plan/names.hpp"
#include "backup/restore/qube_files.hpp"
#include "backup/restore/restore.hpp"
#include "backup/restore/small_file.hpp"
#include "backup/restore/volume_receiver.hpp"
#include "firewall/rule_list.hpp"

#include <map>
#include <string>
#include <vector>

namespace qmgmt {
namespace {

// Counts what comes, to no end.
class Nowhere : public ByteSink {
public:
    void write(std::string_view) override {}
};

class Verification {
public:
    explicit Verification(RestoreSession& session)
        : session_{session}, chosen_{chosen_qubes(session.metadata(), session.request())}
    {
    }

    // Everything in the archive, asked for or not: one that is not whole is none.
    void run()
    {
        ArchiveReader& archive = session_.archive();
        while (const auto name = archive.next()) {
            session_.check_signals();
            if (const ArchivedQube* qube = session_.metadata().in(directory_of(*name)))
                take_guarded(*qube, name->substr(qube->directory.size()));
            else
                take_home(*name);
            session_.progress().reached(archive.bytes());
        }
        archive.finish();
        for (const ArchivedQube& qube : session_.metadata().qubes)
            if (qube.included)
                guarded(qube, [&] { files_.check(qube); });
    }

    [[nodiscard]] RestoreReport report(bool whole) const
    {
        RestoreReport report = session_.report();
        for (const ArchivedQube* qube : chosen_) {
            const auto failed = failed_.find(qube->name);
            const bool good = whole && failed == failed_.end();
            report.rows.push_back({qube->name,
                                   "",
                                   good ? "verified" : "failed",
                                   failed == failed_.end() ? "" : failed->second,
                                   {}});
        }
        return report;
    }

private:
    template<typename Work>
    void guarded(const ArchivedQube& qube, Work work)
    {
        try {
            work();
        } catch (const BackupError& error) {
            if (!session_.request().keep_good || !concerns_one_qube(error.fault())) {
                failed_.emplace(qube.name, token(error.fault()));
                throw;
            }
            failed_.emplace(qube.name, token(error.fault()));
        }
    }

    void take_guarded(const ArchivedQube& qube, const std::string& file)
    {
        session_.progress().qube(qube.name);
        guarded(qube, [&] { take(qube, file); });
    }

    void take(const ArchivedQube& qube, const std::string& file)
    {
        ArchiveReader& archive = session_.archive();
        switch (kind_of_file(file)) {
        case QubeFile::image: {
            const ArchivedVolume* volume = qube.volume(role_of_image(file));
            CheckedFile image{largest_image_of(volume == nullptr ? 0 : volume->size)};
            archive.take(image);
            break;
        }
        case QubeFile::firewall: {
            SmallFile text{most_firewall};
            archive.take(text);
            static_cast<void>(archived_rules(qube, text.text()));
            break;
        }
        default: {
            SmallFile text{most_small_file};
            archive.take(text);
        }
        }
        files_.came(qube, file);
    }

    void take_home(const std::string& name)
    {
        const auto& home = session_.metadata().home;
        if (!home || home->path != name)
            throw BackupError{BackupFault::metadata_invalid,
                              "the archive has files of what its list does not name"};
        Nowhere nowhere;
        session_.archive().take_tar(nowhere, home->most_content());
    }

    RestoreSession& session_;
    std::vector<const ArchivedQube*> chosen_;
    QubeFiles files_;
    std::map<std::string, std::string> failed_; // by name: a token
};

} // namespace

Reply verify_archive(RestoreSession& session)
{
    session.open();
    Verification verification{session};
    try {
        verification.run();
    } catch (const BackupError& error) {
        return Reply{verification.report(false).text(false), error.kind(), error.text()};
    }
    session.progress().finished();
    const RestoreReport report = verification.report(true);
    if (report.has_failed())
        return Reply{report.text(true), Failure::failed,
                     std::string{token(BackupFault::vm_failed)} + ": a qube is not whole"};
    return Reply{report.text(true)};
}

Reply verify_backup(Call& call)
{
    RestoreSession session{call};
    return verify_archive(session);
}

} // namespace qmgmt
