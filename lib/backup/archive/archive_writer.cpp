// SPDX-License-Identifier: GPL-2.0-or-later

#include "backup/archive/archive_writer.hpp"

#include "backup/archive/chunk/file_writer.hpp"
#include "backup/archive/header.hpp"
#include "backup/archive/inner/inner_writer.hpp"
#include "backup/archive/limits.hpp"
#include "backup/archive/manifest.hpp"
#include "backup/archive/outer/member_name.hpp"
#include "backup/archive/outer/outer_writer.hpp"
#include "backup/container/cipher.hpp"
#include "backup/fault.hpp"

#include <algorithm>
#include <atomic>
#include <deque>
#include <iterator>
#include <set>
#include <utility>
#include <vector>

namespace qmgmt {
namespace {

constexpr std::size_t piece_size = 1U << 18;

[[noreturn]] void misused(const char* how)
{
    throw Error{failure::internal, "an archive is written in disorder", how};
}

} // namespace

class ArchiveWriter::Work {
public:
    Work(ArchiveSettings settings, const Passphrase& passphrase, ByteSink& sink,
         Interruption interruption)
        : settings_{std::move(settings)}, interruption_{std::move(interruption)},
          outer_{sink, settings_.time}, files_{settings_, passphrase, outer_}
    {
        const BackupHeader header{settings_.backup_id, settings_.compression, true};
        const std::string text = header.text();
        // A header that we could not read would be found out when it is too late.
        static_cast<void>(BackupHeader::parse(text));
        make_ahead(std::string{metadata_file}); // while the header's own is derived here
        const ContainerKey key = ContainerKey::make(passphrase.for_header(), settings_.cost);
        outer_.member(std::string{header_member}, text);
        outer_.member(std::string{header_proof_member}, seal(key, text));
        manifest_.backup_id = settings_.backup_id;
    }

    void expect(const std::string& name)
    {
        coming_.push_back(name);
        if (coming_.size() == 1)
            make_ahead(name);
    }

    void add_metadata(std::string_view xml)
    {
        if (xml.size() > most_metadata)
            throw BackupError{BackupFault::size_limit, "the metadata is too large"};
        const std::string name{metadata_file};
        begin(name);
        const auto input = [&](const TarOutput& out) { pack_text(name, xml, out); };
        end(files_.write_whole(name, input, look({}), most_metadata_chunk), xml.size());
    }

    void add_file(const std::string& name, std::string_view content)
    {
        begin(name);
        const auto input = [&](const TarOutput& out) { pack_text(name, content, out); };
        end(files_.write(name, input, look({})), content.size());
    }

    void add_image(const std::string& name, int fd, std::uint64_t size, bool live,
                   const FileProgress& progress)
    {
        begin(name);
        const auto input = [&](const TarOutput& out) { pack_image(name, fd, size, out, done_); };
        ManifestFile file = files_.write(name, input, look(progress));
        file.live = live;
        end(std::move(file), size);
        if (progress)
            progress(size);
    }

    void add_tar(const std::string& name, ByteSource& tar, const FileProgress& progress)
    {
        begin(name);
        const auto input = [&](const TarOutput& out) {
            std::vector<char> piece(piece_size);
            std::size_t got = 0;
            do {
                got = tar.read(piece.data(), piece.size());
                out({piece.data(), got});
                done_ += got;
            } while (got == piece.size());
        };
        ManifestFile file = files_.write(name, input, look(progress));
        end(std::move(file), done_);
        if (progress)
            progress(done_);
    }

    ArchiveFacts finish()
    {
        if (manifest_.files.empty())
            misused("the metadata is missing");
        usable();
        usable_ = false;
        manifest_.members = outer_.members() + 1;
        const std::string name{manifest_file};
        const std::string text = manifest_.text();
        const auto input = [&](const TarOutput& out) { pack_text(name, text, out); };
        static_cast<void>(files_.write_whole(name, input, look({}), most_manifest_chunk));
        outer_.finish();
        return {outer_.bytes(), outer_.members()};
    }

private:
    void usable() const
    {
        if (!usable_)
            misused("it has ended, or failed");
    }

    void make_ahead(const std::string& name) { files_.keys().expect(MemberName{name, 0}.bound()); }

    // One file ahead and no more: the keys of the next chunks of this one shall be made, too.
    void look_ahead(const std::string& name)
    {
        const auto found = std::ranges::find(coming_, name);
        const bool foretold = found != coming_.end();
        if (foretold)
            coming_.erase(coming_.begin(), std::next(found));
        if (!coming_.empty())
            make_ahead(coming_.front());
        else if (foretold)
            make_ahead(std::string{manifest_file}); // this was the last, as far as is known
    }

    void begin(const std::string& name)
    {
        usable();
        const bool is_metadata = manifest_.files.empty();
        if (!is_archived_name(name) || name == manifest_file ||
            is_metadata != (name == metadata_file) || !names_.insert(name).second)
            misused("a name that it may not have now");
        usable_ = false;
        done_ = 0;
        look_ahead(name);
    }

    void end(ManifestFile file, std::uint64_t size)
    {
        file.size = size;
        manifest_.files.push_back(std::move(file));
        usable_ = true;
    }

    // What is done on the caller's thread beside the writing.
    std::function<void()> look(const FileProgress& progress)
    {
        return [this, progress] {
            if (interruption_)
                interruption_();
            if (progress)
                progress(done_);
        };
    }

    ArchiveSettings settings_;
    Interruption interruption_;
    OuterWriter outer_;
    FileWriter files_;
    Manifest manifest_;
    std::set<std::string> names_;
    std::deque<std::string> coming_;      // what `expect` was told
    std::atomic<std::uint64_t> done_ = 0; // logical bytes of the present file
    bool usable_ = true;
};

ArchiveWriter::ArchiveWriter(ArchiveSettings settings, const Passphrase& passphrase, ByteSink& sink,
                             Interruption interruption)
    : work_{std::make_unique<Work>(std::move(settings), passphrase, sink, std::move(interruption))}
{
}

ArchiveWriter::~ArchiveWriter() = default;

void ArchiveWriter::expect(const std::string& name)
{
    work_->expect(name);
}

void ArchiveWriter::add_metadata(std::string_view xml)
{
    work_->add_metadata(xml);
}

void ArchiveWriter::add_file(const std::string& name, std::string_view content)
{
    work_->add_file(name, content);
}

void ArchiveWriter::add_image(const std::string& name, int fd, std::uint64_t size,
                              const ImageOptions& options, const FileProgress& progress)
{
    work_->add_image(name, fd, size, options.live, progress);
}

void ArchiveWriter::add_tar(const std::string& name, ByteSource& tar, const FileProgress& progress)
{
    work_->add_tar(name, tar, progress);
}

ArchiveFacts ArchiveWriter::finish()
{
    return work_->finish();
}

} // namespace qmgmt
