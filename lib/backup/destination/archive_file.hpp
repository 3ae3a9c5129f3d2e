// SPDX-License-Identifier: GPL-2.0-or-later
//
// An archive as a file of dom0. It grows under another name, `.<name>.partial`, which a lock tells
// from one that a killed backup left; it has its own when it is complete, flushed and checked. What
// stands there already is never replaced: the name then ends in -2, -3 ...
#pragma once

#include "backup/archive/digest.hpp"
#include "backup/destination/archive_destination.hpp"
#include "backup/destination/read_back.hpp"
#include "base/fd.hpp"

#include <optional>

namespace qmgmt {

class ArchiveFile : public ArchiveDestination {
public:
    // The place is there and can be written to, or BackupError{destination_missing,
    // destination_failed}. Removes what killed backups of the profile left there.
    ArchiveFile(Call& call, const Profile& profile, const StopSignals& stop);
    ~ArchiveFile() override;

    void check_room(std::uint64_t usage) override;
    void begin(std::time_t time) override;
    void write(std::string_view bytes) override;
    [[nodiscard]] StoredArchive finish() override;

private:
    void find_place();
    void remove_leftovers() const;
    [[nodiscard]] bool is_left_over(const std::string& partial) const;
    [[nodiscard]] Fd create() const;
    void write_piece(std::string_view piece);
    void look_after_room();
    [[nodiscard]] std::uint64_t room() const;
    [[nodiscard]] std::string give_name();

    Call& call_;
    const Profile& profile_;
    const StopSignals& stop_;
    Fd directory_;
    std::string name_; // empty: made of the profile and the time
    std::string partial_;
    Fd file_;
    std::optional<ReadBack> read_back_; // where the profile wants it
    std::optional<Digest> digest_;      // of what was written, where it does not
    bool on_root_ = false;              // it fills what dom0 itself needs
    std::uint64_t written_ = 0;
    std::uint64_t looked_at_ = 0; // `written_` when room was last looked after
};

} // namespace qmgmt
