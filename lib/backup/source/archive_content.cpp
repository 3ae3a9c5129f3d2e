// SPDX-License-Identifier: GPL-2.0-or-later

#include "backup/source/archive_content.hpp"

#include "backup/fault.hpp"
#include "backup/source/unchanged.hpp"
#include "call/qube_directory.hpp"
#include "firewall/rule_file.hpp"

#include <algorithm>
#include <cerrno>
#include <fcntl.h>
#include <sys/stat.h>

namespace qmgmt {
namespace {

constexpr std::size_t most_notes = std::size_t{256} << 10;
constexpr std::string_view notes_name = "notes.txt";

[[noreturn]] void fail(const Qube& qube, const std::string& file, std::string detail)
{
    throw BackupError{BackupFault::read_error,
                      "vm=" + qube.name() + " file=" + file + " cannot be read", std::move(detail)};
}

// What people write down about a qube.
std::optional<std::string> read_notes(const Qube& qube)
{
    const auto path = qube_directory(qube) + "/" + std::string{notes_name};
    const Fd file{::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK)};
    struct stat facts {};
    if (!file && errno == ENOENT)
        return std::nullopt;
    if (!file || ::fstat(file.get(), &facts) != 0 || !S_ISREG(facts.st_mode) ||
        facts.st_size > static_cast<off_t>(most_notes))
        fail(qube, std::string{notes_name}, path);
    return read_at(file.get(), 0, most_notes);
}

std::vector<SmallFile> small_files(const Qube& qube)
{
    std::vector<SmallFile> files;
    try {
        if (auto rules = read_rule_file(qube_directory(qube)))
            files.push_back({std::string{rule_file_name}, *std::move(rules)});
    } catch (const BackupError&) {
        throw;
    } catch (const Error& error) {
        fail(qube, std::string{rule_file_name}, error.text() + ": " + error.detail());
    }
    if (auto notes = read_notes(qube))
        files.push_back({std::string{notes_name}, *std::move(notes)});
    return files;
}

// Since that backup was begun; what cannot be told has been written to.
bool is_unchanged(const QubeContent& content, const Qube& qube, const ArchivedLast* last)
{
    if (last == nullptr || content.volumes.empty())
        return false;
    return rules_are_older(qube, last->time) &&
           std::ranges::all_of(content.volumes, [&](const KeptVolume& volume) {
               return !volume.live && volume.written && *volume.written < last->time;
           });
}

} // namespace

std::uint64_t QubeContent::size() const
{
    std::uint64_t usage = 0;
    for (const KeptVolume& volume : volumes)
        usage += volume.usage;
    for (const SmallFile& file : files)
        usage += file.content.size();
    return most_archived(usage, std::max<std::size_t>(1, volumes.size() + files.size()));
}

std::uint64_t QubeContent::logical_size() const
{
    std::uint64_t size = 0;
    for (const KeptVolume& volume : volumes)
        size += volume.size;
    return size;
}

ArchiveContent::ArchiveContent(Call& call, const Profile& profile, const Choice& choice,
                               std::optional<Dom0Home> home, const LastResult& last,
                               PointInTime& moment)
    : call_{call}, profile_{profile}, home_{std::move(home)}
{
    for (const ChosenQube& chosen : choice.qubes)
        if (chosen.selected.qube->class_bit() != class_admin)
            add(chosen, last, moment);
    if (qubes_.empty() && !home_)
        throw BackupError{BackupFault::nothing_selected, "no qube that the profile '" +
                                                             profile.id.text() +
                                                             "' selects has changed"};
    if (home_)
        home_size_ = home_->measure();
}

void ArchiveContent::add(const ChosenQube& chosen, const LastResult& last, PointInTime& moment)
{
    const Qube& qube = *chosen.selected.qube;
    QubeContent content{.name = qube.name(),
                        .uuid = qube.property("uuid").value_or(""),
                        .path = "vm" + std::to_string(chosen.selected.qid) + "/",
                        .tagged = chosen.selected.by == "tag",
                        .volumes = moment.keep(qube, chosen.live),
                        .files = small_files(qube)};
    if (profile_.skip_unchanged && is_unchanged(content, qube, last.find(content.uuid))) {
        call_.warn("'" + qube.name() + "' has not changed and is left out, ignoring");
        return;
    }
    qubes_.push_back(std::move(content));
}

std::uint64_t ArchiveContent::logical_size() const
{
    std::uint64_t size = home_size_;
    for (const QubeContent& qube : qubes_)
        size += qube.logical_size();
    return size;
}

std::string ArchiveContent::metadata(const Store& store, MetadataScope scope) const
{
    std::vector<SavedQube> saved;
    for (const QubeContent& qube : qubes_)
        saved.push_back({qube.name, qube.path, qube.size()});
    if (home_)
        saved.push_back({"dom0", home_->path, most_archived(home_size_, 1)});
    return archive_metadata(store, saved, scope);
}

std::vector<std::string> ArchiveContent::names() const
{
    std::vector<std::string> all;
    for (const QubeContent& qube : qubes_) {
        for (const KeptVolume& volume : qube.volumes)
            all.push_back(qube.path + volume.role + ".img");
        for (const SmallFile& file : qube.files)
            all.push_back(qube.path + file.name);
        if (qube.volumes.empty() && qube.files.empty())
            all.push_back(qube.path + "empty"); // that it has no files is said, too
    }
    if (home_)
        all.push_back(home_->path);
    return all;
}

void ArchiveContent::write(ArchiveWriter& writer, BackupProgress& progress, const StopSignals& stop)
{
    for (const std::string& name : names())
        writer.expect(name);
    std::uint64_t done = 0;
    for (QubeContent& qube : qubes_) {
        progress.qube(qube.name);
        for (KeptVolume& volume : qube.volumes) {
            try {
                writer.add_image(qube.path + volume.role + ".img", volume.content.get(),
                                 volume.size, {.live = volume.live},
                                 [&](std::uint64_t of_it) { progress.reached(done + of_it); });
            } catch (const BackupError& error) {
                if (error.fault() != BackupFault::read_error)
                    throw;
                const auto where = error.text().substr(error.text().find(' ') + 1);
                throw BackupError{BackupFault::read_error,
                                  "vm=" + qube.name + " volume=" + volume.role + ": " + where,
                                  error.detail()};
            }
            done += volume.size;
            progress.reached(done);
            volume.content.reset();
        }
        for (const SmallFile& file : qube.files)
            writer.add_file(qube.path + file.name, file.content);
        if (qube.volumes.empty() && qube.files.empty())
            writer.add_file(qube.path + "empty", "");
    }
    if (home_)
        write_home(writer, progress, stop, done);
}

void ArchiveContent::write_home(ArchiveWriter& writer, BackupProgress& progress,
                                const StopSignals& stop, std::uint64_t done)
{
    progress.qube("dom0");
    HomeTar tar{*home_, stop};
    writer.add_tar(home_->path, tar, [&](std::uint64_t of_it) {
        progress.reached(done + std::min(of_it, home_size_));
    });
    if (tar.left_out() != 0)
        call_.warn(std::to_string(tar.left_out()) +
                   " files in dom0 that their user may not read are left out, ignoring");
}

} // namespace qmgmt
