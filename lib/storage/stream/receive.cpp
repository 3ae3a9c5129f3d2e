// SPDX-License-Identifier: GPL-2.0-or-later

#include "storage/stream/receive.hpp"

#include "base/error.hpp"
#include "storage/stream/image_check.hpp"
#include "storage/stream/target.hpp"

#include <algorithm>
#include <string>

namespace qmgmt {
namespace {

constexpr std::uint64_t least_target = std::uint64_t{1} << 20; // grows as data comes

std::string purpose_of(const Volume& volume)
{
    return "cannot import '" + volume.pool + ":" + volume.vid + "'";
}

// A byte beyond the end.
bool has_more(StreamInput& input)
{
    char byte = 0;
    return input.read(&byte, 1) != 0;
}

// Piece by piece into a target that grows. Returns how much it was.
std::uint64_t receive_all(StreamTarget& target, std::uint64_t limit, const std::string& purpose,
                          StreamInput& input, std::string& head, const StreamProgress& progress)
{
    std::uint64_t at = 0;
    for (;;) {
        const std::size_t got = input.read(target.buffer(), target.piece_size());
        if (got > limit - at)
            throw Error{failure::failed,
                        purpose + ": too much data (at most " + std::to_string(limit) + ")"};
        target.make_room(at + got);
        if (at == 0)
            head.assign(target.buffer(), std::min(got, image_head_size));
        target.write({target.buffer(), got}, at);
        at += got;
        if (progress)
            progress(at);
        if (got < target.piece_size())
            return at;
    }
}

} // namespace

std::unique_ptr<Import> receive(Pool& pool, const Volume& volume, std::uint64_t size,
                                StreamInput& input, const StreamProgress& progress)
{
    const std::string purpose = purpose_of(volume);
    pool.check_room();
    std::unique_ptr<Import> import = pool.begin_import(volume, size);
    try {
        StreamTarget target{*import, pool, purpose};
        for (std::uint64_t at = 0; at < size;) {
            const auto room = std::min<std::uint64_t>(target.piece_size(), size - at);
            const std::size_t got = input.read(target.buffer(), room);
            if (got < room)
                throw Error{failure::failed, purpose + ": not enough data (copied " +
                                                 std::to_string(at + got) + ", expected " +
                                                 std::to_string(size) + ")"};
            target.write({target.buffer(), got}, at);
            at += got;
            if (progress)
                progress(at);
        }
        if (has_more(input))
            throw Error{failure::failed,
                        purpose + ": too much data (expected " + std::to_string(size) + ")"};
        target.finish(size);
    } catch (...) {
        input.close(); // before the target goes, which takes its time
        throw;
    }
    return import;
}

ReceivedImage receive_image(Pool& pool, const Volume& volume, std::uint64_t limit,
                            StreamInput& input, const StreamProgress& progress)
{
    const std::string purpose = purpose_of(volume);
    pool.check_room();
    ReceivedImage image{pool.begin_import(volume, least_target), 0};
    try {
        StreamTarget target{*image.import, pool, purpose};
        std::string head;
        image.size = receive_all(target, limit, purpose, input, head, progress);
        if (image.size == 0)
            throw Error{failure::protocol, "expected an image"};
        check_image(head, image.size, purpose);
        target.finish(image.size);
    } catch (...) {
        input.close(); // before the target goes, which takes its time
        throw;
    }
    image.import->resize(image.size);
    return image;
}

} // namespace qmgmt
