// SPDX-License-Identifier: GPL-2.0-or-later

#include "storage/transfer.hpp"

#include "base/error.hpp"
#include "storage/directory/sparse_copy.hpp"
#include "storage/stream/target.hpp"

#include <algorithm>
#include <cerrno>
#include <unistd.h>

namespace qmgmt {
namespace {

class Transfer {
public:
    Transfer(int source, std::uint64_t size, StreamTarget& target, const std::string& purpose)
        : source_{source}, size_{size}, target_{target}, purpose_{purpose}
    {
    }

    void run()
    {
        for (std::uint64_t at = 0; at < size_;) {
            const std::uint64_t data = next(at, SEEK_DATA);
            if (data >= size_)
                return; // a hole up to the end
            const std::uint64_t end = next(data, SEEK_HOLE);
            // From whole piece to whole piece: what of it is no data is zero, and left out.
            at = std::max(at, data / target_.piece_size() * target_.piece_size());
            for (; at < end; at += target_.piece_size())
                copy_piece(at);
        }
    }

private:
    [[noreturn]] void fail() const
    {
        throw_errno(failure::storage, purpose_ + ": the source cannot be read", "source");
    }

    // Where the next data, or the next hole, begins; at the end there is one of both.
    [[nodiscard]] std::uint64_t next(std::uint64_t from, int what) const
    {
        const off_t found = ::lseek(source_, static_cast<off_t>(from), what);
        if (found >= 0)
            return std::min(static_cast<std::uint64_t>(found), size_);
        if (errno == ENXIO)
            return size_;
        if (errno != EINVAL)
            fail();
        return what == SEEK_DATA ? from : size_; // a device, which does not tell them apart
    }

    void copy_piece(std::uint64_t at)
    {
        const std::size_t length = std::min<std::uint64_t>(target_.piece_size(), size_ - at);
        std::size_t filled = 0;
        while (filled < length) {
            const ssize_t got = ::pread(source_, target_.buffer() + filled, length - filled,
                                        static_cast<off_t>(at + filled));
            if (got > 0) {
                filled += static_cast<std::size_t>(got);
            } else if (got == 0 || errno != EINTR) {
                errno = got == 0 ? EIO : errno; // it became shorter
                fail();
            }
        }
        target_.write({target_.buffer(), length}, at);
    }

    int source_;
    std::uint64_t size_;
    StreamTarget& target_;
    const std::string& purpose_;
};

} // namespace

void copy_volume(Pool& to, const Volume& volume, Pool& from, const Volume& source)
{
    if (volume.pool == source.pool && to.share_committed(volume, source))
        return;
    const std::string purpose = "cannot copy '" + source.pool + ":" + source.vid + "' to '" +
                                volume.pool + ":" + volume.vid + "'";
    to.check_room();
    const Fd content = from.open_committed(source);
    // Of a block device, too, where a stat says nothing.
    const off_t size = ::lseek(content.get(), 0, SEEK_END);
    if (size < 0)
        throw_errno(failure::storage, purpose + ": the source cannot be measured", "source");
    const auto import = to.begin_import(volume, static_cast<std::uint64_t>(size));
    if (!reflink(content.get(), import->fd())) {
        if (!cannot_share(errno))
            throw_errno(failure::storage, purpose + ": its blocks cannot be shared", "source");
        StreamTarget target{*import, to, purpose};
        Transfer{content.get(), static_cast<std::uint64_t>(size), target, purpose}.run();
        target.finish(static_cast<std::uint64_t>(size));
    }
    import->commit();
}

} // namespace qmgmt
